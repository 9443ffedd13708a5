package landscape

import (
	"fmt"
	"math/rand/v2"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// journal is a log.
type journal struct {
	landscape *Landscape
	origin    telemetry.Labels
	dice      *rand.Rand
	down      bool
	fresh     []telemetry.LogRecord
}

// newJournal adds a log. Its origin comes in pairs of name and value.
func (l *Landscape) newJournal(pairs ...string) *journal {
	origin := telemetry.NewLabels(labels(pairs)...)
	j := &journal{landscape: l, origin: origin, dice: l.plan.dice("journal " + origin.String())}
	l.journals = append(l.journals, j)
	return j
}

func (j *journal) info(format string, args ...any) { j.write(telemetry.SeverityInfo, format, args...) }

func (j *journal) warn(format string, args ...any) { j.write(telemetry.SeverityWarn, format, args...) }

func (j *journal) fail(format string, args ...any) { j.write(telemetry.SeverityError, format, args...) }

func (j *journal) write(s telemetry.Severity, format string, args ...any) {
	if j.down {
		return
	}
	millis := j.landscape.now.millis - j.dice.Int64N(max(j.landscape.plan.Interval.Milliseconds(), 1))
	j.fresh = append(j.fresh, telemetry.LogRecord{TimeMillis: millis, Severity: s, Body: fmt.Sprintf(format, args...)})
}

// chance reports whether something happens in this step that happens so many times a day.
func (j *journal) chance(aDay float64) bool {
	return j.dice.Float64() < aDay*j.landscape.hours()/24
}

// times draws how often something happens in this step that happens so many times a day.
func (j *journal) times(aDay float64) int {
	return int(count(j.dice, aDay*j.landscape.hours()/24))
}

func (j *journal) drain() telemetry.LogBatch {
	b := telemetry.LogBatch{Origin: j.origin, Records: j.fresh}
	j.fresh = nil
	return b
}

// stamp is the time as Java's logs begin with.
func (j *journal) stamp() string { return j.landscape.now.UTC().Format("2006-01-02 15:04:05.000") }
