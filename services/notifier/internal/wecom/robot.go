package wecom

import (
	"context"
	"crypto/md5" //nolint:gosec // the platform asks for it, as a checksum
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
)

const (
	// RobotRate is how many messages a robot takes in a minute.
	RobotRate = 20
	// MaxPicture is the largest picture that a robot takes, in bytes before their encoding.
	MaxPicture = 2 << 20
	// maxMarkdown and maxText are the largest contents of a robot's message, in bytes.
	maxMarkdown, maxText = 4096, 2048
)

// RobotSettings are those of a robot.
type RobotSettings struct {
	// URL is the robot's address with its key.
	URL     string
	Timeout time.Duration
	TLS     config.ClientTLS
	Group   group.Options
}

// Robot is a channel that posts to a group.
type Robot struct {
	client *peer.Client
	group  group.Options
	key    string // which no error may hold, even if the peer repeats it
}

var _ delivery.Channel = (*Robot)(nil)

// NewRobot returns a robot. It connects to nothing yet.
func NewRobot(s RobotSettings) (*Robot, error) {
	c, err := peer.New(s.URL, s.Timeout, s.TLS)
	if err != nil {
		return nil, err
	}
	return &Robot{client: c, group: s.Group, key: c.URL().Query().Get("key")}, nil
}

// RobotProblems tells what is wrong with a robot's address, which is never shown, and its options.
func RobotProblems(address string, o *group.Options, bad func(key, rule string)) {
	if u, err := url.Parse(address); err == nil && !u.Query().Has("key") {
		bad("url", "holds no key; copy the robot's whole webhook address from the group's settings")
	}
	if o.Keyword != "" {
		bad("keyword", "is not for wecom, whose robots know no keywords; remove it")
	}
}

// Close closes idle connections.
func (r *Robot) Close() { r.client.Close() }

// content is a message of a robot: one of its types.
type content struct {
	Type     string    `json:"msgtype"`
	Markdown *markdown `json:"markdown,omitempty"`
	Text     *text     `json:"text,omitempty"`
	Image    *image    `json:"image,omitempty"`
}

type markdown struct {
	Content string `json:"content"`
}

type text struct {
	Content string   `json:"content"`
	Users   []string `json:"mentioned_list,omitempty"`
	Mobiles []string `json:"mentioned_mobile_list,omitempty"`
}

type image struct {
	Base64 string `json:"base64"`
	MD5    string `json:"md5"`
}

// Send posts m, and its picture after it if m is worth a sound.
func (r *Robot) Send(ctx context.Context, m delivery.Message) (delivery.Sent, error) {
	if err := r.post(ctx, r.content(&m)); err != nil {
		return delivery.Sent{}, err
	}
	png := pictureOf(&m)
	if len(png) == 0 || len(png) > MaxPicture {
		return delivery.Sent{}, nil
	}
	if err := r.post(ctx, picture(png)); err != nil {
		//nolint:nilerr // the message is there: sending it again would show it twice
		return delivery.Sent{Missed: "the picture of a message was not accepted: " + err.Error()}, nil
	}
	return delivery.Sent{}, nil
}

// pictureOf returns the picture that follows a message, nil if there is none.
func pictureOf(m *delivery.Message) []byte {
	switch {
	case m.Document != nil && len(m.Document.Images) > 0:
		return m.Document.Images[0].PNG
	case m.Loud():
		return m.Picture
	}
	return nil
}

// content says m in Markdown, which can mention people by their user ids, or as text if somebody is to be mentioned by a number or
// everybody is.
func (r *Robot) content(m *delivery.Message) content {
	if d := m.Document; d != nil {
		return content{Type: "markdown", Markdown: &markdown{Content: message.CutLines(d.Markdown, maxMarkdown)}}
	}
	t, calls := m.News(), r.group.Calls(m, func(p *person.Person) string { return p.WeComUserID })
	if len(calls.Mobiles) > 0 || calls.All {
		return asText(t, calls)
	}
	tail := ""
	for _, id := range calls.UserIDs {
		tail += "<@" + id + ">"
	}
	if tail != "" {
		tail = "\n\n" + tail
	}
	return content{Type: "markdown", Markdown: &markdown{Content: t.In(markup(t.Tone), maxMarkdown-len(tail)) + tail}}
}

func asText(t message.Text, calls group.Calls) content {
	out := &text{Content: t.In(plain(), maxText), Users: calls.UserIDs, Mobiles: calls.Mobiles}
	if calls.All {
		out.Users = append(out.Users, "@all")
	}
	return content{Type: "text", Text: out}
}

func picture(png []byte) content {
	sum := md5.Sum(png) //nolint:gosec // as above
	return content{Type: "image", Image: &image{Base64: base64.StdEncoding.EncodeToString(png), MD5: hex.EncodeToString(sum[:])}}
}

func (r *Robot) post(ctx context.Context, c content) error {
	data, err := json.Marshal(c)
	if err != nil {
		return &delivery.Error{Permanent: true, What: "the message cannot be encoded: " + err.Error()}
	}
	reply, err := r.client.Ask(ctx, nil, data)
	if err != nil {
		return err
	}
	_, err = read(reply, r.key)
	return err
}
