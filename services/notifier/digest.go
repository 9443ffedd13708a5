package notifier

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"

	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/facts"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/press"
	"github.com/forewarn/forewarn/services/notifier/internal/rendition"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/outcome"
)

// editor makes digests: for teams when they are due, and for whoever asks.
type editor struct {
	teams   []team
	all     team // of everything
	owner   func(signal string, e *entity.Entity) string
	facts   *facts.Reader
	printer *rendition.Printer
	console string
	now     func() time.Time
	log     *zap.Logger

	mu sync.Mutex
	// made are the newest digests that were asked for, which a page asks for in several forms.
	made map[string]issue
	// counted are the tallies of a moment ago.
	counted   *outcome.Tallies
	countedAt time.Time
}

// issue is a digest in words.
type issue struct {
	digest *digest.Digest
	paper  *digest.Paper
	made   time.Time
}

const (
	// fresh is how long a digest that was asked for is given out again.
	fresh = 20 * time.Second
	// maxMade bounds how many are kept.
	maxMade = 32
)

// newEditor returns the editor of an install.
func newEditor(n *notifier) (*editor, error) {
	e := &editor{
		console: n.cfg.ConsoleURL, now: n.s.Now, log: n.s.Logger.Named("digest"), made: map[string]issue{},
		facts: &facts.Reader{
			Bus: n.s.Bus, Store: n.store, Logger: n.s.Logger.Named("digest"), Catalogue: n.s.Catalogue, Calendar: n.s.Calendar,
			Courses: n.s.Courses, Arrivals: n.s.Arrivals,
		},
	}
	var err error
	if e.teams, err = n.cfg.digestTeams(); err != nil {
		return nil, err
	}
	if e.all, err = n.cfg.digestTeam(&n.cfg.Digest, nil); err != nil {
		return nil, err
	}
	if len(e.teams) > 0 {
		e.owner = n.table.Owner
	}
	e.printer, err = rendition.New()
	return e, err
}

// team returns the one of a name; everybody for "".
func (e *editor) team(name string) (team, bool) {
	for i := range e.teams {
		if e.teams[i].Team == name {
			return e.teams[i], true
		}
	}
	return e.all, name == ""
}

// order is for whom a digest is made, of what time, and how.
type order struct {
	team
	edition build.Edition
	now     time.Time
	late    bool
	// patience is how long any one part may take.
	patience time.Duration
}

const (
	// sending is the patience with what is sent, asking that with what somebody waits for, who gives up after 5 s.
	sending, asking = 10 * time.Second, 1800 * time.Millisecond
)

// issue makes a digest, in the team's words and zone.
func (e *editor) issue(ctx context.Context, o order) (issue, error) {
	t, reader := &o.team, *e.facts
	reader.Patience = o.patience
	in, err := reader.Gather(ctx, o.edition, o.now)
	if err != nil {
		return issue{}, err
	}
	in.Team, in.Owner, in.Late = t.Team, e.owner, o.late
	d := build.Build(in)
	c := build.Composer{
		Reader:  message.Reader{Language: t.language, Zone: t.Zone, ConsoleURL: e.console},
		Figures: reader.Figures(ctx, d, t.language),
		Title:   e.title,
	}
	return issue{digest: d, paper: c.Compose(d), made: e.now()}, nil
}

// title names a rule of the catalogue, empty if it has none.
func (e *editor) title(rule string) i18n.Text {
	if e.facts.Catalogue != nil {
		if r, ok := e.facts.Catalogue.Rule(rule); ok {
			return r.Title
		}
	}
	return i18n.Text{}
}

// print makes the document that channels send.
func (e *editor) print(ctx context.Context, name string, ed build.Edition, now time.Time, late bool) (*message.Document, error) {
	t, ok := e.team(name)
	if !ok {
		return nil, fmt.Errorf("there is no digest of team %q", name)
	}
	i, err := e.issue(ctx, order{team: t, edition: ed, now: now, late: late, patience: sending})
	if err != nil {
		return nil, err
	}
	return e.printer.Document(i.paper, "forewarn-"+cmp.Or(name, press.Everything)+"-"+ed.ID)
}

// answer answers a [digest.Request].
func (e *editor) answer(ctx context.Context) func(request []byte) ([]byte, error) {
	return func(request []byte) ([]byte, error) {
		var q digest.Request
		if err := json.Unmarshal(request, &q); err != nil {
			return nil, fmt.Errorf("cannot read the request: %w", err)
		}
		reply, err := e.reply(ctx, &q)
		if err != nil {
			return nil, err
		}
		return json.Marshal(reply)
	}
}

func (e *editor) reply(ctx context.Context, q *digest.Request) (*digest.Reply, error) {
	reply := &digest.Reply{Teams: []string{}}
	for i := range e.teams {
		reply.Teams = append(reply.Teams, e.teams[i].Team)
	}
	t, ed, refusal := e.wanted(q)
	if refusal != "" {
		reply.Refusal, reply.NotFound = refusal, true
		return reply, nil
	}
	i, err := e.recent(ctx, q, t, ed)
	if err != nil {
		return nil, err
	}
	switch q.Form {
	case "":
		reply.Paper = i.paper
	case digest.JSON:
		reply.Digest = i.digest
	default:
		reply.Document, err = e.printer.Print(i.paper, q.Form)
	}
	return reply, err
}

// wanted returns for whom and of what time a digest is asked for, or what is wrong with that.
func (e *editor) wanted(q *digest.Request) (t team, ed build.Edition, refusal string) {
	t, ok := e.team(q.Team)
	if !ok {
		return t, ed, fmt.Sprintf("%.40q is no team; name one of notifier.teams, or none for the digest of everything", q.Team)
	}
	if q.Language.Valid() {
		t.language = q.Language
	}
	var err error
	switch now := e.now(); {
	case q.Week != "" && q.Month != "":
		return t, ed, "ask for a week or a month, not for both"
	case q.Month != "":
		ed, err = t.ParseMonth(q.Month)
	case q.Week != "":
		ed, err = t.ParseWeek(q.Week)
	default:
		ed = t.Present(now)
	}
	if err != nil {
		return t, ed, err.Error()
	}
	if !ed.From.Before(e.now()) {
		return t, ed, ed.ID + " has not begun yet"
	}
	if q.Timezone == "" {
		return t, ed, ""
	}
	if t.Zone, err = time.LoadLocation(q.Timezone); err != nil { // of the words; the time that it tells of stays the team's
		return t, ed, fmt.Sprintf("%.40q is no time zone; name one such as Asia/Shanghai", q.Timezone)
	}
	return t, ed, ""
}

// recent returns a digest that was made a moment ago, or makes it.
func (e *editor) recent(ctx context.Context, q *digest.Request, t team, ed build.Edition) (issue, error) {
	key := fmt.Sprintf("%s %s %s %s", q.Team, ed.ID, t.language, t.Zone)
	e.mu.Lock()
	i, ok := e.made[key]
	e.mu.Unlock()
	if ok && e.now().Sub(i.made) < fresh {
		return i, nil
	}
	i, err := e.issue(ctx, order{team: t, edition: ed, now: e.now(), patience: asking})
	if err != nil {
		return issue{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.made) >= maxMade {
		clear(e.made)
	}
	e.made[key] = i
	return i, nil
}

// subscriptions are the digests that are sent.
func (e *editor) subscriptions() (out []press.Subscription) {
	for _, t := range append([]team{e.all}, e.teams...) {
		if len(t.Channels) > 0 {
			out = append(out, t.Subscription)
		}
	}
	return out
}

// runDigests sends digests when they are due, until ctx ends.
func (n *notifier) runDigests(ctx context.Context) error {
	subscribed := n.editor.subscriptions()
	if len(subscribed) == 0 {
		return nil
	}
	kv, err := n.s.Bus.KeyValue(ctx, bus.BucketIncident)
	if err != nil {
		return err
	}
	timers := n.timers("digest")
	s := press.Settings{
		KV: kv, JS: n.s.Bus.JetStream(), Logger: n.s.Logger.Named("digest"), Timers: timers, Print: n.editor.print, Overflow: n.overflow, Now: n.s.Now,
		Subscriptions: subscribed,
		Sent: func(span digest.Span, late bool) {
			n.metrics.digests.WithLabelValues(string(span), fmt.Sprint(late)).Inc()
		},
	}
	return timers.Run(ctx, press.New(s))
}
