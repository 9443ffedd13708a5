package notifier

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/quiet"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/selector"
)

// Config is the section "notifier" of the configuration file.
type Config struct {
	// ConsoleURL is where people reach the pages; messages link to it. "" leaves links out.
	ConsoleURL string `yaml:"console_url" env:"CONSOLE_URL"`
	// MinSeverity is the least severity that opens an incident: info, warning or critical.
	MinSeverity finding.Severity `yaml:"min_severity" env:"MIN_SEVERITY"`
	// ReopenWindow is how long after its end a new episode of the same fault re-opens an incident; 0 never.
	ReopenWindow time.Duration `yaml:"reopen_window" env:"REOPEN_WINDOW"`
	// JoinWindow is within what time troubles that are near each other must have begun to be one incident; 0: only those are one that
	// are about one resource of one host or pod.
	JoinWindow time.Duration `yaml:"join_window" env:"JOIN_WINDOW"`
	// UpdateInterval is the least time between two messages about one incident, unless it got worse or ended.
	UpdateInterval time.Duration `yaml:"update_interval" env:"UPDATE_INTERVAL"`
	// ETAChange is the part of the time left, before or after, whichever is longer, by which the expected time must move to be told, 0 to
	// 1, and ETAChangeMin the least such move.
	ETAChange    float64       `yaml:"eta_change" env:"ETA_CHANGE"`
	ETAChangeMin time.Duration `yaml:"eta_change_min" env:"ETA_CHANGE_MIN"`
	// RetryMin and RetryMax bound the wait between two attempts to deliver a message.
	RetryMin time.Duration `yaml:"retry_min" env:"RETRY_MIN"`
	RetryMax time.Duration `yaml:"retry_max" env:"RETRY_MAX"`
	// GiveUpAfter is the age at which a message goes to the dead letter; MaxAttempts is the number of attempts
	// after which it does, 0 for any number.
	GiveUpAfter time.Duration `yaml:"give_up_after" env:"GIVE_UP_AFTER"`
	MaxAttempts int           `yaml:"max_attempts" env:"MAX_ATTEMPTS"`
	// Retention is how long resolved incidents are kept.
	Retention time.Duration `yaml:"retention" env:"RETENTION"`
	// StaleAfter is how long nothing may be heard of an open incident before it is closed, saying so; 0 never.
	StaleAfter time.Duration `yaml:"stale_after" env:"STALE_AFTER"`
	// Heartbeat tells a watcher outside that all is well.
	Heartbeat HeartbeatConfig `yaml:"heartbeat" envPrefix:"HEARTBEAT_"`
	// AlarmChannel tells, at most once an hour for each, of channels that have given up a message; "" is any that is well.
	AlarmChannel string `yaml:"alarm_channel" env:"ALARM_CHANNEL"`
	// RenotifyAfter is when people are told again of what nobody has acknowledged.
	RenotifyAfter RenotifyConfig `yaml:"renotify_after"`
	// CloseAfter is how long after its end, or what people said of that last, an incident is closed; 0 never.
	CloseAfter time.Duration `yaml:"close_after" env:"CLOSE_AFTER"`
	// People can be told, by the channels that know their addresses.
	People []person.Person `yaml:"people"`
	// Teams answer for things, have people on call, and get digests.
	Teams []TeamConfig `yaml:"teams"`
	// Digest is the weekly risk digest of everything, and its monthly report.
	Digest WholeDigest `yaml:"digest" envPrefix:"DIGEST_"`
	// Routes say whom incidents are told to; without one that matches they are told by every channel whose least severity they reach.
	Routes []route.Route `yaml:"routes"`
	// Maintenance are windows in which what they match is expected, and nobody is told of it.
	Maintenance []quiet.Window `yaml:"maintenance"`
	// InhibitedBy selects troubles, of which one must match, that keep people from being told of what rests on where they are; none: nothing does.
	InhibitedBy []selector.Selector `yaml:"inhibited_by"`
	// Channels are the ways to people.
	Channels []ChannelConfig `yaml:"channels"`
}

// RenotifyConfig is a time for each severity; 0 never.
type RenotifyConfig struct {
	Critical time.Duration `yaml:"critical" env:"RENOTIFY_AFTER_CRITICAL"`
	Warning  time.Duration `yaml:"warning" env:"RENOTIFY_AFTER_WARNING"`
	Info     time.Duration `yaml:"info" env:"RENOTIFY_AFTER_INFO"`
}

// DefaultConfig returns the configuration of an installation without channels.
func DefaultConfig() Config {
	return Config{
		ConsoleURL:     "http://127.0.0.1:8686",
		MinSeverity:    finding.Warning,
		ReopenWindow:   30 * time.Minute,
		JoinWindow:     time.Hour,
		UpdateInterval: 15 * time.Minute,
		ETAChange:      0.5,
		ETAChangeMin:   10 * time.Minute,
		RetryMin:       time.Second,
		RetryMax:       5 * time.Minute,
		GiveUpAfter:    24 * time.Hour,
		Retention:      180 * 24 * time.Hour,
		StaleAfter:     7 * 24 * time.Hour,
		InhibitedBy:    quiet.Down(),
		RenotifyAfter:  RenotifyConfig{Critical: 30 * time.Minute, Warning: 4 * time.Hour},
		CloseAfter:     3 * 24 * time.Hour,
	}
}

// Validate returns everything that is wrong with c, nil if nothing is. It opens no file and connects to nothing.
func (c *Config) Validate() error {
	var errs []error
	bad := func(key string, value any, rule string) {
		errs = append(errs, fmt.Errorf("%s: %v %s", key, value, rule))
	}
	if c.ConsoleURL != "" && !httpURL(c.ConsoleURL) {
		bad("console_url", c.ConsoleURL, "is no http or https URL; set it to where people open the page, or to \"\" for no links")
	}
	if c.MinSeverity.Rank() == 0 {
		bad("min_severity", c.MinSeverity, "is no severity; set info, warning or critical")
	}
	for _, d := range []struct {
		key       string
		v, lo, hi time.Duration
	}{
		{"reopen_window", c.ReopenWindow, 0, 30 * 24 * time.Hour},
		{"join_window", c.JoinWindow, 0, 24 * time.Hour},
		{"update_interval", c.UpdateInterval, 0, 30 * 24 * time.Hour},
		{"eta_change_min", c.ETAChangeMin, 0, 30 * 24 * time.Hour},
		{"retry_min", c.RetryMin, 10 * time.Millisecond, time.Hour},
		{"retry_max", c.RetryMax, c.RetryMin, time.Hour},
		{"give_up_after", c.GiveUpAfter, time.Second, 30 * 24 * time.Hour},
		{"retention", c.Retention, 24 * time.Hour, 10 * 366 * 24 * time.Hour},
	} {
		if d.v < d.lo || d.v > d.hi {
			bad(d.key, d.v, fmt.Sprintf("is out of range; set %v to %v", d.lo, d.hi))
		}
	}
	if !(c.ETAChange >= 0 && c.ETAChange <= 1) { // NaN included
		bad("eta_change", c.ETAChange, "is out of range; set 0 to 1, such as 0.5")
	}
	if c.StaleAfter != 0 && (c.StaleAfter < time.Hour || c.StaleAfter > 366*24*time.Hour) {
		bad("stale_after", c.StaleAfter, "is out of range; set 1h to 8784h, such as 168h, or 0 for never")
	}
	for _, d := range []struct {
		key string
		v   time.Duration
	}{
		{"renotify_after.critical", c.RenotifyAfter.Critical},
		{"renotify_after.warning", c.RenotifyAfter.Warning},
		{"renotify_after.info", c.RenotifyAfter.Info},
		{"close_after", c.CloseAfter},
	} {
		if d.v != 0 && (d.v < time.Second || d.v > 366*24*time.Hour) {
			bad(d.key, d.v, "is out of range; set 1s to 8784h, or 0 for never")
		}
	}
	if c.MaxAttempts < 0 {
		bad("max_attempts", c.MaxAttempts, "is negative; set 0 for any number")
	}
	c.Heartbeat.problems(bad)
	if c.AlarmChannel != "" && !slices.ContainsFunc(c.Channels, func(ch ChannelConfig) bool { return ch.Name == c.AlarmChannel }) {
		bad("alarm_channel", fmt.Sprintf("%q", c.AlarmChannel), "is none of channels; set the name of one, or leave it out for any that is well")
	}
	people, err := person.NewDirectory(c.People)
	if err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, route.Problems(c.routing(people, nil))...)
	errs = append(errs, quiet.Problems(c.Maintenance)...)
	return errors.Join(append(append(errs, c.channelProblems()...), c.digestProblems()...)...)
}

// httpURL reports whether s is an absolute http or https URL.
func httpURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
