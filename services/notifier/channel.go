package notifier

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/alertmanager"
	"github.com/forewarn/forewarn/services/notifier/internal/dingtalk"
	"github.com/forewarn/forewarn/services/notifier/internal/feishu"
	"github.com/forewarn/forewarn/services/notifier/internal/gateway"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/mail"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/phone"
	"github.com/forewarn/forewarn/services/notifier/internal/webhook"
	"github.com/forewarn/forewarn/services/notifier/internal/wecom"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// ChannelConfig is one way to people: what all types have, and what each has of its own.
type ChannelConfig struct {
	// Name is the channel's own: small letters, digits and dashes.
	Name string `yaml:"name"`
	// Type says what it is: one of the Type constants.
	Type string `yaml:"type"`
	// URL is where messages are posted, or where the API of the type is if that is not the usual place. It is a secret, since robots' addresses hold their token.
	URL config.Secret `yaml:"url"`
	// Secret signs messages, or is the password or key by which we prove who we are.
	Secret config.Secret `yaml:"secret"`
	// Language of the messages, en or zh-CN; "" is the type's own.
	Language i18n.Language `yaml:"language"`
	// Timezone is the IANA name of the readers' time zone; "" is that of this machine.
	Timezone string `yaml:"timezone"`
	// MinSeverity is the severity that an incident must have reached to be told here; "" is the notifier's.
	MinSeverity finding.Severity `yaml:"min_severity"`
	// Timeout bounds one attempt; 0 is 10 s.
	Timeout time.Duration `yaml:"timeout"`
	// RatePerMinute is how many messages are sent in any minute; 0 is the type's own.
	RatePerMinute int `yaml:"rate_per_minute"`
	// Template is the channel's own form of messages, a Go text/template over message.Fields in the markup of the platform: the text
	// itself, or file:PATH. The zero value is the form that is built in.
	Template config.Text `yaml:"template"`
	// WithoutPicture leaves out the chart of history, forecast and limit where the type can show it.
	WithoutPicture bool `yaml:"without_picture"`
	// Collapse puts many incidents into one message when there are many; nil is the type's own: no for a webhook, yes for others.
	Collapse *bool `yaml:"collapse"`
	// TLS says how the receiver is trusted.
	TLS config.ClientTLS `yaml:"tls"`

	// To are the addresses or numbers that get all that the channel carries, besides the people whom a message is for.
	To []config.Secret `yaml:"to"`

	Headers      peer.Headers         `yaml:",inline"`
	Webhook      webhook.Options      `yaml:",inline"`
	Mail         mail.Options         `yaml:",inline"`
	Phone        phone.Options        `yaml:",inline"`
	Gateway      gateway.Options      `yaml:",inline"`
	Alertmanager alertmanager.Options `yaml:",inline"`
	Group        group.Options        `yaml:",inline"`
	DingTalk     dingtalk.Options     `yaml:",inline"`
	WeComApp     wecom.Options        `yaml:",inline"`
	FeishuApp    feishu.Options       `yaml:",inline"`
}

const defaultTimeout = 10 * time.Second

func (ch *ChannelConfig) timeout() time.Duration { return cmp.Or(ch.Timeout, defaultTimeout) }

// reader says for whom the channel's messages are.
func (ch *ChannelConfig) reader(consoleURL string) (message.Reader, error) {
	zone := time.Local
	if ch.Timezone != "" {
		var err error
		if zone, err = time.LoadLocation(ch.Timezone); err != nil {
			return message.Reader{}, fmt.Errorf("notifier channel %q: %w", ch.Name, err)
		}
	}
	return message.Reader{Language: ch.language(), Zone: zone, ConsoleURL: consoleURL}, nil
}

// channelProblems returns what is wrong with the channels, each and together.
func (c *Config) channelProblems() (errs []error) {
	seen, taken := map[string]bool{}, map[config.Secret]string{}
	for k := range c.Channels {
		ch := &c.Channels[k]
		bad := func(key, rule string) { errs = append(errs, fmt.Errorf("channels[%d].%s: %s", k, key, rule)) }
		if seen[ch.Name] {
			bad("name", fmt.Sprintf("%q is taken by a channel before; choose another", ch.Name))
		}
		seen[ch.Name] = true
		if k := kinds()[ch.Type]; k.limited && k.address && ch.URL != "" {
			if other, ok := taken[ch.URL]; ok {
				bad("url", fmt.Sprintf("is that of channel %q: they would share one robot's allowance of messages; "+
					"remove one of them, or add another robot to the group", other))
			}
			taken[ch.URL] = ch.Name
		}
		ch.problems(bad)
		errs = append(errs, ch.TLS.Problems(fmt.Sprintf("channels[%d].tls.", k))...)
	}
	return errs
}

var channelName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// problems tells what is wrong with one channel.
func (ch *ChannelConfig) problems(bad func(key, rule string)) {
	if !channelName.MatchString(ch.Name) {
		bad("name", fmt.Sprintf("%q is no name of a channel; use 1 to 32 small letters, digits and dashes", ch.Name))
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
	known := kinds()
	kind, ok := known[ch.Type]
	if !ok {
		bad("type", fmt.Sprintf("%q is not known; set one of %s", ch.Type, strings.Join(slices.Sorted(maps.Keys(known)), ", ")))
		kind.address = true // most do
	}
	ch.kindProblems(kind, bad)
}

// kindProblems tells what does not go with the channel's type.
func (ch *ChannelConfig) kindProblems(kind kind, bad func(key, rule string)) {
	switch most := 60_000; {
	case kind.limited && ch.RatePerMinute > kind.rate:
		bad("rate_per_minute", fmt.Sprintf("%d is more than the receiver's own limit; set 1 to %d, or 0 for %d", ch.RatePerMinute, kind.rate, kind.rate))
	case ch.RatePerMinute < 0 || ch.RatePerMinute > most:
		bad("rate_per_minute", fmt.Sprintf("%d is out of range; set 1 to %d, or 0 for the type's own", ch.RatePerMinute, most))
	}
	switch {
	case kind.address && !httpURL(ch.URL.Reveal()): // never shown: it may hold a token
		bad("url", "is missing or no http or https URL; copy the receiver's address, or write file:PATH or env:NAME")
	case kind.base != "" && ch.URL != "" && !httpURL(ch.URL.Reveal()):
		bad("url", "is no http or https URL; set that of the API, such as "+kind.base+", or remove it")
	case !kind.address && kind.base == "" && ch.URL != "":
		bad("url", fmt.Sprintf("is not for %s; remove it", ch.Type))
	}
	if _, err := ch.template(); err != nil {
		bad("template", err.Error())
	}
	if kind.problems == nil {
		return
	}
	if kind.receives == nil && len(ch.To) > 0 {
		bad("to", fmt.Sprintf("is not for %s; remove it", ch.Type))
	}
	for k := range ch.To {
		if kind.receives != nil && !kind.receives.valid(ch.To[k].Reveal()) { // never shown: it is personal
			bad(fmt.Sprintf("to[%d]", k), "is no "+kind.receives.what)
		}
	}
	kind.problems(ch, bad)
	for _, key := range ch.foreign(kind.own) {
		bad(key, fmt.Sprintf("is not for %s; remove it, or correct the type", ch.Type))
	}
}

// template reads the channel's template, nil if it has none.
func (ch *ChannelConfig) template() (*message.Template, error) {
	kind, known := kinds()[ch.Type]
	switch {
	case ch.Template.Body == "" || !known:
		return nil, nil
	case kind.escape == nil:
		return nil, fmt.Errorf("is not for %s; remove it", ch.Type)
	}
	return message.ParseTemplate(ch.Template.Name("template"), ch.Template.Body, kind.escape)
}

// foreign returns the keys that are set although they are options of other types.
func (ch *ChannelConfig) foreign(own []string) (keys []string) {
	v := reflect.ValueOf(ch).Elem()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if f.Tag.Get("yaml") != ",inline" || slices.Contains(own, f.Name) {
			continue
		}
		for k := range f.Type.NumField() {
			if !v.Field(i).Field(k).IsZero() {
				keys = append(keys, f.Type.Field(k).Tag.Get("yaml"))
			}
		}
	}
	return keys
}
