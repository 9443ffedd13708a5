// Package rota tells who is on call.
//
// People take turns of a day or a week, which change at an hour of the wall clock in the team's time zone, also on the days on which
// clocks change: such a turn is an hour shorter or longer. At every instant exactly one is on call, before the first turn, too. The
// package is pure: it reads no clock.
//
//	r, err := rota.New(rota.Settings{People: people, Turn: rota.Week, Start: start, Zone: shanghai})
//	r.At(t) // "li.wei"
package rota

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Turn is how long somebody is on call.
type Turn string

// The lengths of a turn.
const (
	Day  Turn = "day"
	Week Turn = "week"
)

func (t Turn) days() int {
	if t == Day {
		return 1
	}
	return 7
}

// Settings describe a rota.
type Settings struct {
	// People are the names of those who take turns, in their order.
	People []string
	Turn   Turn
	// Start is the day and the time of day at which the first of People begins; what Zone the time has makes no difference.
	Start time.Time
	// Zone is by whose wall clock turns change.
	Zone *time.Location
	// Overrides are who stands in for whom; they do not overlap.
	Overrides []Override
}

// Override puts somebody on call from a time up to another, whoever's turn it is.
type Override struct {
	Person   string
	From, To time.Time
}

// Rota is who is on call when. It is immutable.
type Rota struct{ s Settings }

// New returns a rota, or all that is wrong with the settings.
func New(s Settings) (*Rota, error) {
	var errs []error
	if len(s.People) == 0 {
		errs = append(errs, errors.New("people: nobody is on it; name at least one, or leave the rota out"))
	}
	if s.Turn != Day && s.Turn != Week {
		errs = append(errs, fmt.Errorf("turn: %q is no turn; set day or week", s.Turn))
	}
	if s.Start.IsZero() {
		errs = append(errs, errors.New("start: is missing; set the day on which the first one begins, such as 2026-01-05"))
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	s.People, s.Overrides = slices.Clone(s.People), slices.Clone(s.Overrides)
	slices.SortStableFunc(s.Overrides, func(a, b Override) int { return a.From.Compare(b.From) })
	for k, o := range s.Overrides {
		if !o.From.Before(o.To) {
			errs = append(errs, fmt.Errorf("overrides: that of %s from %s ends before it begins; correct from or to", o.Person, o.From.Format(time.DateTime)))
		}
		if k > 0 && o.From.Before(s.Overrides[k-1].To) {
			errs = append(errs, fmt.Errorf("overrides: those of %s and %s overlap from %s on; let one end where the other begins",
				s.Overrides[k-1].Person, o.Person, o.From.Format(time.DateTime)))
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return &Rota{s: s}, nil
}

// Shift is a time during which one person is on call.
type Shift struct {
	Person   string
	From, To time.Time
}

// At returns who is on call at a time.
func (r *Rota) At(t time.Time) string { return r.Shift(t).Person }

// Shift returns the turn, or the part of it, that goes on at a time.
func (r *Rota) Shift(t time.Time) Shift {
	k := r.turn(t)
	s := Shift{Person: r.s.People[k-r.cycle(k)], From: r.begin(k), To: r.begin(k + 1)}
	for _, o := range r.s.Overrides {
		switch {
		case !o.To.After(t):
			s.From = later(s.From, o.To)
		case !o.From.After(t):
			return Shift(o)
		default:
			s.To = earlier(s.To, o.From)
		}
	}
	return s
}

// Next returns the people in the order in which they come on call from a time on, each once: whom to ask if the first cannot be told.
func (r *Rota) Next(t time.Time) []string {
	out := []string{r.At(t)}
	k := r.turn(t)
	for i := range r.s.People {
		if p := r.s.People[k+i-r.cycle(k+i)]; !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// turn returns the number of the turn that goes on at a time; that of Start is 0.
func (r *Rota) turn(t time.Time) int {
	days := civil(t.In(r.s.Zone)) - civil(r.s.Start)
	k := floor(days, r.s.Turn.days())
	for r.begin(k).After(t) { // its hour has not come yet
		k--
	}
	for !r.begin(k + 1).After(t) { // a clock that was set over midnight
		k++
	}
	return k
}

// cycle returns the number of the turn with which the cycle of turn k began.
func (r *Rota) cycle(k int) int { return floor(k, len(r.s.People)) * len(r.s.People) }

// begin returns when a turn begins. An hour that clocks skip is as much later as they skip; of one that comes twice it is the first.
func (r *Rota) begin(k int) time.Time {
	y, m, d := r.s.Start.Date()
	t := time.Date(y, m, d+k*r.s.Turn.days(), r.s.Start.Hour(), r.s.Start.Minute(), 0, 0, r.s.Zone)
	if before := t.Add(-time.Hour); before.Hour() == t.Hour() && before.Minute() == t.Minute() {
		return before
	}
	return t
}

// civil returns the number of a local date, days since 1970.
func civil(t time.Time) int {
	y, m, d := t.Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

// floor returns a/b rounded down.
func floor(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
