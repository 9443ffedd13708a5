package notifier

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	if s := Describe(c); strings.Contains(strings.Join(s.Channels, " "), "TOPSECRET") || len(s.Channels) != len(c.Channels) {
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
