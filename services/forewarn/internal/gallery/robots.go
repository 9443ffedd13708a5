package gallery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// robots take what the channels of one language send, as the platforms would.
type robots struct {
	language i18n.Language
	url      string
	server   *http.Server

	mu       sync.Mutex
	dingTalk [][]byte
	weCom    [][]byte
	feishu   [][]byte
	pictures map[string][]byte // that were uploaded to Feishu, by their keys
}

// maxBody is more than any platform takes.
const maxBody = 16 << 20

// newRobots starts robots; the caller closes them.
func newRobots(lang i18n.Language) (*robots, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("robots: %w", err)
	}
	r := &robots{language: lang, url: "http://" + l.Addr().String(), pictures: map[string][]byte{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /dingtalk", r.take(&r.dingTalk, `{"errcode":0,"errmsg":"ok"}`))
	mux.HandleFunc("POST /wecom", r.take(&r.weCom, `{"errcode":0,"errmsg":"ok"}`))
	mux.HandleFunc("POST /open-apis/auth/v3/tenant_access_token/internal", answer(`{"code":0,"tenant_access_token":"t","expire":7200}`))
	mux.HandleFunc("POST /open-apis/im/v1/images", r.upload)
	mux.HandleFunc("POST /open-apis/im/v1/messages", r.take(&r.feishu, `{"code":0,"data":{"message_id":"om_1"}}`))
	mux.HandleFunc("/open-apis/im/v1/messages/", answer(`{"code":0,"data":{"message_id":"om_1"}}`))
	r.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go r.server.Serve(l) //nolint:errcheck // it ends when it is closed
	return r, nil
}

func (r *robots) close() { r.server.Close() } //nolint:errcheck // nothing is left to be done

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) } //nolint:errcheck // the channel says it
}

// take keeps bodies in a list.
func (r *robots) take(list *[][]byte, reply string) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxBody))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.mu.Lock()
		*list = append(*list, body)
		r.mu.Unlock()
		answer(reply)(w, q)
	}
}

// upload keeps a picture and gives it a key.
func (r *robots) upload(w http.ResponseWriter, q *http.Request) {
	q.Body = http.MaxBytesReader(w, q.Body, maxBody)
	file, _, err := q.FormFile("image")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	defer file.Close() //nolint:errcheck // only read
	png, err := io.ReadAll(file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	key := fmt.Sprintf("img_%d", len(r.pictures))
	r.pictures[key] = png
	r.mu.Unlock()
	answer(`{"code":0,"data":{"image_key":"`+key+`"}}`)(w, q)
}

// channels is the configuration of those that lead to the robots, with the names of channels.
func (r *robots) channels(zone string) (yaml string, names []string) {
	var b strings.Builder
	for _, c := range []struct{ name, rest string }{
		{"dingtalk", `type: dingtalk, card: true, url: "` + r.url + `/dingtalk?access_token=x"`},
		{"wecom", `type: wecom, url: "` + r.url + `/wecom?key=x"`},
		{"feishu", `type: feishu-app, app_id: cli_demo, receive_id: oc_demo, secret: x, url: "` + r.url + `"`},
	} {
		name := c.name + map[i18n.Language]string{i18n.Chinese: "-zh"}[r.language]
		names = append(names, name)
		fmt.Fprintf(&b, "    - {name: %s, language: %s, timezone: %s, %s}\n", name, r.language, zone, c.rest)
	}
	return b.String(), names
}

// errNotYet is returned while a message has not come.
var errNotYet = errors.New("the message has not come yet")

// about draws what each chat was told first of something by name; what follows it there at once, such as its picture, belongs to it.
func (r *robots) about(name string) (chats []chat, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range []struct {
		chat
		bodies [][]byte
		read   func([]byte) (bubble, error)
	}{
		{chat{Platform: i18n.Text{En: "DingTalk", Zh: "钉钉"}, Class: "dingtalk"}, r.dingTalk, dingTalk},
		{chat{Platform: i18n.Text{En: "WeCom", Zh: "企业微信"}, Class: "wecom"}, r.weCom, weCom},
		{chat{Platform: i18n.Text{En: "Feishu / Lark", Zh: "飞书"}, Class: "feishu"}, r.feishu, func(body []byte) (bubble, error) {
			return feishu(body, r.pictures)
		}},
	} {
		first := slices.IndexFunc(c.bodies, func(body []byte) bool { return bytes.Contains(body, []byte(name)) })
		if first < 0 {
			return nil, errNotYet
		}
		for _, body := range c.bodies[first:] {
			b, err := c.read(body)
			if err != nil {
				return nil, err
			}
			if len(c.Bubbles) > 0 && !b.alone() {
				break
			}
			c.Bubbles = append(c.Bubbles, b)
		}
		chats = append(chats, c.chat)
	}
	return chats, nil
}

// await waits until every chat was told of something by name.
func (r *robots) await(ctx context.Context, name string) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := r.about(name)
		if !errors.Is(err, errNotYet) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-tick.C:
		}
	}
}
