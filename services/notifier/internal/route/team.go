package route

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/rota"
	"github.com/forewarn/forewarn/services/notifier/internal/when"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/selector"
)

// Team is one of the list notifier.teams.
type Team struct {
	// Name is the team's own, and no person's.
	Name string `yaml:"name"`
	// Members are names of notifier.people.
	Members []string `yaml:"members"`
	// Owns are selectors of the things that the team answers for ([selector.Thing]), of which one must match; of several teams the first
	// owns it. Incidents, digests, scores and times of response are a team's by this alone.
	Owns []selector.Selector `yaml:"owns"`
	// Language and Timezone are those of messages about what the team owns, where a channel has none of its own.
	Language i18n.Language `yaml:"language"`
	Timezone string        `yaml:"timezone"`
	// OnCall is who takes turns; nil if nobody does.
	OnCall *Rota `yaml:"on_call"`
}

// Rota is who is on call when, by the wall clock of the team's time zone.
type Rota struct {
	// People take turns in this order.
	People []string `yaml:"people"`
	// Turn is day or week; "" is week.
	Turn rota.Turn `yaml:"turn"`
	// Start is the day on which the first one begins, At the time of day at which turns change; left out it is 09:00.
	Start when.Date  `yaml:"start"`
	At    when.Clock `yaml:"at"`
	// Overrides are who stands in for whoever's turn it is.
	Overrides []Override `yaml:"overrides"`
}

// Override puts a person on call from one time up to another.
type Override struct {
	Person string     `yaml:"person"`
	From   when.Local `yaml:"from"`
	To     when.Local `yaml:"to"`
}

const changeAt = 9 // o'clock, when turns change if nothing is said

var teamName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

// zone is by whose clock the team's turns change.
func (t *Team) zone() (*time.Location, error) {
	if t.Timezone == "" {
		return time.Local, nil
	}
	return time.LoadLocation(t.Timezone)
}

// rota returns who is on call, nil if the team has no rota; the error is all that is wrong with it.
func (t *Team) rota() (*rota.Rota, error) {
	if t.OnCall == nil {
		return nil, nil //nolint:nilnil // a team need not have one
	}
	z, err := t.zone()
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // told as the team's own
	}
	o := t.OnCall
	s := rota.Settings{People: o.People, Turn: o.Turn, Zone: z}
	if s.Turn == "" {
		s.Turn = rota.Week
	}
	if !o.Start.IsZero() {
		at := o.At
		if !at.Set() {
			at = when.Hour(changeAt)
		}
		s.Start = o.Start.At(at)
	}
	for _, v := range o.Overrides {
		s.Overrides = append(s.Overrides, rota.Override{Person: v.Person, From: v.From.In(z), To: v.To.In(z)})
	}
	return rota.New(s)
}

// problems returns what is wrong with a team, each error beginning with its key under at; knows tells who is a person.
func (t *Team) problems(at string, knows func(name string) bool) (errs []error) {
	bad := func(key, rule string) { errs = append(errs, fmt.Errorf("%s%s: %s", at, key, rule)) }
	person := func(key, name string) {
		if !knows(name) {
			bad(key, fmt.Sprintf("%q is nobody in notifier.people; add them there, or correct the name", name))
		}
	}
	if !teamName.MatchString(t.Name) {
		bad("name", fmt.Sprintf("%q is no name of a team; use 1 to 64 small letters, digits and dashes", t.Name))
	}
	if knows(t.Name) || t.Name == Owner {
		bad("name", fmt.Sprintf("%q is taken by a person, or has a meaning of its own; choose another", t.Name))
	}
	if t.Language != "" && !t.Language.Valid() {
		bad("language", fmt.Sprintf("%q is not spoken; set en or zh-CN", t.Language))
	}
	if _, err := t.zone(); err != nil {
		bad("timezone", fmt.Sprintf("%q is not known; set an IANA name such as Asia/Shanghai", t.Timezone))
	}
	for k, sel := range t.Owns {
		for _, field := range sel.Fields() {
			if !selector.OfThings(field) {
				bad(fmt.Sprintf("owns[%d]", k), field+" tells what happens to a thing, not whose it is; use type, name, id, root, signal, rule or a label here, and "+
					field+" in routes")
			}
		}
	}
	for _, m := range t.Members {
		person("members", m)
	}
	if t.OnCall == nil {
		return errs
	}
	for _, p := range t.OnCall.People {
		person("on_call.people", p)
	}
	for _, o := range t.OnCall.Overrides {
		person("on_call.overrides", o.Person)
	}
	if _, err := t.rota(); err != nil {
		for _, e := range unjoined(err) {
			errs = append(errs, fmt.Errorf("%son_call.%w", at, e))
		}
	}
	return errs
}

// unjoined returns the errors that were joined into one.
func unjoined(err error) []error {
	var j interface{ Unwrap() []error }
	if errors.As(err, &j) {
		return j.Unwrap()
	}
	return []error{err}
}
