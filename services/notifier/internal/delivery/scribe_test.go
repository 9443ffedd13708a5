package delivery_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// scribe writes for readers of Chinese in Shanghai, some of whose people read otherwise.
func scribe(t *testing.T, personal bool) *delivery.Scribe {
	t.Helper()
	people, err := person.NewDirectory([]person.Person{
		{Name: "li.wei", Mail: "li.wei@example.com"},
		{Name: "zhao", Mail: "zhao@example.com", Language: i18n.Chinese, Timezone: "Asia/Shanghai"},
		{Name: "ana", Mail: "ana@example.com", Language: i18n.English, Timezone: "Europe/Lisbon"},
		{Name: "rui", Mail: "ops@example.com", Language: i18n.English, Timezone: "Europe/Lisbon"},
		{Name: "expat", Mail: "expat@example.com", Language: i18n.English},
		{Name: "lost", Language: i18n.English},
	})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return &delivery.Scribe{Reader: message.Reader{Language: i18n.Chinese, Zone: zone}, People: people, Personal: personal}
}

func opened(to ...string) *delivery.Delivery {
	at := time.Date(2026, 1, 27, 1, 0, 0, 0, time.UTC)
	return &delivery.Delivery{Channel: "mail", Reason: incident.ReasonOpened, To: to, Incident: incident.Incident{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA", State: incident.Open, Version: 1, OpenedAt: at, UpdatedAt: at, Title: i18n.Text{En: "full", Zh: "将满"},
	}}
}

// TestEditions: people who read alike share an edition, who reads as the channel does shares its own, and each edition has its own
// language, time and picture.
func TestEditions(t *testing.T) {
	s := scribe(t, true)
	s.Picture = func(_ context.Context, _ *delivery.Message, r message.Reader) []byte { return []byte(r.Mark()) }
	m, _ := s.Incident(t.Context(), opened("li.wei", "ana", "zhao", "rui", "expat"), incident.ReasonOpened)
	var got []string
	for _, e := range m.Editions() {
		var to []string
		for k := range e.To {
			to = append(to, e.To[k].Name)
		}
		got = append(got, strings.Join([]string{e.EditionID(), strings.Join(to, "+"), e.Text.When, string(e.Picture)}, " | "))
	}
	want := []string{
		"01KFYV8M40AAAAAAAAAAAAAAAA.1.mail | li.wei+zhao | 开始时间 1月27日（周二）09:00 | zh-CN.Asia/Shanghai",
		"01KFYV8M40AAAAAAAAAAAAAAAA.1.mail.en.Europe/Lisbon | ana+rui | Since Tue 27 Jan 01:00 | en.Europe/Lisbon",
		"01KFYV8M40AAAAAAAAAAAAAAAA.1.mail.en.Asia/Shanghai | expat | Since Tue 27 Jan 09:00 | en.Asia/Shanghai",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("editions (-want +got):\n%s", diff)
	}
}

// TestSameReading: who reads the same under another name of the time zone shares the channel's edition.
func TestSameReading(t *testing.T) {
	s := scribe(t, true)
	s.Reader.Zone = time.FixedZone("here", 8*60*60)
	m, _ := s.Incident(t.Context(), opened("zhao", "li.wei", "ana"), incident.ReasonOpened)
	if len(m.Others) != 1 || len(m.To) != 2 || len(m.Others[0].To) != 1 {
		t.Errorf("%d read the channel's edition, %d others", len(m.To), len(m.Others))
	}
}

// TestSpeaks: who reads a language that the channel does not speak reads the channel's, at their own time.
func TestSpeaks(t *testing.T) {
	s := scribe(t, true)
	s.Speaks = func(l i18n.Language) bool { return l == "eo" }
	m, _ := s.Incident(t.Context(), opened("li.wei", "ana", "expat"), incident.ReasonOpened)
	if len(m.To) != 2 || len(m.Others) != 1 || m.Others[0].Mark != "zh-CN.Europe/Lisbon" || m.Others[0].Text.When != "开始时间 1月27日（周二）01:00" {
		t.Errorf("%d read the channel's edition, others: %+v", len(m.To), m.Others)
	}
}

// TestNoPicture: a history that does not answer is waited for once, however many editions there are.
func TestNoPicture(t *testing.T) {
	s, tried := scribe(t, true), 0
	s.Picture = func(context.Context, *delivery.Message, message.Reader) []byte { tried++; return nil }
	if m, _ := s.Incident(t.Context(), opened("ana", "expat"), incident.ReasonOpened); tried != 1 || len(m.Editions()) != 3 {
		t.Errorf("tried %d times for %d editions", tried, len(m.Editions()))
	}
}

// TestPage: the channel's own forms are filled for each edition; if one fails, the other is kept.
func TestPage(t *testing.T) {
	s, fallbacks := scribe(t, true), 0
	s.Fallback = func() { fallbacks++ }
	var err error
	if s.Page, err = message.ParsePage("page", "<p>{{.Title}}</p>"); err != nil {
		t.Fatal(err)
	}
	if s.Template, err = message.ParseTemplate("own", `{{if eq .Signal ""}}{{slice .Signal 1}}{{end}}`, message.Escape); err != nil {
		t.Fatal(err)
	}
	m, fallback := s.Incident(t.Context(), opened("li.wei", "ana"), incident.ReasonOpened)
	if m.Text.Page != "<p>将满</p>" || m.Others[0].Text.Page != "<p>full</p>" || m.Text.Body != "" {
		t.Errorf("pages %q and %q, body %q", m.Text.Page, m.Others[0].Text.Page, m.Text.Body)
	}
	if fallbacks == 0 || !strings.Contains(fallback, "template failed") {
		t.Errorf("%d fallbacks, %q", fallbacks, fallback)
	}
}

// TestGroupHasOneEdition: where one message goes to a group, all of it is in the channel's language.
func TestGroupHasOneEdition(t *testing.T) {
	m, _ := scribe(t, false).Incident(t.Context(), opened("li.wei", "ana"), incident.ReasonOpened)
	if len(m.Others) != 0 || len(m.To) != 2 || m.Text.Language != i18n.Chinese {
		t.Errorf("%d other editions, for %d people, in %s", len(m.Others), len(m.To), m.Text.Language)
	}
}

// TestAddress: each address is reached once, by the edition of who has it.
func TestAddress(t *testing.T) {
	f := func(to []string, configured []config.Secret, want, lacking []string) {
		t.Helper()
		m, _ := scribe(t, true).Incident(t.Context(), opened(to...), incident.ReasonOpened)
		a := m.Address(configured, func(p *person.Person) config.Secret { return p.Mail })
		var got []string
		for _, e := range a.Editions {
			for _, r := range e.Receivers {
				got = append(got, string(e.Text.Language)+" "+r.Address)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", to, diff)
		}
		if diff := cmp.Diff(lacking, a.Lacking); diff != "" || len(a.All) != len(want) {
			t.Errorf("%v: %d in all, lacking %s", to, len(a.All), diff)
		}
	}
	f([]string{"li.wei", "ana"}, []config.Secret{"x@example.com"}, []string{"zh-CN x@example.com", "zh-CN li.wei@example.com", "en ana@example.com"}, nil)
	f([]string{"ana", "lost"}, nil, []string{"en ana@example.com"}, []string{"lost"})
	f([]string{"rui"}, []config.Secret{"OPS@example.com"}, []string{"en ops@example.com"}, nil)
	f(nil, []config.Secret{"x@example.com"}, []string{"zh-CN x@example.com"}, nil)
	f(nil, nil, nil, nil)
}
