package notifier

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
)

var update = flag.Bool("update", false, "write the golden files")

// platforms are channels of each type that people read, as they are configured; SERVER is the server of the test.
const platforms = `
notifier:
  console_url: https://ops.example
  people:
    - {name: li.wei, display_name: 李伟, phone: "+8613800000000", dingtalk_user_id: manager42, wecom_user_id: liwei, feishu_open_id: ou_7d8a}
    - {name: wang.fang, display_name: 王芳}
    - {name: ana, display_name: Ana, language: en, timezone: Europe/Berlin, phone: "+4915112345678", wecom_user_id: ana, dingtalk_user_id: manager43, feishu_open_id: ou_8e9b}
  channels:
    - {name: dingtalk, type: dingtalk, url: "SERVER/robot/send?access_token=T", secret: SEC1}
    - {name: dingtalk-card, type: dingtalk, url: "SERVER/robot/send?access_token=U", secret: SEC1, card: true}
    - {name: wecom, type: wecom, url: "SERVER/cgi-bin/webhook/send?key=K"}
    - {name: wecom-app, type: wecom-app, url: SERVER, secret: S, corp_id: ww1, agent_id: 1000002, to_users: [duty]}
    - {name: wecom-app-markdown, type: wecom-app, url: SERVER, secret: S, corp_id: ww1, agent_id: 1000002, message_type: markdown}
    - {name: feishu, type: feishu, url: "SERVER/open-apis/bot/v2/hook/T", secret: S}
    - {name: feishu-app, type: feishu-app, url: SERVER, secret: S, app_id: cli_1, receive_id: oc_1}
    - {name: sms-alibaba, type: sms, provider: alibaba, endpoint: SERVER, access_key_id: AK, secret: S, sign: 某某公司, template_id: SMS_1, template_ids: {en: SMS_2}, variables: [what, when, owner]}
    - {name: sms-tencent, type: sms, provider: tencent, endpoint: SERVER, access_key_id: AK, secret: S, sign: 某某公司, template_id: "1", sdk_app_id: "1400006666"}
    - {name: voice-alibaba, type: voice, provider: alibaba, endpoint: SERVER, access_key_id: AK, secret: S, template_id: TTS_1, variable_length: 60}
    - {name: voice-tencent, type: voice, provider: tencent, endpoint: SERVER, access_key_id: AK, secret: S, template_id: "1", sdk_app_id: "1400006666"}
    - {name: sms-template, type: sms, provider: alibaba, endpoint: SERVER, access_key_id: AK, secret: S, sign: 某某公司, template_id: SMS_1, variables: [content=text], variable_length: 60,
       template: "{{.Entity}} {{percent .Probability}}{{if not .Expected.IsZero}} {{.Expected.Format \"01-02 15:04\"}}{{end}} {{.Reason}}"}
    - {name: gateway-template, type: gateway, url: "SERVER/template", body: {to: "{{to}}", content: "{{text}}"}, template: "{{.What}}\n{{.When}}\n{{.URL}}"}
    - {name: gateway-list, type: gateway, url: "SERVER/list", body: {to: "{{to_list}}", content: "{{title}}", id: "{{id}}"}}
    - {name: gateway, type: gateway, url: "SERVER/send", secret: S, body: {to: "{{to}}", content: "{{text}}", title: "{{title}}", key: "{{secret}}"}}
`

// TestGolden sends what people are told by each type of channel to a server, and compares the requests that arrive.
func TestGolden(t *testing.T) {
	p := newPlatform(t)
	cfg := DefaultConfig()
	text := strings.ReplaceAll(platforms, "SERVER", p.URL)
	if err := config.Load([]byte(text), nil, config.Section{Name: "notifier", Into: &cfg}); err != nil {
		t.Fatal(err)
	}
	people, err := person.NewDirectory(cfg.People)
	if err != nil {
		t.Fatal(err)
	}
	for k := range cfg.Channels {
		for _, reader := range []struct {
			lang i18n.Language
			zone string
		}{{i18n.English, "Europe/London"}, {i18n.Chinese, "Asia/Shanghai"}} {
			ch := cfg.Channels[k]
			ch.Language, ch.Timezone = reader.lang, reader.zone
			s, err := cfg.scribe(&ch, people)
			if err != nil {
				t.Fatal(err)
			}
			s.Picture = func(context.Context, *delivery.Message, message.Reader) []byte { return []byte("a picture") }
			for name, told := range stories() {
				t.Run(strings.Join([]string{ch.Name, name, string(reader.lang)}, "/"), func(t *testing.T) {
					got := p.send(t, &ch, &s, told)
					compare(t, filepath.Join("testdata", ch.Name, name+"."+string(reader.lang)+".golden"), got)
				})
			}
		}
	}
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("requests (-want +got):\n%s\nwrite anew with -update", diff)
	}
}

// platform answers as the receivers do that have a protocol, and writes down what they are asked.
type platform struct {
	*httptest.Server
	mu  sync.Mutex
	log strings.Builder
	t   *testing.T
}

func newPlatform(t *testing.T) *platform {
	p := &platform{t: t}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

// send opens a channel, has it say a story, and returns what arrived.
func (p *platform) send(t *testing.T, ch *ChannelConfig, s *delivery.Scribe, told story) string {
	t.Helper()
	p.log.Reset()
	c, err := kinds()[ch.Type].open(ch)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m, fallback := s.Incident(t.Context(), &delivery.Delivery{
		Channel: ch.Name, Reason: told.why, Incident: told.incident, To: told.to, Team: "dba",
	}, told.why)
	if m.Known = told.known; m.Known {
		m.Previous = "om_1"
	}
	sent, err := c.Send(t.Context(), m)
	if err != nil || sent.Missed != "" || fallback != "" {
		t.Fatalf("%+v, %v, %s", sent, err, fallback)
	}
	if p.log.Len() == 0 {
		return "(nothing is sent)\n"
	}
	return p.log.String()
}

// ServeHTTP implements http.Handler.
func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case strings.Contains(r.URL.Path, "token"): // how it is asked for is the same for all messages
	default:
		p.note(r, body)
	}
	switch {
	case r.Header.Get("X-Tc-Action") == "SendTtsVoice":
		io.WriteString(w, `{"Response":{"SendStatus":{"CallId":"1"},"RequestId":"A"}}`) //nolint:errcheck // the sender tells
	case r.Header.Get("X-Tc-Action") != "":
		io.WriteString(w, `{"Response":{"SendStatusSet":[{"Code":"Ok"}],"RequestId":"A"}}`) //nolint:errcheck // as above
	case r.Header.Get("X-Acs-Action") != "":
		io.WriteString(w, `{"Code":"OK"}`) //nolint:errcheck // as above
	default: // of all others by their names
		io.WriteString(w, `{"errcode":0,"code":0,"access_token":"token","expires_in":7200,"tenant_access_token":"token","expire":7200,
			"media_id":"media","data":{"message_id":"om_1","image_key":"img_1"}}`) //nolint:errcheck // as above
	}
}

// note writes down a request: its query and body so that a person can read them, without what differs from one time to another.
func (p *platform) note(r *http.Request, body []byte) {
	fmt.Fprintf(&p.log, "%s %s\n", r.Method, r.URL.Path)
	for _, h := range []string{"X-Acs-Action", "X-Tc-Action"} {
		if v := r.Header.Get(h); v != "" {
			fmt.Fprintf(&p.log, "%s: %s\n", h, v)
		}
	}
	if len(r.URL.RawQuery) > 0 {
		p.print("query", flat(r.URL.Query()))
	}
	switch media, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case len(body) == 0:
	case media == "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(1 << 20)
		if err != nil {
			p.t.Error(err)
			return
		}
		for name, files := range form.File {
			fmt.Fprintf(&p.log, "%s: %s, %d bytes\n", name, files[0].Filename, files[0].Size)
		}
	default:
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil {
			p.t.Errorf("%v: %s", err, body)
		}
		p.print("body", v)
	}
	p.log.WriteString("\n")
}

func flat(q url.Values) map[string]any {
	out := map[string]any{}
	for k := range q {
		out[k] = q.Get(k)
	}
	return out
}

func (p *platform) print(what string, v map[string]any) {
	for _, k := range []string{"timestamp", "sign"} {
		if s, ok := v[k].(string); ok && s != "" {
			v[k] = "…"
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(unfold(v)); err != nil {
		p.t.Error(err)
	}
	fmt.Fprintf(&p.log, "%s %s", what, b.String())
}

// unfold shows texts of several lines as lists of lines, and JSON within texts as what it is; their keys say so.
func unfold(v any) any {
	switch x := v.(type) {
	case []any:
		for k := range x {
			x[k] = unfold(x[k])
		}
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			s, _ := e.(string)
			var inner map[string]any
			switch {
			case strings.HasPrefix(s, "{") && json.Unmarshal([]byte(s), &inner) == nil:
				out[k+" (JSON)"] = unfold(inner)
			case strings.Contains(s, "\n"):
				out[k+" (lines)"] = slices.Collect(strings.SplitSeq(s, "\n"))
			default:
				out[k] = unfold(e)
			}
		}
		return out
	}
	return v
}

func hour(day, h, minute int) *time.Time {
	t := time.Date(2026, 1, day, h, minute, 0, 0, time.UTC)
	return &t
}
