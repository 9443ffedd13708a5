// Package exam makes the four checks of a transaction at a time, from metrics in history, and from messages and patterns of logs.
//
// It guarantees:
//
//  1. A check is clear only if data that would show its trouble were there: for every entity, what evidence.yaml calls required.
//  2. What was missing is named, with what would give it.
//  3. Nothing is found on healthy data but by rare chance: see [past.Course.Judge] and [spoken.news].
//
// It never fails: what cannot be read is unknown, and says why.
package exam

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/examiner/internal/evidence"
	"github.com/forewarn/forewarn/services/examiner/internal/heard"
	"github.com/forewarn/forewarn/services/examiner/internal/past"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/redact"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/transaction"
)

// Log is one log with its patterns.
type Log struct {
	Source   logs.Source
	Patterns []logs.Pattern
}

// Journal is what the workers that read logs know of some entities.
type Journal struct {
	Logs     []Log
	Messages []logs.Message
	// Silent is how many workers did not answer.
	Silent int
}

// Journals reads journals of the entities that a function selects.
type Journals interface {
	Journal(ctx context.Context, in func(root string) bool) Journal
}

// Examiner makes the checks. It is safe for concurrent use.
type Examiner struct {
	// History is where metrics are read; nil if there is none.
	History   *past.Reader
	Evidence  *evidence.List
	Catalogue *signal.Catalogue
	// Signatures knows the messages of logs.
	Signatures *signature.Dictionary
	Journals   Journals
	Heard      *heard.Book
}

// Examine returns the four checks of a transaction at a time, in their order.
func (e *Examiner) Examine(ctx context.Context, t *transaction.Transaction, at time.Time) []checks.Check {
	x := &examination{
		Examiner: e, at: at, from: at.Add(-past.Window), scope: newScope(t, e.Catalogue), matcher: e.Signatures.Matcher(), redact: redact.New(),
		signatures: map[string]signature.Signature{}, results: map[checks.Name]*result{}, running: map[string]map[string]bool{},
	}
	for _, s := range e.Signatures.Signatures() {
		x.signatures[s.ID] = s
	}
	for _, n := range checks.Names() {
		x.results[n] = &result{}
	}
	journal := e.Journals.Journal(ctx, t.In)
	for i := range journal.Logs {
		x.scope.see(journal.Logs[i].Source.Entity.Root)
	}
	held := x.metrics(ctx)
	x.needs(ctx, held)
	x.messages(&journal)
	x.lines(&journal)
	x.logs(&journal)
	return x.finish()
}

// examination is one under way.
type examination struct {
	*Examiner
	at, from   time.Time
	scope      *scope
	matcher    *signature.Matcher
	signatures map[string]signature.Signature
	redact     *redact.Redactor
	results    map[checks.Name]*result
	// running are the entities that a sender sends something of, by sender and roles.
	running map[string]map[string]bool
}

// result is what a check has come to so far.
type result struct {
	looks []checks.Look
	// says are the short forms of the looks' texts, by their names and entities.
	says map[string]i18n.Text
	// lacking keeps the check from being clear, missing does not.
	lacking, missing []i18n.Text
}

// look adds what was looked at, and how that is said in short.
func (r *result) look(l checks.Look, says i18n.Text) {
	if r.says == nil {
		r.says = map[string]i18n.Text{}
	}
	r.says[l.Name+"\x00"+l.Entity+"\x00"+l.Text.En] = says
	r.looks = append(r.looks, l)
}

// lack notes what would have been needed.
func (r *result) lack(required bool, what i18n.Text) {
	if required {
		r.lacking = append(r.lacking, what)
	} else {
		r.missing = append(r.missing, what)
	}
}

// finish turns the results into checks.
func (x *examination) finish() (out []checks.Check) {
	for _, n := range checks.Names() {
		r := x.results[n]
		slices.SortStableFunc(r.looks, func(a, b checks.Look) int {
			return cmp.Or(cmp.Compare(order(a.Verdict), order(b.Verdict)), cmp.Compare(excess(&b), excess(&a)))
		})
		c := checks.Check{Name: n, Verdict: checks.Clear}
		switch {
		case len(r.looks) > 0 && r.looks[0].Verdict == checks.Found:
			top := r.looks[0]
			c.Verdict, c.Says = checks.Found, r.says[top.Name+"\x00"+top.Entity+"\x00"+top.Text.En]
		case len(r.lacking) > 0:
			c.Verdict, c.Says = checks.Unknown, short(r.lacking[0])
		default:
			c.Says = sayClear(len(r.looks))
		}
		for _, l := range r.looks[:min(len(r.looks), checks.MaxLooks)] {
			c.Looked = append(c.Looked, bounded(l))
		}
		all := append(r.lacking, r.missing...)
		for _, m := range all[:min(len(all), checks.MaxMissing)] {
			c.Missing = append(c.Missing, cut(m))
		}
		c.Says = cut(c.Says)
		out = append(out, c)
	}
	return out
}

// order puts what was found first, then what is clear.
func order(v checks.Verdict) int {
	switch v {
	case checks.Found:
		return 0
	case checks.Clear:
		return 1
	}
	return 2
}

// excess orders what was found by how far it is from the usual. A message that tells what is wrong comes before any number.
func excess(l *checks.Look) float64 {
	switch l.Name {
	case nameMessage:
		return 1e6 + l.Now
	case nameLines, nameNew:
		return 0
	}
	return l.Now / max(l.Most, l.Usual, 1e-3)
}
