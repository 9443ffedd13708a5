// Package transaction knows the business transactions that users have described: what tells that one is slow or fails, and what it
// runs through.
//
//	book, err := transaction.Open([]string{"/etc/forewarn/transactions.yaml"})
//	t, own := book.Concerned(transaction.Subject{Kind: finding.Log, Signal: "log-mysql.lock-wait/host:erp-db-01", Root: "host:erp-db-01"})
//
// A [Book] is immutable and safe for concurrent use.
package transaction

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// rulePrefix begins the signals of findings about a transaction itself: <rulePrefix><name>/application:<name>.
const rulePrefix = "transaction-"

// Transaction is something that people do with a business system, such as saving a voucher.
type Transaction struct {
	// Name is unique: lower-case letters, digits and hyphens.
	Name  string
	Title i18n.Text
	// Impact is 1 (a nuisance) to 5 (the business stops).
	Impact  int
	Signals []Signal
	// Applications and Databases are the outermost entities (hosts, pods) that it runs through.
	Applications, Databases []Place
	// Targets are what probes try of it.
	Targets []Target
	// Origin is where it is written: "<file>:<line>".
	Origin string
}

// Signal is one thing that tells that a transaction is slow or fails; exactly one of Rule, Message and Query is set.
type Signal struct {
	// Rule is the id of a rule of the catalogue. Match are the labels that its series must have; without any, its entity must be
	// one that the transaction runs through.
	Rule  string
	Match []*labels.Matcher
	// Message is the id of a signature that a log of such an entity has.
	Message string
	// Query is PromQL; the transaction is in trouble while it has given any series for as long as For.
	Query string
	For   time.Duration
}

// Place is a pattern of ids of outermost entities.
type Place struct {
	// Written is the pattern, a regular expression that must match the whole id.
	Written string
	expr    *regexp.Regexp
}

// Match reports whether it means the entity.
func (p Place) Match(id string) bool { return p.expr.MatchString(id) }

// Literal reports whether the pattern means one entity only, whose id it is.
func (p Place) Literal() bool { return regexp.QuoteMeta(p.Written) == p.Written }

// Target is something that is probed, by the labels of its series.
type Target struct {
	Written string
	Match   []*labels.Matcher
}

// Signal returns the key of findings about the transaction itself.
func (t *Transaction) Signal() string { return rulePrefix + t.Name + "/application:" + t.Name }

// In reports whether the transaction runs through an outermost entity.
func (t *Transaction) In(root string) bool {
	return within(t.Applications, root) || within(t.Databases, root)
}

func within(places []Place, root string) bool {
	return slices.ContainsFunc(places, func(p Place) bool { return p.Match(root) })
}

// Subject is what a finding or an incident is about.
type Subject struct {
	Kind finding.Kind
	// Signal is its key, Root its outermost entity, Labels those of its series.
	Signal, Root string
	Labels       telemetry.Labels
}

// SubjectOf returns the subject of a series in Prometheus notation; one that cannot be read has no labels.
func SubjectOf(kind finding.Kind, signal, root, series string) Subject {
	ls, err := telemetry.ParseSeries(series)
	if err != nil {
		ls = nil
	}
	return Subject{Kind: kind, Signal: signal, Root: root, Labels: ls}
}

// Tells reports whether the subject is one of the transaction's signals.
func (t *Transaction) Tells(s Subject) bool {
	if s.Signal == t.Signal() {
		return true
	}
	rule, _, _ := strings.Cut(s.Signal, "/")
	return slices.ContainsFunc(t.Signals, func(sig Signal) bool {
		switch {
		case sig.Message != "":
			return rule == "log-"+sig.Message && t.In(s.Root)
		case sig.Rule == "" || rule != sig.Rule:
			return false
		case len(sig.Match) == 0:
			return t.In(s.Root)
		}
		return Matches(sig.Match, s.Labels)
	})
}

// Touches reports whether the subject may be the trouble of the transaction without being one of its signals: something unusual, a
// message or a silence of what it runs through. What a forecast says is no trouble yet.
func (t *Transaction) Touches(s Subject) bool {
	return (s.Kind == finding.Anomaly || s.Kind == finding.Log || s.Kind == finding.Silence) && t.In(s.Root)
}

// Matches reports whether labels meet all matchers; an absent label has the empty value.
func Matches(all []*labels.Matcher, ls telemetry.Labels) bool {
	return !slices.ContainsFunc(all, func(m *labels.Matcher) bool { return !m.Matches(ls.Get(m.Name)) })
}

// Book holds all transactions.
type Book struct{ list []*Transaction }

// All returns the transactions, those of the greatest impact first. The slice must not be changed.
func (b *Book) All() []*Transaction { return b.list }

// Get returns the transaction of a name, nil if there is none.
func (b *Book) Get(name string) *Transaction {
	for _, t := range b.list {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Concerned returns the transaction that a subject is about, nil if none is: one whose own signal it is (then own is true) before one
// that runs through it, of several that of the greatest impact.
func (b *Book) Concerned(s Subject) (t *Transaction, own bool) {
	for _, t := range b.list {
		if t.Tells(s) {
			return t, true
		}
	}
	for _, t := range b.list {
		if t.Touches(s) {
			return t, false
		}
	}
	return nil, false
}
