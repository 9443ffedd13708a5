package rule

import (
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/forewarn/forewarn/shared/finding"
)

// Place is where a rule is evaluated.
type Place string

const (
	// Stream is in the worker of each partition, from the samples that come by. A rule is there if each of its results depends
	// on series of one partition only.
	Stream Place = "stream"
	// History is by a query of the history, which knows the series of all partitions and what was long ago.
	History Place = "history"
)

// Group is rules that are evaluated one after the other, at the same times.
type Group struct {
	Name string
	// Interval is the time between two evaluations, which are at its multiples.
	Interval time.Duration
	Rules    []*Rule
}

// Rule is an alerting rule, or one that records. It does not change.
type Rule struct {
	// Key tells rules apart: <group>/<name>, with a number behind where a group has the name again.
	Key string
	// Name is the alert's, or of the metric that is recorded.
	Name   string
	Group  string
	Record bool
	// Query is the expression as it is written, Expr as it is understood.
	Query string
	Expr  parser.Expr
	// For is how long something must hold before it is told, KeepFiringFor how long it must not hold to be over.
	For, KeepFiringFor time.Duration
	// Interval is the time between two evaluations, Offset by how much earlier than at its time one looks.
	Interval, Offset time.Duration
	// Limit is how many results it may have; 0 sets none.
	Limit int
	// Labels and Annotations are templates; labels are those of the group, too.
	Labels, Annotations map[string]string
	// Origin is <file>:<line>.
	Origin string

	Place Place
	// Why says what keeps it from being evaluated from the stream; empty if nothing does.
	Why string
	// Selectors are those of the expression with how far back each looks.
	Selectors []Selector
	// Threshold is the number that the expression compares with, Comparison the operator, "" if it does nothing so simple.
	Threshold  float64
	Comparison string
	// Absence tells that it looks for what is not there.
	Absence bool
}

// Severity returns what the label severity of an alert says in our words. Critical, page, disaster, fatal, emergency and high
// are [finding.Critical]; info, information, notice, none, low, debug and not_classified are [finding.Info]; everything else,
// and no label at all, is [finding.Warning]: what somebody wrote a rule for is worth a look.
func Severity(label string) finding.Severity {
	switch fold(label) {
	case "critical", "crit", "page", "disaster", "fatal", "emergency", "high", "p0", "p1", "sev1":
		return finding.Critical
	case "info", "information", "informational", "notice", "none", "low", "debug", "not_classified", "p4", "sev4":
		return finding.Info
	}
	return finding.Warning
}
