package notifier

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	build "github.com/forewarn/forewarn/services/notifier/internal/digest"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/press"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

// DigestConfig is the weekly risk digest of one team, and its monthly report.
type DigestConfig struct {
	// Name is the team's: small letters, digits and dashes.
	Name string `yaml:"name"`
	// Match selects what the team answers for by the labels of entities, such as host=~"erp-.*"; all must hold, none selects all.
	Match []string `yaml:"match"`
	// Language is en or zh-CN; "" is en. Timezone is an IANA name; "" is that of this machine.
	Language i18n.Language `yaml:"language"`
	Timezone string        `yaml:"timezone"`
	// Weekday and Hour are when it comes, by the clocks of Timezone; "" is monday, absent is 9. The monthly report comes at the same
	// hour of the first of the next month, unless Monthly is false.
	Weekday string `yaml:"weekday"`
	Hour    *int   `yaml:"hour"`
	Monthly *bool  `yaml:"monthly"`
	// Channels are the names of channels; To the names of people whom it is for besides those of the channels.
	Channels []string `yaml:"channels"`
	To       []string `yaml:"to"`
}

// usualHour is when a digest comes if nothing else is said.
const usualHour = 9

var teamName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// validateDigests looks at the digests, which name channels and people.
func (c *Config) validateDigests() (errs []error) {
	seen := map[string]bool{}
	for k := range c.Digests {
		d, at := &c.Digests[k], fmt.Sprintf("digests[%d].", k)
		if seen[d.Name] {
			errs = append(errs, fmt.Errorf("%sname: %q is taken by a digest before; choose another", at, d.Name))
		}
		seen[d.Name] = true
		errs = append(errs, d.problems(at)...)
		for _, name := range d.Channels {
			if !slices.ContainsFunc(c.Channels, func(ch ChannelConfig) bool { return ch.Name == name }) {
				errs = append(errs, fmt.Errorf("%schannels: %q is no channel; name one of notifier.channels", at, name))
			}
		}
		for _, name := range d.To {
			if !slices.ContainsFunc(c.People, func(p person.Person) bool { return p.Name == name }) {
				errs = append(errs, fmt.Errorf("%sto: %q is nobody; name one of notifier.people", at, name))
			}
		}
	}
	return errs
}

// problems returns what is wrong with d by itself.
func (d *DigestConfig) problems(at string) (errs []error) {
	bad := func(key, rule string, args ...any) {
		errs = append(errs, fmt.Errorf("%s%s: %s", at, key, fmt.Sprintf(rule, args...)))
	}
	if !teamName.MatchString(d.Name) {
		bad("name", "%q is no name of a team; use 1 to 32 small letters, digits and dashes", d.Name)
	}
	if _, err := signal.ParseSelector(d.Match...); err != nil {
		bad("match", "%v", err)
	}
	if d.Language != "" && !d.Language.Valid() {
		bad("language", "%q is not spoken; set en or zh-CN", d.Language)
	}
	if _, err := time.LoadLocation(d.Timezone); err != nil {
		bad("timezone", "%q is not known; set an IANA name such as Asia/Shanghai", d.Timezone)
	}
	if _, ok := weekdayOf(d.Weekday); !ok {
		bad("weekday", "%q is no day; set one of monday to sunday", d.Weekday)
	}
	if d.Hour != nil && (*d.Hour < 0 || *d.Hour > 23) {
		bad("hour", "%d is no hour; set 0 to 23", *d.Hour)
	}
	return errs
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
	selects  signal.Selector
}

// owns reports whether the team answers for an entity.
func (t *team) owns(e *entity.Entity) bool { return t.selects.Selects(e.Labels) }

// team returns what a valid configuration means.
func (d *DigestConfig) team() (team, error) {
	zone, err := zoneOf(d.Timezone)
	if err != nil {
		return team{}, fmt.Errorf("digest %q: %w", d.Name, err)
	}
	day, _ := weekdayOf(d.Weekday)
	hour := usualHour
	if d.Hour != nil {
		hour = *d.Hour
	}
	selects, err := signal.ParseSelector(d.Match...)
	if err != nil {
		return team{}, fmt.Errorf("digest %q: %w", d.Name, err)
	}
	return team{
		Subscription: press.Subscription{
			Team: d.Name, Schedule: build.Schedule{Zone: zone, Weekday: day, Hour: hour}, Channels: d.Channels, To: d.To,
			Monthly: d.Monthly == nil || *d.Monthly,
		},
		language: cmp.Or(d.Language, i18n.English), selects: selects,
	}, nil
}

// zoneOf loads a zone; "" is that of this machine.
func zoneOf(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	return time.LoadLocation(name)
}
