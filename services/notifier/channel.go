package notifier

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/dingtalk"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/webhook"
	"github.com/forewarn/forewarn/shared/i18n"
)

const (
	dingTalkRate   = 20 // messages a minute, DingTalk's own limit
	webhookRate    = 600
	defaultTimeout = 10 * time.Second
)

// closingChannel is a channel that holds connections.
type closingChannel interface {
	delivery.Channel
	Close()
}

// channel makes the channel that ch describes. It reads the TLS files and connects to nothing yet.
func (ch *ChannelConfig) channel() (c closingChannel, err error) {
	timeout := cmp.Or(ch.Timeout, defaultTimeout)
	if ch.Type == TypeDingTalk {
		c, err = dingtalk.New(dingtalk.Settings{
			URL: ch.URL.Reveal(), Timeout: timeout, TLS: ch.TLS, Secret: ch.Secret.Reveal(), Keyword: ch.Keyword,
			AtMobiles: ch.AtMobiles, AtUserIDs: ch.AtUserIDs, AtAll: ch.AtAll,
		})
	} else {
		header := http.Header{}
		for name, v := range ch.Headers {
			header.Set(name, v.Reveal())
		}
		c, err = webhook.New(webhook.Settings{
			URL: ch.URL.Reveal(), Timeout: timeout, TLS: ch.TLS, Secret: ch.Secret.Reveal(), Header: header,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("notifier channel %q: %w", ch.Name, err)
	}
	return c, nil
}

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

func (ch *ChannelConfig) language() i18n.Language {
	if ch.Language == "" && ch.Type == TypeDingTalk {
		return i18n.Chinese
	}
	return cmp.Or(ch.Language, i18n.English)
}

func (ch *ChannelConfig) rate() int {
	if ch.Type == TypeDingTalk {
		return cmp.Or(ch.RatePerMinute, dingTalkRate)
	}
	return cmp.Or(ch.RatePerMinute, webhookRate)
}
