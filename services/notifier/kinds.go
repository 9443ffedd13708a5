package notifier

import (
	"cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/dingtalk"
	"github.com/forewarn/forewarn/services/notifier/internal/webhook"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Types of channels.
const (
	TypeWebhook  = "webhook"
	TypeDingTalk = "dingtalk"
)

// kind is what a type of channel is made of. A new one needs a package, a line in [kinds], and its options in [ChannelConfig].
type kind struct {
	language i18n.Language // of its messages, unless a channel says otherwise
	rate     int           // messages in any minute, unless a channel says otherwise
	limited  bool          // rate is the receiver's own limit for one URL
	address  bool          // it posts to the channel's URL
	signed   bool          // messages should be signed by the channel's secret
	own      []string      // the fields of ChannelConfig that hold its options
	// problems tells what is wrong with the options; keys are the channel's own.
	problems func(ch *ChannelConfig, bad func(key, rule string))
	// open makes the channel. It reads files and connects to nothing yet.
	open func(ch *ChannelConfig) (closingChannel, error)
}

// closingChannel is a channel that holds connections.
type closingChannel interface {
	delivery.Channel
	Close()
}

// kinds returns the types of channels by name.
func kinds() map[string]kind {
	return map[string]kind{
		TypeWebhook: {
			language: i18n.English, rate: webhook.Rate, address: true, signed: true, own: []string{"Webhook"},
			problems: func(ch *ChannelConfig, bad func(key, rule string)) { ch.Webhook.Problems(bad) },
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return webhook.New(webhook.Settings{
					URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Options: ch.Webhook,
				})
			},
		},
		TypeDingTalk: {
			language: i18n.Chinese, rate: dingtalk.Rate, limited: true, address: true, signed: true, own: []string{"Group", "DingTalk"},
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Group.Problems(bad)
				dingtalk.Problems(ch.URL.Reveal(), bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return dingtalk.New(dingtalk.Settings{
					URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Group: ch.Group, Options: ch.DingTalk,
				})
			},
		},
	}
}

func (ch *ChannelConfig) language() i18n.Language {
	return cmp.Or(ch.Language, kinds()[ch.Type].language, i18n.English)
}

func (ch *ChannelConfig) rate() int { return cmp.Or(ch.RatePerMinute, kinds()[ch.Type].rate) }
