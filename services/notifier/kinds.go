package notifier

import (
	"cmp"
	"maps"

	"github.com/forewarn/forewarn/services/notifier/internal/alertmanager"
	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/gateway"
	"github.com/forewarn/forewarn/services/notifier/internal/mail"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/phone"
	"github.com/forewarn/forewarn/services/notifier/internal/webhook"
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
		TypeWebhook: {
			language: i18n.English, rate: webhook.Rate, address: true, signed: true, own: []string{"Webhook", "Headers"}, escape: i18n.Line,
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Headers.Problems(bad)
				ch.Webhook.Problems(bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return webhook.New(webhook.Settings{
					URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Headers: ch.Headers, Options: ch.Webhook,
				})
			},
		},
		TypeMail: {
			language: i18n.English, rate: mail.Rate, own: []string{"Mail"},
			receives: &receives{person.IsMail, "mail address; set one such as ops@example.com, without a name"},
			problems: func(ch *ChannelConfig, bad func(key, rule string)) { ch.Mail.Problems(bad) },
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return mail.New(mail.Settings{
					Timeout: ch.timeout(), TLS: ch.TLS, Password: ch.Secret, To: ch.To, Language: ch.language(), Options: ch.Mail,
				})
			},
		},
		TypeSMS:   phones(false),
		TypeVoice: phones(true),
		TypeGateway: {
			language: i18n.Chinese, rate: gateway.Rate, address: true, own: []string{"Gateway", "Headers"}, receives: numbers(),
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Headers.Problems(bad)
				ch.Gateway.Problems(bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return gateway.New(gateway.Settings{
					URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret, To: ch.To, Headers: ch.Headers, Options: ch.Gateway,
				})
			},
		},
		TypeAlertmanager: {
			language: i18n.English, rate: alertmanager.Rate, address: true, own: []string{"Alertmanager", "Headers"},
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Headers.Problems(bad)
				ch.Alertmanager.Problems(bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return alertmanager.New(alertmanager.Settings{
					URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Headers: ch.Headers, Options: ch.Alertmanager,
				})
			},
		},
	}
	maps.Copy(all, chats())
	return all
}

// numbers are the receivers of types that reach phones.
func numbers() *receives {
	return &receives{person.IsPhone, "number; set it with + and the country's code, such as +8613800000000"}
}

// phones is the kind that writes to phones, or calls them.
func phones(voice bool) kind {
	k := kind{
		language: i18n.Chinese, rate: phone.Rate, own: []string{"Phone"},
		receives: numbers(),
		problems: func(ch *ChannelConfig, bad func(key, rule string)) { ch.Phone.Problems(voice, ch.Secret != "", bad) },
		open: func(ch *ChannelConfig) (closingChannel, error) {
			return phone.New(phone.Settings{
				Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret, To: ch.To, Language: ch.language(), Voice: voice, Options: ch.Phone,
			})
		},
	}
	if voice {
		k.severity = finding.Critical // nobody is called at night for less unless somebody asks for that
	}
	return k
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
