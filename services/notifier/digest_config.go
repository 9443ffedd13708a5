package notifier

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/press"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/i18n"
)

// TeamConfig is one of notifier.teams: what it answers for, who is in it, and the digest that it gets.
type TeamConfig struct {
	route.Team `yaml:",inline"`
	// Digest is of what the team answers for, in the team's language and by its clocks. What is left out of language, time zone, weekday,
	// hour and monthly is that of the digest of everything.
	Digest DigestConfig `yaml:"digest"`
}

// DigestConfig says when a weekly risk digest and a monthly report come, and how.
type DigestConfig struct {
	// Weekday and Hour are when it comes; "" is monday, absent is 9. The monthly report comes at the same hour of the first of the next
	// month, unless Monthly is false.
	Weekday string `yaml:"weekday" env:"WEEKDAY"`
	Hour    *int   `yaml:"hour" env:"HOUR"`
	Monthly *bool  `yaml:"monthly" env:"MONTHLY"`
	// Channels are the names of channels; without one it is on the page alone.
	Channels []string `yaml:"channels" env:"CHANNELS"`
	// To are people and teams whom it is for besides the receivers of the channels; "team" is the team's own members.
	To []string `yaml:"to" env:"TO"`
}

// WholeDigest is the digest of everything, whoever answers for it.
type WholeDigest struct {
	DigestConfig `yaml:",inline"`
	// Language is en or zh-CN; "" is en. Timezone is an IANA name; "" is that of this machine.
	Language i18n.Language `yaml:"language" env:"LANGUAGE"`
	Timezone string        `yaml:"timezone" env:"TIMEZONE"`
}

// usualHour is when a digest comes if nothing else is said.
const usualHour = 9

// Moved says what took the place of a key that there was, "" of any other.
func (*Config) Moved(key string) string {
	if key != "digests" {
		return ""
	}
	return "a digest belongs to a team now: write match of each as owns of one of notifier.teams, such as owns: ['host=~\"erp-.*\"'], and weekday, hour, " +
		"monthly, channels and to under its key digest; that of everything is notifier.digest (see docs/digest.md)"
}

// digestProblems looks at the digests, which name channels and people.
func (c *Config) digestProblems() (errs []error) {
	errs = append(errs, c.digestProblem("digest.", &c.Digest.DigestConfig, nil)...)
	if l := c.Digest.Language; l != "" && !l.Valid() {
		errs = append(errs, fmt.Errorf("digest.language: %q is not spoken; set en or zh-CN", l))
	}
	if _, err := time.LoadLocation(c.Digest.Timezone); err != nil {
		errs = append(errs, fmt.Errorf("digest.timezone: %q is not known; set an IANA name such as Asia/Shanghai", c.Digest.Timezone))
	}
	for k := range c.Teams {
		t, at := &c.Teams[k], fmt.Sprintf("teams[%d].", k)
		errs = append(errs, c.digestProblem(at+"digest.", &t.Digest, &t.Team)...)
		if len(t.Digest.Channels) > 0 && len(t.Owns) == 0 {
			errs = append(errs, fmt.Errorf("%sowns: is left out, so that the digest would be empty; select what the team answers for, "+
				"or use notifier.digest for that of everything", at))
		}
		if t.Name == press.Everything {
			errs = append(errs, fmt.Errorf("%sname: %q has a meaning of its own; choose another", at, t.Name))
		}
	}
	return errs
}

// digestProblem returns what is wrong with a digest of a team, nil for that of everything.
func (c *Config) digestProblem(at string, d *DigestConfig, own *route.Team) (errs []error) {
	bad := func(key, rule string, args ...any) {
		errs = append(errs, fmt.Errorf("%s%s: %s", at, key, fmt.Sprintf(rule, args...)))
	}
	if _, ok := weekdayOf(d.Weekday); !ok {
		bad("weekday", "%q is no day; set one of monday to sunday", d.Weekday)
	}
	if d.Hour != nil && (*d.Hour < 0 || *d.Hour > 23) {
		bad("hour", "%d is no hour; set 0 to 23", *d.Hour)
	}
	for _, name := range d.Channels {
		switch k := slices.IndexFunc(c.Channels, func(ch ChannelConfig) bool { return ch.Name == name }); {
		case k < 0:
			bad("channels", "%q is no channel; name one of notifier.channels", name)
		case kinds()[c.Channels[k].Type].incidents:
			bad("channels", "%q is of type %s, which carries no digest; name a channel of mail, a chat, a webhook or a gateway", name, c.Channels[k].Type)
		}
	}
	if len(d.To) > 0 && len(d.Channels) == 0 {
		bad("channels", "is left out, so that it is sent to nobody; name one of notifier.channels, or leave out to")
	}
	for _, to := range d.To {
		if c.readersOf(to, own) == nil {
			bad("to", "%q is nobody; name one of notifier.people, one of notifier.teams that has members, or team for the members of the digest's own", to)
		}
	}
	return errs
}

// readersOf returns the names of the people whom one of To means, nil if it means nobody.
func (c *Config) readersOf(to string, own *route.Team) []string {
	if to == route.Owner {
		if own == nil {
			return nil
		}
		return own.Members
	}
	for k := range c.Teams {
		if c.Teams[k].Name == to {
			return c.Teams[k].Members
		}
	}
	if slices.ContainsFunc(c.People, func(p person.Person) bool { return p.Name == to }) {
		return []string{to}
	}
	return nil
}

// readersOfAll returns the names of the people whom To means, each once.
func (c *Config) readersOfAll(to []string, own *route.Team) (names []string) {
	for _, one := range to {
		for _, name := range c.readersOf(one, own) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// weekdayOf reads the English name of a day; "" is Monday.
func weekdayOf(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(cmp.Or(name, time.Monday.String()), d.String()) {
			return d, true
		}
	}
	return 0, false
}

// team is for whom a digest is made.
type team struct {
	press.Subscription
	language i18n.Language
}

// digestTeams returns the teams, for whom digests can be made whether they are sent or not, in the order in which they are written.
func (c *Config) digestTeams() ([]team, error) {
	out := make([]team, len(c.Teams))
	for k := range c.Teams {
		t := &c.Teams[k]
		d := WholeDigest{DigestConfig: t.Digest, Language: t.Language, Timezone: t.Timezone}
		var err error
		if out[k], err = c.digestTeam(d.under(&c.Digest), &t.Team); err != nil {
			return nil, fmt.Errorf("team %q: %w", t.Name, err)
		}
	}
	return out, nil
}

// under returns d with what it leaves out of language and time taken from the digest of everything.
func (d WholeDigest) under(whole *WholeDigest) *WholeDigest {
	d.Language, d.Timezone = cmp.Or(d.Language, whole.Language), cmp.Or(d.Timezone, whole.Timezone)
	d.Weekday, d.Hour, d.Monthly = cmp.Or(d.Weekday, whole.Weekday), cmp.Or(d.Hour, whole.Hour), cmp.Or(d.Monthly, whole.Monthly)
	return &d
}

// digestTeam returns what a valid digest means, of everything if own is nil.
func (c *Config) digestTeam(d *WholeDigest, own *route.Team) (team, error) {
	zone, err := zoneOf(d.Timezone)
	if err != nil {
		return team{}, err
	}
	day, _ := weekdayOf(d.Weekday)
	s := press.Subscription{
		Schedule: build.Schedule{Zone: zone, Weekday: day, Hour: usualHour}, Channels: d.Channels, To: c.readersOfAll(d.To, own),
		Monthly: d.Monthly == nil || *d.Monthly,
	}
	if own != nil {
		s.Team = own.Name
	}
	if d.Hour != nil {
		s.Hour = *d.Hour
	}
	return team{Subscription: s, language: cmp.Or(d.Language, i18n.English)}, nil
}

// zoneOf loads a zone; "" is that of this machine.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	return time.LoadLocation(name)
}
