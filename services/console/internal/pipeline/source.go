package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/plan"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/view"
)

const (
	// storeTimeout bounds every read of incidents, statusTimeout that of the bus' status.
	storeTimeout  = 5 * time.Second
	statusTimeout = 2 * time.Second
	// scanPage is how many incidents are read at once; the store passes over up to 1000 to find them.
	scanPage = 500
	// maxRounds bounds how often one search reads on.
	maxRounds = 5
)

// Settings are what a [Source] reads from.
type Settings struct {
	Logger    *zap.Logger
	Bus       *bus.Bus
	Incidents *incident.Store
	Health    *obs.Health
	// History is where courses are read; nil if there is none.
	History History
	// Catalogue says how long repairs take; nil if that is not known.
	Catalogue *signal.Catalogue
	// Arrivals tells what has been arriving; nil if nobody keeps that.
	Arrivals Arrivals
	// Gatherer knows the counters of this process; nil if nobody does.
	Gatherer prometheus.Gatherer
	// Observe is told of every gathering of signals, and how long it took.
	Observe func(*Snapshot, time.Duration)
}

// Source is all that pages and API show.
type Source struct {
	settings Settings
	courses  *courses
	changes  *changes
	// recentLists are the lists of incidents that were read of late.
	recentLists recent
	logBook     logBook
	*Reader
}

// NewSource returns a source; its Run must run while it is used.
func NewSource(s Settings) *Source {
	return &Source{settings: s, courses: newCourses(s.History), changes: newChanges(), Reader: NewReader(s.Bus, s.Logger, s.Observe)}
}

// Run gathers signals and watches for changes while somebody looks, until ctx ends. Nobody may use the source afterwards.
func (s *Source) Run(ctx context.Context) error {
	reading, stopReading := context.WithCancel(context.WithoutCancel(ctx)) // who watches also reads
	var watching, wg sync.WaitGroup
	watching.Go(func() { s.watchIncidents(ctx) })
	watching.Go(func() { s.watchSignals(ctx) })
	wg.Go(func() {
		watching.Wait()
		stopReading()
	})
	defer wg.Wait()
	return s.Reader.Run(reading)
}

// Incident returns one incident, or [incident.ErrNotFound].
func (s *Source) Incident(ctx context.Context, id string) (*incident.Incident, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return s.settings.Incidents.Get(ctx, id)
}

// Course returns what a signal used between two times, at most some seconds old; [ErrNoHistory] if nobody keeps that, and
// [ErrNoSeries] if that is not of one series.
func (s *Source) Course(ctx context.Context, key, series string, from, to time.Time) (view.Course, error) {
	if c := s.settings.Catalogue; c != nil {
		ls, err := telemetry.ParseSeries(series)
		if err != nil || !slices.ContainsFunc(c.Bind(ls), func(b signal.Binding) bool { return b.Key == key }) {
			return view.Course{}, ErrNoSeries
		}
	}
	return s.courses.read(ctx, key, series, from, to)
}

// TimeToFix returns how long the repair of a signal takes, 0 if the catalogue does not say.
func (s *Source) TimeToFix(key string) time.Duration { return s.rule(key).TimeToFix }

// Runbook returns where people read how the trouble of a signal is repaired: an address, or words; empty if the catalogue
// does not say.
func (s *Source) Runbook(key string) i18n.Text { return s.rule(key).Runbook }

// rule returns the rule of a signal, an empty one if the catalogue does not have it.
func (s *Source) rule(key string) *signal.Rule {
	if s.settings.Catalogue != nil {
		id, _, _ := strings.Cut(key, "/")
		if r, ok := s.settings.Catalogue.Rule(id); ok {
			return r
		}
	}
	return &signal.Rule{}
}

// LimitedRules returns the ids of the rules of the catalogue whose signals have a limit, in their order.
func (s *Source) LimitedRules() (out []string) {
	if s.settings.Catalogue == nil {
		return nil
	}
	for _, r := range s.settings.Catalogue.Rules() {
		if r.Kind == signal.Saturation {
			out = append(out, r.ID)
		}
	}
	return out
}

// Scorecard returns how good the predictions have been, as the notifier has it.
func (s *Source) Scorecard(ctx context.Context) (*outcome.Scorecard, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	data, err := s.settings.Bus.Query(ctx, outcome.Keeper, 0, []byte(outcome.QueryScorecard))
	if err != nil {
		return nil, err
	}
	var card outcome.Scorecard
	if err := json.Unmarshal(data, &card); err != nil {
		return nil, fmt.Errorf("read scorecard: %w", err)
	}
	return &card, nil
}

// Capacity asks the planner for plans. A request that it refuses is a reply, too.
func (s *Source) Capacity(ctx context.Context, q plan.Request) (*plan.Reply, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	request, err := json.Marshal(&q)
	if err != nil {
		return nil, fmt.Errorf("encode query: %w", err)
	}
	data, err := s.settings.Bus.Query(ctx, plan.Keeper, 0, request)
	if err != nil {
		return nil, err
	}
	var reply plan.Reply
	if err := json.Unmarshal(data, &reply); err != nil {
		return nil, fmt.Errorf("read plans: %w", err)
	}
	return &reply, nil
}

// IncidentFilter selects incidents; empty fields select all.
type IncidentFilter struct {
	State                incident.State
	Stage                incident.Stage
	Owner                string // whose it is
	Severity, Kind, Text string // Text is looked for in id, title, entity, signal and series, whatever its case
	Signal               string // the key of one signal
	// Judged selects those that a prediction opened and of which it is known what became, Outcome those of which that became.
	Judged  bool
	Outcome finding.What
}

// IncidentPage is part of a list of incidents.
type IncidentPage struct {
	Incidents []*incident.Incident
	// Next is the cursor to go on with, empty if there is no more.
	Next string
	// Unreadable counts the incidents passed over that this release cannot read.
	Unreadable int
}

// Incidents returns at most limit of the incidents that pass, newest first, opened before the one whose id
// is after. A search that passes over too many stops early: then the page is short, and Next is set.
func (s *Source) Incidents(ctx context.Context, f IncidentFilter, after string, limit int) (IncidentPage, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	var page IncidentPage
	text := strings.ToLower(f.Text)
	q := incident.Query{State: f.State, Before: after, Limit: scanPage}
	if f == (IncidentFilter{State: f.State}) {
		q.Limit = min(scanPage, limit+1) // the store does all the filtering
	}
	for round := 1; ; round++ {
		part, err := s.settings.Incidents.List(ctx, q)
		if err != nil {
			return IncidentPage{}, fmt.Errorf("list incidents: %w", err)
		}
		page.Unreadable += part.Unreadable
		for _, in := range part.Incidents {
			if !f.match(in, text) {
				continue
			}
			if len(page.Incidents) == limit {
				page.Next = page.Incidents[limit-1].ID
				return page, nil
			}
			page.Incidents = append(page.Incidents, in)
		}
		if part.Next == "" || round == maxRounds {
			page.Next = part.Next
			return page, nil
		}
		q.Before = part.Next
	}
}

// match tests what the store does not.
func (f IncidentFilter) match(in *incident.Incident, text string) bool {
	if f.Severity != "" && string(in.Severity) != f.Severity || f.Kind != "" && string(in.Kind) != f.Kind ||
		f.Stage != "" && in.Stage() != f.Stage || f.Owner != "" && in.Work.Owner != f.Owner ||
		f.Signal != "" && in.Signal != f.Signal || f.Judged && (in.Predicted == nil || in.Outcome == nil) ||
		f.Outcome != "" && (in.Outcome == nil || in.Outcome.What != f.Outcome) {
		return false
	}
	if text == "" {
		return true
	}
	for _, s := range [...]string{in.ID, in.Title.En, in.Title.Zh, in.Entity.Name, in.Signal, in.Series} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// DeadLetters returns the newest messages that could not be processed or delivered, the newest first.
func (s *Source) DeadLetters(ctx context.Context, limit int) ([]bus.Letter, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return s.settings.Bus.DeadLetters(ctx, limit)
}

// shownBytes bounds what people are shown of a message.
const shownBytes = 2 << 10

// Beginning returns the first 2 KiB of a message, as far as they are text.
func Beginning(data []byte) string {
	return strings.ToValidUTF8(string(data[:min(len(data), shownBytes)]), "\uFFFD")
}

// Health is how the whole pipeline is.
type Health struct {
	// Status is the worst state of all checks.
	Status obs.State   `json:"status"`
	Checks []obs.Check `json:"checks"`
	// Bus is what the bus says of itself; it is incomplete if BusError is not empty.
	Bus      bus.Status `json:"bus"`
	BusError string     `json:"bus_error,omitempty"`
}

// Health asks all parts how they are. It always answers; what is wrong is in the answer.
func (s *Source) Health(ctx context.Context) Health {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	h := Health{Status: s.settings.Health.Worst(), Checks: s.settings.Health.Checks()}
	var err error
	if h.Bus, err = s.settings.Bus.Status(ctx); err != nil {
		s.settings.Logger.Warn("bus does not tell its status", zap.Error(err))
		h.BusError = "the bus did not tell its whole status; see the log of the process that runs it"
	}
	return h
}

// Kinds lists the kinds of signal as words.
func Kinds() []string {
	var out []string
	for _, k := range signal.Kinds() {
		out = append(out, string(k))
	}
	return out
}
