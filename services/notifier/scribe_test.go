package notifier

import (
	"testing"

	"github.com/forewarn/forewarn/services/notifier/internal/feishu"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/route"
	"github.com/forewarn/forewarn/shared/i18n"
)

// TestReaders: a channel speaks its own language, or else its team's; one that reaches one person alone speaks theirs.
func TestReaders(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Teams = []TeamConfig{{Team: route.Team{Name: "dba", Language: i18n.Chinese, Timezone: "Asia/Shanghai"}}}
	cfg.People = []person.Person{{Name: "ana", FeishuOpenID: "ou_1", Mail: "ana@example.com", Language: i18n.English, Timezone: "Europe/Lisbon"}}
	people, err := person.NewDirectory(cfg.People)
	if err != nil {
		t.Fatal(err)
	}
	f := func(ch ChannelConfig, own, team string, personal bool) {
		t.Helper()
		ch.Name = "a"
		s, err := cfg.scribe(&ch, people)
		if err != nil {
			t.Fatal(err)
		}
		if s.Reader.Mark() != own || s.Readers["dba"].Mark() != team || s.Personal != personal {
			t.Errorf("%s: reader %s, of the team %s, personal %v", ch.Type, s.Reader.Mark(), s.Readers["dba"].Mark(), s.Personal)
		}
	}
	app := func(to string) ChannelConfig {
		return ChannelConfig{Type: TypeFeishuApp, Timezone: "UTC", FeishuApp: feishu.Options{ReceiveID: to}}
	}
	f(app("oc_1"), "zh-CN.UTC", "zh-CN.UTC", false)
	f(app("ou_1"), "en.Europe/Lisbon", "en.Europe/Lisbon", false)
	f(app("Ana@example.com"), "en.Europe/Lisbon", "en.Europe/Lisbon", false)
	f(app("ou_2"), "zh-CN.UTC", "zh-CN.UTC", false)
	f(ChannelConfig{Type: TypeMail, Timezone: "UTC"}, "en.UTC", "zh-CN.UTC", true)
	f(ChannelConfig{Type: TypeMail, Language: i18n.English}, "en.Local", "en.Asia/Shanghai", true)
	f(ChannelConfig{Type: TypeWeCom, Timezone: "UTC"}, "zh-CN.UTC", "zh-CN.UTC", false)
}
