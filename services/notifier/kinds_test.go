package notifier

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/gateway"
	"github.com/forewarn/forewarn/services/notifier/internal/mail"
	"github.com/forewarn/forewarn/services/notifier/internal/phone"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
)

const outside = `
notifier:
  alarm_channel: mail
  heartbeat: {url: "https://hc.example/TOPSECRET", interval: 30s, method: POST}
  channels:
    - {name: mail, type: mail, server: smtp.example.com, from: "Forewarn <a@example.com>", to: [ops@example.com], user: u, secret: TOPSECRET}
    - {name: sms, type: sms, provider: alibaba, access_key_id: k, secret: TOPSECRET, sign: 预警, template_id: SMS_1, to: ["+8613800000000"]}
    - {name: call, type: voice, provider: tencent, access_key_id: k, secret: TOPSECRET, template_id: "1", sdk_app_id: "1400006666"}
    - {name: gate, type: gateway, url: "https://sms.example/", body: {m: "{{to}}"}, headers: {X: y}, to: ["+85212345678"]}
    - {name: am, type: alertmanager, url: "http://am:9093/prefix", resend: 30s, headers: {Authorization: TOPSECRET}}
    - {name: events, type: webhook, url: "https://x.example/", format: cloudevents}
`

// TestOutside reads a channel of each type that is no chat, and opens it.
func TestOutside(t *testing.T) {
	c := DefaultConfig()
	if err := config.Load([]byte(outside), nil, config.Section{Name: "notifier", Into: &c}); err != nil {
		t.Fatal(err)
	}
	for k := range c.Channels {
		ch, err := kinds()[c.Channels[k].Type].open(&c.Channels[k])
		if err != nil {
			t.Errorf("%s: %v", c.Channels[k].Name, err)
			continue
		}
		ch.Close()
	}
	if s := c.Channels[2].severity(); s != finding.Critical {
		t.Errorf("a call is made from %s on", s)
	}
	if s := Describe(c); strings.Contains(fmt.Sprint(s.Channels), "TOPSECRET") || len(s.Channels) != len(c.Channels) {
		t.Errorf("described as %v", s.Channels)
	}
}

// TestReceiversAreChecked, and not shown.
func TestReceiversAreChecked(t *testing.T) {
	f := func(ch ChannelConfig, keys ...string) {
		t.Helper()
		got := map[string]bool{}
		ch.Name = "a"
		ch.problems(func(key, rule string) {
			got[key] = true
			if strings.Contains(rule, "PERSONAL") {
				t.Errorf("%s shows what is personal: %s", key, rule)
			}
		})
		var wrong []string
		for _, key := range slices.Sorted(maps.Keys(got)) {
			if strings.HasPrefix(key, "to") {
				wrong = append(wrong, key)
			}
		}
		if diff := cmp.Diff(keys, wrong); diff != "" {
			t.Error(diff)
		}
	}
	f(ChannelConfig{Type: TypeMail, To: []config.Secret{"a@example.com", "PERSONAL", "x <PERSONAL@example.com>"}}, "to[1]", "to[2]")
	f(ChannelConfig{Type: TypeSMS, To: []config.Secret{"+8613800000000", "13800PERSONAL"}}, "to[1]")
	f(ChannelConfig{Type: TypeAlertmanager, URL: "http://x/", To: []config.Secret{"PERSONAL"}}, "to")
}

// TestTemplatesAreChecked: what is wrong with a channel's own form is told with the file, the line, and what there is.
func TestTemplatesAreChecked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "own.tmpl")
	if err := os.WriteFile(path, []byte("first\n{{.Wat}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	own, fine := config.Text{Body: "first\n{{.Wat}}\n", File: path}, config.Text{Body: "{{.What}}"}
	f := func(key string, ch ChannelConfig, says ...string) {
		t.Helper()
		ch.Name = "a"
		rules := map[string]string{}
		ch.problems(func(key, rule string) { rules[key] += rule + "\n" })
		if (rules[key] == "") != (len(says) == 0) {
			t.Errorf("%s: %s: %q", ch.Type, key, rules[key])
		}
		for _, s := range says {
			if !strings.Contains(rules[key], s) {
				t.Errorf("%s: %s: %q does not say %q", ch.Type, key, rules[key], s)
			}
		}
	}
	line := []string{path + ":2", "Wat", "fields are What, Cause, When"}
	for _, kind := range []string{TypeDingTalk, TypeWeCom, TypeFeishu, TypeWebhook, TypeMail, TypeSMS, TypeVoice, TypeGateway} {
		f("template", ChannelConfig{Type: kind, Template: own}, line...)
	}
	f("template", ChannelConfig{Type: TypeAlertmanager, Template: own}, "is not for alertmanager")
	f("html_template", ChannelConfig{Type: TypeMail, Mail: mail.Options{Page: own}}, line...)
	f("html_template", ChannelConfig{Type: TypeGateway, Mail: mail.Options{Page: fine}}, "is not for gateway")
	f("template", ChannelConfig{Type: TypeMail, Template: fine, Mail: mail.Options{Page: fine}})
	f("template", ChannelConfig{Type: TypeSMS, Template: fine}, "add text to variables")
	f("template", ChannelConfig{Type: TypeSMS, Template: fine, Phone: phone.Options{Variables: []string{"content=text"}}})
	f("template", ChannelConfig{Type: TypeGateway, Template: fine, Gateway: gateway.Options{Body: map[string]any{"a": "{{what}}"}}}, "write {{text}}")
	f("template", ChannelConfig{Type: TypeGateway, Template: fine, Gateway: gateway.Options{Body: map[string]any{"a": "{{text}}"}}})
}
