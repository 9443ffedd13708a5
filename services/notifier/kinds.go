package notifier

import (
	"cmp"
	"maps"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Types of channels.
const (
	TypeWebhook  = "webhook"
	TypeDingTalk = "dingtalk"
	TypeMail     = "mail"
	TypeSMS      = "sms"
	TypeVoice    = "voice"
	TypeGateway  = "gateway"
	// TypeAlertmanager is a Prometheus Alertmanager.
	TypeAlertmanager = "alertmanager"
	TypeWeCom        = "wecom"
	TypeWeComApp     = "wecom-app"
	TypeFeishu       = "feishu"
	// TypeFeishuApp is of Lark as well.
	TypeFeishuApp = "feishu-app"
)

// kind is what a type of channel is made of. A new one needs a package, a line in [kinds], and its options in [ChannelConfig].
type kind struct {
	language i18n.Language       // of its messages, unless a channel says otherwise
	rate     int                 // messages in any minute, unless a channel says otherwise
	second   int                 // messages in any second, 0 for any
	limited  bool                // rate is the receiver's own limit for one URL
	address  bool                // it posts to the channel's URL
	base     string              // its API's URL, unless a channel says otherwise
	escape   func(string) string // makes labels harmless in a template of the channel; nil: it takes none
	picture  int                 // the largest picture that it can send, in bytes; 0: none
	follows  bool                // a picture is a message of its own, which counts against rate
	signed   bool                // messages should be signed by the channel's secret
	severity finding.Severity    // that an incident must have reached, unless a channel says otherwise; "" is the notifier's
	own      []string            // the fields of ChannelConfig that hold its options
	receives *receives           // nil for a type that has no receivers of its own
	// reaches tells whether it can address a person; nil if it does not address people one by one, as the robot of a group.
	reaches func(p *person.Person) bool
	// speaks tells in which languages beside its own a channel can address people; nil: in all.
	speaks func(ch *ChannelConfig, l i18n.Language) bool
	// only tells whether a person is all whom a channel reaches, so that it speaks their language; nil: that is never so.
	only func(ch *ChannelConfig, p *person.Person) bool
	// machine says that programs read it, which want every incident by itself.
	machine bool
	// incidents says that it tells of nothing else: digests are refused.
	incidents bool
	// problems tells what is wrong with the options; keys are the channel's own.
	problems func(ch *ChannelConfig, bad func(key, rule string))
	// open makes the channel. It reads files and connects to nothing yet.
	open func(ch *ChannelConfig) (closingChannel, error)
}

// receives says what the receivers of a type are reached by.
type receives struct {
	valid func(address string) bool
	what  string // for an error
}

// closingChannel is a channel that holds connections.
type closingChannel interface {
	delivery.Channel
	Close()
}

// kinds returns the types of channels by name.
func kinds() map[string]kind {
	all := map[string]kind{
		TypeWebhook:      webhooks(),
		TypeMail:         mails(),
		TypeSMS:          phones(false),
		TypeVoice:        phones(true),
		TypeGateway:      gateways(),
		TypeAlertmanager: alertmanagers(),
	}
	maps.Copy(all, chats())
	return all
}

func (ch *ChannelConfig) language() i18n.Language {
	return cmp.Or(ch.Language, kinds()[ch.Type].language, i18n.English)
}

// severity returns the one that an incident must have reached to be told by the channel, "" for the notifier's.
func (ch *ChannelConfig) severity() finding.Severity {
	return cmp.Or(ch.MinSeverity, kinds()[ch.Type].severity)
}

// rate returns how many deliveries a minute the channel makes: half of what the receiver takes where a picture follows each.
func (ch *ChannelConfig) rate() int {
	k := kinds()[ch.Type]
	n := cmp.Or(ch.RatePerMinute, k.rate)
	if k.follows && !ch.WithoutPicture {
		n = max(n/2, 1)
	}
	return n
}

// address returns where the API of the channel's type is.
func (ch *ChannelConfig) address() string { return cmp.Or(ch.URL.Reveal(), kinds()[ch.Type].base) }
