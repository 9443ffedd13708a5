package notifier

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
)

const document = `
notifier:
  console_url: https://forewarn.example
  channels:
    - name: ops
      type: dingtalk
      url: https://oapi.dingtalk.com/robot/send?access_token=TOPSECRET
      secret: TOPSECRET
      timezone: Asia/Shanghai
      at_mobiles: ["13800000000"]
    - name: events
      type: webhook
      url: https://events.example/TOPSECRET
      headers: {Authorization: Bearer TOPSECRET}
      min_severity: critical
      timeout: 3s
`

func TestLoad(t *testing.T) {
	c := DefaultConfig()
	env := []string{"FOREWARN_NOTIFIER_REOPEN_WINDOW=1h"}
	if err := config.Load([]byte(document), env, config.Section{Name: "notifier", Into: &c}); err != nil {
		t.Fatal(err)
	}
	if len(c.Channels) != 2 || c.Channels[1].Timeout != 3*time.Second || c.ReopenWindow != time.Hour || c.Channels[0].URL.Reveal() == "" {
		t.Errorf("loaded %+v", c)
	}
	want := Description{
		Channels: []i18n.Text{
			{En: "ops: dingtalk, zh-CN, Asia/Shanghai, from warning", Zh: "ops：dingtalk，zh-CN，Asia/Shanghai，警告及以上"},
			{En: "events: webhook, en, local time, from critical", Zh: "events：webhook，en，本机时间，严重及以上"},
		},
		Missing: []i18n.Text{{
			En: "events: messages are not signed; set notifier.channels[1].secret",
			Zh: "events：消息未签名，请设置 notifier.channels[1].secret",
		}},
	}
	if diff := cmp.Diff(want, Describe(c)); diff != "" {
		t.Errorf("description (-want +got):\n%s", diff)
	}
}

func TestDescribeNothing(t *testing.T) {
	d := Describe(DefaultConfig())
	if len(d.Channels) != 0 || len(d.Missing) != 1 || !strings.Contains(d.Missing[0].En, "incidents are on the page only; add notifier.channels") {
		t.Errorf("description: %+v", d)
	}
}

// TestSharedRobot: two channels of one robot would send twice as much as it takes.
func TestSharedRobot(t *testing.T) {
	c := DefaultConfig()
	const url = "https://oapi.dingtalk.com/robot/send?access_token=TOPSECRET"
	c.Channels = []ChannelConfig{{Name: "a", Type: TypeDingTalk, URL: url}, {Name: "b", Type: TypeDingTalk, URL: url + "2"}}
	if err := c.Validate(); err != nil {
		t.Errorf("two robots: %v", err)
	}
	c.Channels[1].URL = url
	err := c.Validate()
	if err == nil || !strings.HasPrefix(err.Error(), `channels[1].url: is that of channel "a"`) || strings.Contains(err.Error(), "TOPSECRET") {
		t.Errorf("one robot: %v", err)
	}
}

// TestValidate tells every error, each with a remedy, and no secret.
func TestValidate(t *testing.T) {
	c := DefaultConfig()
	if err := c.Validate(); err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	c = Config{
		ConsoleURL: "forewarn", MinSeverity: "bad", ReopenWindow: -1, JoinWindow: -1, UpdateInterval: -1, ETAChange: 2, ETAChangeMin: -1,
		MaxAttempts: -1, StaleAfter: time.Minute, People: []person.Person{{Name: "A B"}},
		Channels: []ChannelConfig{
			{Name: "Ops.1", Type: "pigeon", URL: "TOPSECRET", Language: "fr", Timezone: "Mars/Olympus", MinSeverity: "x", Timeout: time.Hour, RatePerMinute: -1},
			{Name: "a", Type: TypeWebhook, URL: "https://x.example/TOPSECRET", Group: group.Options{AtAll: true}, Headers: peer.Headers{Headers: map[string]config.Secret{"X": "TOPSECRET\n"}}, TLS: config.ClientTLS{CertFile: "c"}},
			{Name: "a", Type: TypeDingTalk, URL: "https://x.example/TOPSECRET", RatePerMinute: 21, Group: group.Options{AtMobiles: []string{"@ 1"}}, Headers: peer.Headers{Headers: map[string]config.Secret{"X": "y"}}},
		},
	}
	err := c.Validate()
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{
		"console_url", "min_severity", "reopen_window", "join_window", "update_interval", "eta_change", "eta_change_min", "retry_min",
		"give_up_after", "retention", "stale_after", "max_attempts", "people[0].name", "channels[0].name", "channels[0].type", "channels[0].url",
		"channels[0].language", "channels[0].timezone", "channels[0].min_severity", "channels[0].timeout",
		"channels[0].rate_per_minute", "channels[1].headers", "channels[1].tls.cert_file", "channels[1].at_all", "channels[2].name",
		"channels[2].url", "channels[2].headers", "channels[2].rate_per_minute", "channels[2].at_mobiles",
	} {
		if !strings.Contains("\n"+err.Error(), "\n"+key+": ") {
			t.Errorf("nothing is said of %s", key)
		}
	}
	if strings.Contains(err.Error(), "TOPSECRET") {
		t.Errorf("the errors hold a secret:\n%v", err)
	}
}
