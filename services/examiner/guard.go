package examiner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/transaction"
)

const (
	// guardEvery is how often it is looked whether transactions are in trouble.
	guardEvery = 15 * time.Second
	// graveImpact is the impact from which on a transaction that a query finds in trouble is critical.
	graveImpact = 5
)

// guard opens and ends the episodes of transactions, until ctx ends. It keeps no state: what is open is read from the incidents, so that a restart
// goes on where it was.
func (x *service) guard(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-x.caughtUp:
	}
	said := map[string]string{} // the last finding of each transaction, not to be said again before the notifier has taken it
	for {
		troubled, failing := 0, error(nil)
		for _, t := range x.set.Transactions.All() {
			inTrouble, err := x.look(ctx, t, said)
			if inTrouble {
				troubled++
			}
			failing = errors.Join(failing, err)
		}
		x.metrics.troubled.Set(float64(troubled))
		x.complain(ctx, failing)
		if !pause.For(ctx, guardEvery) {
			return nil
		}
	}
}

// complain says in health what keeps transactions from being guarded.
func (x *service) complain(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		x.set.Health.Set(Service, obs.Degraded, fmt.Sprintf("transactions are not fully watched: %v", err))
		return
	}
	x.set.Health.Set(Service, obs.OK, "")
}

// look compares what tells of trouble with what is open, and publishes what is to be said. An error says what could not be looked at;
// nothing ends then.
func (x *service) look(ctx context.Context, t *transaction.Transaction, said map[string]string) (inTrouble bool, err error) {
	cur, err := x.current(ctx, t)
	if err != nil {
		return false, err
	}
	open := cur != nil && cur.State == incident.Open
	list, err := x.queries.signs(ctx, t, x.set.Now(), open)
	list = append(list, x.signs.list(t.Name)...)
	slices.SortFunc(list, func(a, b sign) int { return a.since.Compare(b.since) })
	switch {
	case len(list) > 0 && !open && (cur == nil || cur.ResolvedAt == nil || list[len(list)-1].since.After(*cur.ResolvedAt)):
		err = errors.Join(err, x.open(ctx, t, list, said))
	case len(list) == 0 && open && err == nil:
		err = x.close(ctx, t, cur, said)
	}
	return len(list) > 0, err
}

// current returns the newest incident of the transaction itself, nil if there is none.
func (x *service) current(ctx context.Context, t *transaction.Transaction) (*incident.Incident, error) {
	id, err := x.set.Incidents.IDByFault(ctx, incident.Fault(finding.Anomaly, t.Signal()))
	if errors.Is(err, incident.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	i, err := x.set.Incidents.Get(ctx, id)
	if errors.Is(err, incident.ErrNotFound) || errors.Is(err, incident.ErrUnreadable) {
		return nil, nil
	}
	return i, err
}

// open says that a transaction is in trouble. The checks are made first, so that the one message that people get holds them.
func (x *service) open(ctx context.Context, t *transaction.Transaction, list []sign, said map[string]string) error {
	at := list[len(list)-1].since
	f := x.finding(t, finding.Opened, at)
	if t.Impact >= graveImpact && slices.ContainsFunc(list, func(s sign) bool { return s.sure }) {
		f.Severity = finding.Critical
	}
	if said[t.Name] == f.ID || !x.ready(ctx, at) {
		return nil
	}
	defer func() { <-x.slots }()
	report, _ := x.examine(ctx, t, at, x.cfg.Timeout)
	if ctx.Err() != nil {
		return nil
	}
	tell(f, report)
	f.Title.En += " (" + t.Name + ")" // messages add the name of what a title does not name
	f.Title.Zh += "（" + t.Name + "）"
	first := list[0]
	f.Message = i18n.Text{
		En: fmt.Sprintf("%s is slow or fails, as %s tells: %s", t.Title.En, count(len(list)).En, first.says.En),
		Zh: fmt.Sprintf("%s缓慢或失败，依据 %s：%s", t.Title.Zh, count(len(list)).Zh, first.says.Zh),
	}
	x.asks.tell(incident.NewID(f.Time, f.ID), report)
	return x.say(ctx, t, f, said)
}

// tell puts the checks into a finding: what was found into its title, which is all that a phone shows at first, and a line of each into
// its evidence.
func tell(f *finding.Finding, r *checks.Report) {
	var en, zh []string
	for i := range r.Checks {
		c := &r.Checks[i]
		f.Evidence = append(f.Evidence, finding.Evidence{Name: incident.EvidenceCheck + string(c.Name), Text: c.Line()})
		if c.Verdict == checks.Found {
			name := c.Name.Title()
			en, zh = append(en, strings.ToLower(name.En)), append(zh, name.Zh)
		}
	}
	if len(en) > 0 {
		f.Title.En += "; found: " + strings.Join(en, ", ")
		f.Title.Zh += "；发现异常：" + strings.Join(zh, "、")
	}
}

func count(n int) i18n.Text {
	if n == 1 {
		return i18n.Text{En: "one signal", Zh: "1 个信号"}
	}
	return i18n.Text{En: fmt.Sprintf("%d signals, the first of which", n), Zh: fmt.Sprintf("%d 个信号，最早的是", n)}
}

// close says that nothing tells of trouble any more.
func (x *service) close(ctx context.Context, t *transaction.Transaction, cur *incident.Incident, said map[string]string) error {
	if len(cur.Episodes) == 0 {
		return nil
	}
	f := x.finding(t, finding.Resolved, x.set.Now())
	f.ID = fmt.Sprintf("%s:00:%d:1", Service, max(x.set.Now().Unix(), cur.UpdatedAt.Unix()+1))
	f.Title = cur.Title
	f.Episode, f.Severity = cur.Episodes[len(cur.Episodes)-1], cur.Severity
	f.Message = i18n.Text{
		En: fmt.Sprintf("%s: nothing tells of trouble any more.", t.Title.En), Zh: fmt.Sprintf("%s：已无异常信号。", t.Title.Zh),
	}
	return x.say(ctx, t, f, said)
}

// finding returns a finding about the transaction itself.
func (x *service) finding(t *transaction.Transaction, a finding.Action, at time.Time) *finding.Finding {
	e := entity.Outermost(entity.App, "", t.Name)
	return &finding.Finding{
		ID: fmt.Sprintf("%s:00:%d:0", Service, at.Unix()), Episode: fmt.Sprintf("transaction-%s-%d", t.Name, at.Unix()), Action: a,
		Time: at.UTC(), Kind: finding.Anomaly, Signal: t.Signal(), Series: fmt.Sprintf("transaction{name=%q}", t.Name), Entity: e, Severity: finding.Warning,
		Title: i18n.Text{En: t.Title.En + " is slow or fails", Zh: t.Title.Zh + "缓慢或失败"},
		Advice: i18n.Text{
			En: "Begin with the check that found something; what a check could not see is named beside it.",
			Zh: "从发现异常的检查项入手；无法判断的检查项会注明缺少哪些数据。",
		},
	}
}

// say publishes a finding.
func (x *service) say(ctx context.Context, t *transaction.Transaction, f *finding.Finding, said map[string]string) error {
	data, err := finding.Encode(f)
	if err != nil {
		return err
	}
	if _, err := x.set.Bus.JetStream().Publish(ctx, bus.SubjectFindings(Service, 0), data, jetstream.WithMsgID(t.Name+":"+f.ID)); err != nil {
		return fmt.Errorf("publish finding %s: %w", f.ID, err)
	}
	said[t.Name] = f.ID
	x.log.Info("transaction changed", zap.String("transaction", t.Name), zap.String("action", string(f.Action)))
	return nil
}

// describe returns what people are told of a transaction that is known.
func describe(t *transaction.Transaction) checks.Transaction {
	out := checks.Transaction{
		Name: t.Name, Title: t.Title, Impact: t.Impact, Applications: []string{}, Databases: []string{}, Targets: []string{}, Signals: []string{},
	}
	for _, p := range t.Applications {
		out.Applications = append(out.Applications, p.Written)
	}
	for _, p := range t.Databases {
		out.Databases = append(out.Databases, p.Written)
	}
	for _, p := range t.Targets {
		out.Targets = append(out.Targets, p.Written)
	}
	for _, s := range t.Signals {
		switch {
		case s.Rule != "":
			out.Signals = append(out.Signals, "rule "+s.Rule)
		case s.Message != "":
			out.Signals = append(out.Signals, "message "+s.Message)
		default:
			out.Signals = append(out.Signals, "query "+s.Query)
		}
	}
	return out
}
