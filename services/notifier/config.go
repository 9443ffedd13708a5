package notifier

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
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
	// Channels are the ways to people.
	Channels []ChannelConfig `yaml:"channels"`
}

// Types of channels.
const (
	TypeWebhook  = "webhook"
	TypeDingTalk = "dingtalk"
)

// ChannelConfig is one way to people.
type ChannelConfig struct {
	// Name is the channel's own: small letters, digits and dashes.
	Name string `yaml:"name"`
	// Type is webhook or dingtalk.
	Type string `yaml:"type"`
	// URL is where messages are posted. It is a secret, since robots' addresses hold their token.
	URL config.Secret `yaml:"url"`
	// Secret signs messages.
	Secret config.Secret `yaml:"secret"`
	// Language of the messages, en or zh-CN; "" is en for a webhook and zh-CN for DingTalk.
	Language i18n.Language `yaml:"language"`
	// Timezone is the IANA name of the readers' time zone; "" is that of this machine.
	Timezone string `yaml:"timezone"`
	// MinSeverity is the severity that an incident must have reached to be told here; "" is the notifier's.
	MinSeverity finding.Severity `yaml:"min_severity"`
	// Timeout bounds one attempt; 0 is 10 s.
	Timeout time.Duration `yaml:"timeout"`
	// RatePerMinute is how many messages are sent in any minute; 0 is 20 for DingTalk and 600 for a webhook.
	RatePerMinute int `yaml:"rate_per_minute"`
	// TLS says how the receiver is trusted.
	TLS config.ClientTLS `yaml:"tls"`
	// Headers are sent with every message of a webhook.
	Headers map[string]config.Secret `yaml:"headers"`
	// Keyword is what the robot's security setting wants in every message (DingTalk).
	Keyword string `yaml:"keyword"`
	// AtMobiles and AtUserIDs are mentioned when something begins or gets worse, AtAll everybody (DingTalk).
	AtMobiles []string `yaml:"at_mobiles"`
	AtUserIDs []string `yaml:"at_user_ids"`
	AtAll     bool     `yaml:"at_all"`
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
	if c.MaxAttempts < 0 {
		bad("max_attempts", c.MaxAttempts, "is negative; set 0 for any number")
	}
	return errors.Join(append(errs, c.validateChannels()...)...)
}

func (c *Config) validateChannels() (errs []error) {
	seen, robots := map[string]bool{}, map[config.Secret]string{}
	for k := range c.Channels {
		ch := &c.Channels[k]
		at := fmt.Sprintf("channels[%d]", k)
		if seen[ch.Name] {
			errs = append(errs, fmt.Errorf("%s.name: %q is taken by a channel before; choose another", at, ch.Name))
		}
		seen[ch.Name] = true
		if other, taken := robots[ch.URL]; taken && ch.Type == TypeDingTalk {
			errs = append(errs, fmt.Errorf("%s.url: is that of channel %q: they would share one robot's allowance of messages; "+
				"remove one of them, or add another robot to the group", at, other))
		}
		if ch.Type == TypeDingTalk && ch.URL != "" {
			robots[ch.URL] = ch.Name
		}
		errs = append(errs, ch.validate(at)...)
	}
	return errs
}

var (
	channelName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	headerName  = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	mention     = regexp.MustCompile(`^[+A-Za-z0-9_.$:-]{1,64}$`)
)

func (ch *ChannelConfig) validate(at string) (errs []error) {
	bad := func(key, rule string) { errs = append(errs, fmt.Errorf("%s.%s: %s", at, key, rule)) }
	if !channelName.MatchString(ch.Name) {
		bad("name", fmt.Sprintf("%q is no name of a channel; use 1 to 32 small letters, digits and dashes", ch.Name))
	}
	if ch.Type != TypeWebhook && ch.Type != TypeDingTalk {
		bad("type", fmt.Sprintf("%q is not known; set webhook or dingtalk", ch.Type))
	}
	if !httpURL(ch.URL.Reveal()) { // never shown: it may hold a token
		bad("url", "is missing or no http or https URL; copy the receiver's address, or write file:PATH or env:NAME")
	}
	if ch.Type == TypeDingTalk && !strings.Contains(ch.URL.Reveal(), "access_token=") {
		bad("url", "holds no access_token; copy the robot's whole webhook address from the group's settings")
	}
	if ch.Language != "" && !ch.Language.Valid() {
		bad("language", fmt.Sprintf("%q is not spoken; set en or zh-CN", ch.Language))
	}
	if _, err := time.LoadLocation(ch.Timezone); err != nil {
		bad("timezone", fmt.Sprintf("%q is not known; set an IANA name such as Asia/Shanghai", ch.Timezone))
	}
	if ch.MinSeverity != "" && ch.MinSeverity.Rank() == 0 {
		bad("min_severity", fmt.Sprintf("%q is no severity; set info, warning or critical", ch.MinSeverity))
	}
	if ch.Timeout != 0 && (ch.Timeout < 100*time.Millisecond || ch.Timeout > time.Minute) {
		bad("timeout", fmt.Sprintf("%v is out of range; set 100ms to 1m", ch.Timeout))
	}
	if ch.RatePerMinute < 0 || ch.RatePerMinute > 60_000 || ch.Type == TypeDingTalk && ch.RatePerMinute > dingTalkRate {
		bad("rate_per_minute", fmt.Sprintf("%d is out of range; set 1 to 60000 (DingTalk allows %d), or 0 for the type's own", ch.RatePerMinute, dingTalkRate))
	}
	return append(errs, ch.validateExtras(at)...)
}

// validateExtras looks at what only some types of channels know.
func (ch *ChannelConfig) validateExtras(at string) (errs []error) {
	bad := func(key, rule string) { errs = append(errs, fmt.Errorf("%s.%s: %s", at, key, rule)) }
	errs = append(errs, ch.TLS.Problems(at+".tls.")...)
	if len(ch.Headers) > 0 && ch.Type == TypeDingTalk {
		bad("headers", "are for webhooks; remove them")
	}
	for name, v := range ch.Headers {
		if !headerName.MatchString(name) || strings.ContainsAny(v.Reveal(), "\r\n\x00") {
			bad("headers", fmt.Sprintf("%q is no HTTP header, or its value holds a line end; correct it", name))
		}
	}
	if ch.Type == TypeWebhook && (ch.Keyword != "" || ch.AtAll || len(ch.AtMobiles)+len(ch.AtUserIDs) > 0) {
		bad("keyword", "keyword, at_mobiles, at_user_ids and at_all are for dingtalk; remove them")
	}
	if len(ch.Keyword) > 100 {
		bad("keyword", "is longer than 100 bytes; DingTalk's keywords are short")
	}
	if len(ch.AtMobiles)+len(ch.AtUserIDs) > 50 {
		bad("at_mobiles", "and at_user_ids name more than 50 people; use at_all")
	}
	for _, who := range append(append([]string(nil), ch.AtMobiles...), ch.AtUserIDs...) {
		if !mention.MatchString(who) {
			bad("at_mobiles", fmt.Sprintf("%q is no mobile number or user id; correct it", who))
		}
	}
	return errs
}

// httpURL reports whether s is an absolute http or https URL.
func httpURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
