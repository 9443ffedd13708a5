// Package logs is how the service that reads logs tells others what is in them: sources, the patterns of their lines, and
// how often each is written.
//
// Answers are read page by page, [ReadSources] and [ReadPatterns], from the worker of one partition each. What people see
// of a line has been redacted by who answers.
package logs

import (
	"time"

	"github.com/forewarn/forewarn/shared/entity"
)

// Keeper is the service that answers a [Request], for each partition.
const Keeper = "anomaly"

// Level is how bad lines are, in the classes that are counted.
type Level int

// The levels, least first. Unknown is that of lines that tell none.
const (
	Unknown Level = iota
	Debug
	Info
	Warn
	Error

	// Levels is how many there are.
	Levels = int(Error) + 1
)

// Counts are numbers of lines by [Level].
type Counts [Levels]uint64

// Sum returns the number of all lines.
func (c *Counts) Sum() (n uint64) {
	for _, v := range c {
		n += v
	}
	return n
}

// Worst returns the worst level that a tenth of the lines have at least, and Unknown for none.
func (c *Counts) Worst() Level {
	var n uint64
	for l := Error; l > Unknown; l-- {
		if n += c[l]; n > 0 && 10*n >= c.Sum() {
			return l
		}
	}
	return Unknown
}

// Names returns the names of the levels, as the API has them, in their order.
func Names() [Levels]string { return [Levels]string{"unknown", "debug", "info", "warn", "error"} }

// String returns the name of the level.
func (l Level) String() string {
	if l < Unknown || l > Error {
		l = Unknown
	}
	return Names()[l]
}

// Buckets are numbers of lines in periods of one length, the oldest first; the last one is not over yet.
type Buckets struct {
	// Start is that of the first, Length how long each is, in seconds.
	Start  time.Time `json:"start"`
	Length int64     `json:"seconds"`
	Counts []uint64  `json:"counts"`
}

// Sum returns the number of all lines of the newest n periods.
func (b *Buckets) Sum(n int) (sum uint64) {
	for _, v := range b.Counts[max(0, len(b.Counts)-n):] {
		sum += v
	}
	return sum
}

// Source is one log: what has the same origin.
type Source struct {
	// ID is 16 hexadecimal digits, the same as long as the origin is.
	ID     string        `json:"id"`
	Entity entity.Entity `json:"entity"`
	// File and Service are those that the origin names, "" if it names none.
	File    string `json:"file,omitempty"`
	Service string `json:"service,omitempty"`
	// Lines is how many were read since the log is known, by level.
	Lines  uint64 `json:"lines"`
	Levels Counts `json:"levels"`
	// Day is how many of them are of the last 24 hours, Errors how many of these are errors.
	Day    uint64 `json:"day"`
	Errors uint64 `json:"day_errors"`
	// Patterns is how many are remembered, Forgotten how many were given up for want of room.
	Patterns  int    `json:"patterns"`
	Forgotten uint64 `json:"forgotten"`
	// Shapeless says that nearly every line is new, so that patterns say little.
	Shapeless bool `json:"shapeless,omitempty"`
	// Since is when it was heard first, Heard when last.
	Since time.Time `json:"since"`
	Heard time.Time `json:"heard"`
	// Hours and ErrorHours are all lines and the errors of 48 hours, in the answer about one source only.
	Hours      *Buckets `json:"hours,omitempty"`
	ErrorHours *Buckets `json:"error_hours,omitempty"`
}

// Pattern is what lines of one source have in common.
type Pattern struct {
	// ID is 16 hexadecimal digits, a hash of the pattern before it was redacted: equal on all hosts.
	ID string `json:"id"`
	// Text is the pattern, <*> standing for a value, Sample the first line of it that was read; both redacted.
	Text   string `json:"text"`
	Sample string `json:"sample"`
	Lines  uint64 `json:"lines"`
	Levels Counts `json:"levels"`
	// Share of the source's lines, 0 to 1.
	Share float64 `json:"share"`
	// First and Last are when the first and the last line were written.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	// Hours are 48, Days 14 of UTC.
	Hours Buckets `json:"hours"`
	Days  Buckets `json:"days"`
}
