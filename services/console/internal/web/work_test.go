package web

import (
	"testing"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestAttention: an owner is not taken for who acknowledged.
func TestAttention(t *testing.T) {
	f := func(lang i18n.Language, w incident.Work, want string) {
		t.Helper()
		s := speaker{locale: locale{Lang: lang}}
		if got := s.Attention(&incident.Incident{State: incident.Open, Work: w}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	ana := &incident.Sign{By: "ana"}
	f(i18n.English, incident.Work{}, "")
	f(i18n.English, incident.Work{Acknowledged: ana}, "acknowledged")
	f(i18n.English, incident.Work{Acknowledged: ana, Owner: "li.wei"}, "acknowledged, owner li.wei")
	f(i18n.Chinese, incident.Work{Acknowledged: ana, Owner: "li.wei"}, "已确认，负责人 li.wei")
	f(i18n.Chinese, incident.Work{Assigned: ana, Owner: "li.wei"}, "已分派，负责人 li.wei")
}
