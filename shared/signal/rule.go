package signal

import (
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Kind says how a signal is read.
type Kind string

// The kinds of signal.
const (
	// Saturation: a use that reaches a limit. Without a limit there is no signal.
	Saturation Kind = "saturation"
	// Leak: a use that should come back and does not, whether or not a limit is known.
	Leak Kind = "leak"
	// Behaviour: a gauge with a habit, such as a latency.
	Behaviour Kind = "behaviour"
	// Count: events in a period.
	Count Kind = "count"
	// Expiry: use is the Unix time in seconds at which something ceases to be valid.
	Expiry Kind = "expiry"
)

// Kinds lists the kinds of signal.
func Kinds() []Kind { return []Kind{Saturation, Leak, Behaviour, Count, Expiry} }

// Direction says where trouble lies.
type Direction string

// The directions: use rises to the limit, or falls to it.
const (
	Up   Direction = "up"
	Down Direction = "down"
)

// The names of inputs that may stand in no expression.
const (
	// StartTime is the Unix time in seconds at which the process behind the signal started, for readers that must know
	// restarts.
	StartTime = "start_time"
	// Requests is the rate of requests that the process serves, a second, for readers that divide growth by it.
	Requests = "requests"
)

// LimitFresh is how old the value of an [Input] marked Limit may be: some senders repeat sizes only every hour or
// on change.
const LimitFresh = 6 * time.Hour

// unlimited is the least number that stands for "no limit": kernels and runtimes say so by values next to
// 2^63 or 2^64.
const unlimited = 1 << 62

// Rule tells how series become signals of one sort.
type Rule struct {
	// ID is unique in a catalogue: lower-case letters, digits and hyphens.
	ID   string
	Kind Kind
	// Title names the trouble in a few words; Advice says what to do about it.
	Title  i18n.Text
	Advice i18n.Text
	// Measure is what use is called, in a few words; empty: by the name of its metric.
	Measure i18n.Text
	// Runbook is where people read how that is done: an address that begins with http:// or https://, or words; empty if
	// there is none.
	Runbook i18n.Text
	// Unit is that of use and limit: "bytes", "ratio", "seconds", or a noun that is shown as it is.
	Unit      string
	Direction Direction
	// Near says that only what is at hand is told of a saturation: its growth from afar is told by a leak's rule that reads
	// the same series.
	Near bool
	// Impact is 1 (a nuisance) to 5 (the business stops).
	Impact int
	// TimeToFix is how long people need from knowing to having repaired it.
	TimeToFix time.Duration
	// Accumulates tells that what is used is kept, as on disks, rather than following the load up and down.
	Accumulates bool
	// Least is the deviation from a habit, in Unit, that counts as one of usual size at most: what is smaller is nothing to
	// look at, however steady the signal is otherwise.
	Least float64
	// Aspect is what the rule looks at; rules of the same one see the same trouble in two ways, and do not confirm each other.
	Aspect string
	// Inputs are what the rule reads. The first is the primary: the series that people are shown.
	Inputs []Input
	// Type is the type of the rule's entities.
	Type entity.Type
	// Origin is where the rule is written: "<file>:<line>".
	Origin string

	match  matchers
	join   []string // nil: all labels but the name
	belong belonging
	use    *expression
	limit  *expression // nil: there is none
	skip   *expression // nil: never
}

// Input is one value that a rule reads.
type Input struct {
	Name string
	// Metrics are the names under which senders report it.
	Metrics []string
	// Limit marks what changes seldom: its value may be up to LimitFresh older than those of the other inputs.
	Limit bool
	// Optional inputs may be absent.
	Optional bool
	// Rate is the least time over which the increase per second of a counter is reckoned; 0: the value is taken as it is.
	Rate time.Duration
	// Sum tells that the input is the sum over all of its series that belong together, of their rates where it is one.
	Sum bool

	match matchers
}

// Input returns the index of the named input, -1 if the rule has none of that name.
func (r *Rule) Input(name string) int {
	return slices.IndexFunc(r.Inputs, func(in Input) bool { return in.Name == name })
}

// Evaluate returns use and limit, in r.Unit, from the newest values of r.Inputs, in their order; absent and
// outdated ones are NaN. The result is not ok, and means nothing, if use cannot be had (a value is
// missing, a division by zero) or is negative or not finite, if an input of a saturation is negative (no amount
// is, and "-1" says that there is none), if the rule's skip condition holds, or if a
// saturation has no limit: none reported, zero or less, or beyond 2^62, by which kernels say "unlimited".
// For other kinds limit is then 0. The use of a count is events a second, and [Reading.Evaluate] returns them in the window of
// its rates. It allocates nothing and panics if values is shorter than r.Inputs.
func (r *Rule) Evaluate(values []float64) (use, limit float64, ok bool) {
	_ = values[len(r.Inputs)-1]
	if r.skip != nil {
		if v, known := r.skip.eval(values); known && v != 0 {
			return 0, 0, false
		}
	}
	if r.Kind == Saturation && slices.ContainsFunc(values[:len(r.Inputs)], func(v float64) bool { return v < 0 }) {
		return 0, 0, false
	}
	use, ok = r.use.eval(values)
	if !ok || use < 0 {
		return 0, 0, false
	}
	bounded := false
	if r.limit != nil {
		limit, bounded = r.limit.eval(values)
		bounded = bounded && limit < unlimited && (limit > 0 || limit == 0 && r.Direction == Down)
	}
	if !bounded {
		return use, 0, r.Kind != Saturation
	}
	return use, limit, true
}

// group identifies, among the series of a signal, those that belong together.
func (r *Rule) group(ls telemetry.Labels) uint64 {
	var d xxhash.Digest
	d.Reset()
	for _, l := range ls {
		if !r.joinedBy(l.Name) {
			continue
		}
		_, _ = d.WriteString(l.Name)
		_, _ = d.Write([]byte{0xFF})
		_, _ = d.WriteString(l.Value)
		_, _ = d.Write([]byte{0xFF})
	}
	return d.Sum64()
}

// Joined returns the labels by which the series that belong with one of these labels are found.
func (r *Rule) Joined(ls telemetry.Labels) telemetry.Labels {
	return slices.DeleteFunc(slices.Clone(ls), func(l telemetry.Label) bool { return !r.joinedBy(l.Name) })
}

func (r *Rule) joinedBy(label string) bool {
	return label != telemetry.MetricName && (r.join == nil || slices.Contains(r.join, label))
}
