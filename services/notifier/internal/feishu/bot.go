package feishu

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
)

const (
	// BotRate is how many messages a custom bot takes in a minute.
	BotRate = 100
	// PerSecond is how many it takes in a second.
	PerSecond = 5
	// MaxBody is the largest body that a custom bot accepts, in bytes.
	MaxBody = 20 << 10
)

// BotSettings are those of a custom bot.
type BotSettings struct {
	// URL is the bot's address, whose last part is its token.
	URL     string
	Timeout time.Duration
	TLS     config.ClientTLS
	// Secret signs; "" if the bot's security setting is a keyword or an address range.
	Secret string
	Group  group.Options
}

// Bot is a channel that posts to a group.
type Bot struct {
	client *peer.Client
	s      BotSettings
	token  string // which no error may hold, even if the peer repeats it
}

var _ delivery.Channel = (*Bot)(nil)

// NewBot returns a custom bot. It connects to nothing yet.
func NewBot(s BotSettings) (*Bot, error) {
	c, err := peer.New(s.URL, s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	return &Bot{client: c, s: s, token: path.Base(c.URL().Path)}, nil
}

// BotProblems tells what is wrong with a bot's address, which is never shown, and its options.
func BotProblems(address string, o *group.Options, bad func(key, rule string)) {
	if u, err := url.Parse(address); err == nil && !strings.Contains(u.Path, "/bot/v2/hook/") {
		bad("url", "is not that of a custom bot, which has /open-apis/bot/v2/hook/; copy it from the group's settings")
	}
	callProblems(o, bad)
}

func callProblems(o *group.Options, bad func(key, rule string)) {
	if len(o.AtMobiles) > 0 {
		bad("at_mobiles", "is not for Feishu, which knows people by open_id; set at_user_ids (ou_…)")
	}
}

// openID tells who a person is.
func openID(p *person.Person) string { return p.FeishuOpenID }

// Close closes idle connections.
func (b *Bot) Close() { b.client.Close() }

// note is what a bot is sent.
type note struct {
	Timestamp string `json:"timestamp,omitempty"`
	Sign      string `json:"sign,omitempty"`
	Type      string `json:"msg_type"`
	Card      card   `json:"card"`
}

// Send posts m once.
func (b *Bot) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	t := m.News()
	if m.Document != nil {
		t = documentText(m.Document)
	}
	n := note{Type: "interactive"}
	if b.s.Secret != "" {
		n.Timestamp = strconv.FormatInt(time.Now().Unix(), 10)
		n.Sign = Sign(b.s.Secret, n.Timestamp)
	}
	calls := b.s.Group.Calls(&m, openID)
	data, err := encode(t, MaxBody, func(t message.Text) ([]byte, error) {
		n.Card = cardOf(t, calls, b.s.Group.Keyword, "")
		return json.Marshal(n)
	})
	if err != nil {
		return delivery.Sent{}, &delivery.Error{Permanent: true, What: "the message cannot be encoded: " + err.Error()}
	}
	reply, err := b.client.Call(ctx, peer.Request{Body: data})
	if err != nil {
		return delivery.Sent{}, err
	}
	_, err = read(b.client, reply, b.token, b.s.Secret)
	return delivery.Sent{}, err
}

// Sign returns the signature of a timestamp in seconds: the secret is part of the key, and what is signed is empty.
func Sign(secret, timestamp string) string {
	mac := hmac.New(sha256.New, []byte(timestamp+"\n"+secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
