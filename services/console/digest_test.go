package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/digest"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/outcome"
)

// editor answers for digests, and keeps what it was asked last.
func (f *fixture) editor(asked chan<- digest.Request) {
	f.t.Helper()
	paper := &digest.Paper{
		Title: "Risk digest", Subtitle: "week 47", Lead: []string{"One risk: <b>/u01</b>."}, Note: "This comes late.",
		Sections: []digest.Section{{Name: "risks", Title: "Greatest risks", Head: []string{"Risk", "Course"}, Rows: [][]digest.Cell{{
			{Text: "<script>x</script>", URL: "https://elsewhere.example/incidents/01KAQ2M4T0E5V2N8J6W3R9XZ7C", Mark: digest.Critical},
			{Figure: &digest.Figure{Label: "/u01", Times: []time.Time{time.Unix(0, 0), time.Unix(3600, 0)}, Values: []float64{1, 2}, Limit: 3}},
		}, {{Text: "evil", URL: "javascript:alert(1)"}, {Text: "–"}}}}},
	}
	f.run(func(ctx context.Context) error {
		return f.Bus.Answer(ctx, digest.Keeper, 0, func(request []byte) ([]byte, error) {
			var q digest.Request
			if err := json.Unmarshal(request, &q); err != nil {
				return nil, err
			}
			select {
			case asked <- q:
			default:
			}
			r := digest.Reply{Teams: []string{"erp"}}
			switch {
			case q.Team == "nobody":
				r.Refusal, r.NotFound = "no such team", true
			case q.Form == digest.JSON:
				r.Digest = &digest.Digest{ID: "2026-W47"}
			case q.Form == "":
				r.Paper = paper
			default:
				r.Document = []byte("as " + string(q.Form))
			}
			return json.Marshal(r)
		})
	})
	bustest.Until(f.t, 10*time.Second, "somebody makes digests", func() bool {
		_, err := f.Bus.Query(f.t.Context(), digest.Keeper, 0, []byte("{}"))
		return err == nil
	})
}

// TestDigestPage: the page says what the paper says, and nothing of it becomes markup or a foreign link.
func TestDigestPage(t *testing.T) {
	f := start(t, nil, nil)
	if resp, _ := f.get("/digest"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a notifier: status %d", resp.StatusCode)
	}
	asked := make(chan digest.Request, 1)
	f.editor(asked)
	<-asked // of the wait
	_, body := f.get("/digest/2026-W47?lang=zh-CN&tz=Asia/Tokyo&team=erp")
	if q := <-asked; q != (digest.Request{Week: "2026-W47", Team: "erp", Language: i18n.Chinese, Timezone: "Asia/Tokyo"}) {
		t.Errorf("asked for %+v", q)
	}
	for _, want := range []string{
		"<h1>Risk digest</h1>", "One risk: &lt;b&gt;/u01&lt;/b&gt;.", "This comes late.", "&lt;script&gt;", `href="/incidents/01KAQ2M4T0E5V2N8J6W3R9XZ7C"`, "<svg ", "format=pdf", `<option value="erp" selected`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s on the page", want)
		}
	}
	for _, bad := range []string{"<script>x", "javascript:", "elsewhere.example", "style="} {
		if strings.Contains(body, bad) {
			t.Errorf("%s is on the page", bad)
		}
	}
	f.get("/report/2026-10")
	if q := <-asked; q.Month != "2026-10" || q.Week != "" {
		t.Errorf("asked for %+v", q)
	}
	if resp, body := f.get("/digest?team=nobody"); resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "no such team") {
		t.Errorf("status %d", resp.StatusCode)
	}
}

// TestDigestAPI: numbers by default, and each form as a document of its type.
func TestDigestAPI(t *testing.T) {
	f := start(t, nil, nil)
	f.editor(nil)
	var d digest.Digest
	if f.getJSON("/api/v1/digest?week=2026-W47&team=erp", &d); d.ID != "2026-W47" {
		t.Errorf("digest %+v", d)
	}
	for _, form := range []digest.Form{digest.HTML, digest.Text, digest.Markdown, digest.PDF} {
		resp, body := f.get("/api/v1/digest?format=" + string(form))
		if body != "as "+string(form) || resp.Header.Get("Content-Type") != form.MediaType() || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s: %q, %v", form, body, resp.Header)
		}
	}
	for path, want := range map[string]int{
		"/api/v1/digest?team=nobody": http.StatusNotFound, "/api/v1/digest?format=odt": http.StatusBadRequest, "/api/v1/digest?language=fr": http.StatusBadRequest,
	} {
		if resp, body := f.get(path); resp.StatusCode != want {
			t.Errorf("%s: status %d, want %d: %s", path, resp.StatusCode, want, body)
		}
	}
}

// TestTallies: the track record says what became of incidents by team and time, the newest time first.
func TestTallies(t *testing.T) {
	f := start(t, nil, nil)
	kept := outcome.Kept{CameTrue: 8, Prevented: 3, Wrong: 1, Lead: &outcome.Quartiles{Count: 8, P25: 3600 * 12, P50: 3600 * 24, P75: 3600 * 72}}
	card := outcome.Scorecard{
		Kinds: []outcome.KindScore{{Kind: "all", Horizons: []outcome.HorizonScore{{Horizon: "7d"}}}},
		Incidents: &outcome.Tallies{
			Teams: []outcome.Tally{{Name: "erp", AtLeast80: kept, AtLeast50: kept}}, Months: []outcome.Tally{{Name: "2026-10", AtLeast50: kept}, {Name: "2026-11", AtLeast50: kept}},
		},
	}
	f.run(func(ctx context.Context) error {
		return f.Bus.Answer(ctx, outcome.Keeper, 0, func([]byte) ([]byte, error) { return json.Marshal(&card) })
	})
	var body string
	bustest.Until(t, 10*time.Second, "somebody keeps score", func() bool {
		_, body = f.get("/record?lang=en")
		return strings.Contains(body, "By team")
	})
	for _, want := range []string{"12: 8 true, 3 prevented, 1 wrong", "24\u00a0h (12\u00a0h to 3\u00a0days)", "By month"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q on the page", want)
		}
	}
	if strings.Contains(body, "By week") || strings.Index(body, "2026-11") > strings.Index(body, "2026-10") {
		t.Error("an empty table is there, or the oldest month comes first")
	}
}
