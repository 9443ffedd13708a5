package console

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/console/internal/api"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

type signalsAnswer struct {
	Signals           []signal.State `json:"signals"`
	Next              string         `json:"next"`
	AsOf              time.Time      `json:"as_of"`
	MissingPartitions []int          `json:"missing_partitions"`
}

type incidentsAnswer struct {
	Incidents []map[string]any `json:"incidents"`
	Next      string           `json:"next"`
}

func TestSignalsOfAllPartitionsInPages(t *testing.T) {
	var signals []signal.State
	for i := range 700 { // more than one request per partition, and every partition has some
		signals = append(signals, volume(fmt.Sprintf("erp-%03d", i%100), fmt.Sprintf("/u%d", i), 0.5, 0))
	}
	f := start(t, signals, nil)
	seen := map[string]bool{}
	last, pages := "", 0
	for next := ""; pages == 0 || next != ""; pages++ {
		var a signalsAnswer
		f.getJSON("/api/v1/signals?limit=150&after="+url.QueryEscape(next), &a)
		for _, s := range a.Signals {
			if seen[s.Key] || s.Key <= last {
				t.Fatalf("%q comes twice or out of order", s.Key)
			}
			seen[s.Key], last = true, s.Key
		}
		next = a.Next
	}
	if len(seen) != len(signals) || pages != 5 {
		t.Errorf("%d signals in %d pages, want %d in 5", len(seen), pages, len(signals))
	}
}

func TestSignalFilters(t *testing.T) {
	learning := volume("erp-02", "/u02", 0.4, 0)
	learning.Stage, learning.Warmup = signal.Learning, 0.4
	leak := volume("erp-03", "heap", 0.4, 0)
	leak.Key, leak.Rule, leak.Kind = "jvm-heap/pool:erp-03:old", "jvm-heap", signal.Leak
	f := start(t, []signal.State{volume("erp-01", "/u01", 0.9, 0.9), learning, leak}, nil)
	check := func(query string, want int) {
		t.Helper()
		var a signalsAnswer
		f.getJSON("/api/v1/signals"+query, &a)
		if len(a.Signals) != want || a.MissingPartitions == nil || a.AsOf.IsZero() {
			t.Errorf("%s: %d signals, want %d (missing %v)", query, len(a.Signals), want, a.MissingPartitions)
		}
	}
	check("", 3)
	check("?stage=learning", 1)
	check("?stage=silent", 0)
	check("?rule=jvm-heap", 1)
	check("?kind=saturation", 2)
	check("?q=U01", 1)
	check("?q=erp-0&kind=saturation&stage=ready", 1)
	check("?after=zzz", 0)
}

func TestMissingPartitionsAreNamed(t *testing.T) {
	var signals []signal.State
	for i := range 40 {
		signals = append(signals, volume(fmt.Sprintf("erp-%02d", i), "/", 0.5, 0))
	}
	f := start(t, signals, []int{1, 3})
	var a signalsAnswer
	f.getJSON("/api/v1/signals", &a)
	if diff := cmp.Diff([]int{1, 3}, a.MissingPartitions); diff != "" {
		t.Errorf("missing partitions: %s", diff)
	}
	for _, s := range a.Signals {
		if p := f.Bus.PartitionOf(s.Entity.Root); p == 1 || p == 3 {
			t.Errorf("%s comes from the silent partition %d", s.Key, p)
		}
	}
	if len(a.Signals) == 0 {
		t.Error("the partitions that answer are not shown")
	}
	if _, body := f.get("/"); !strings.Contains(body, "No answer from partitions [1 3]") {
		t.Error("the page does not name the missing partitions")
	}
}

func TestIncidentsFilterAndPage(t *testing.T) {
	f := start(t, nil, nil)
	for i := range 7 {
		severity := finding.Warning
		if i == 3 {
			severity = finding.Critical
		}
		in := fault(volume(fmt.Sprintf("erp-%d", i), "/u01", 0.9, 0.9), severity, time.Duration(i+1)*time.Minute)
		if i >= 5 {
			now := time.Now()
			in.State, in.ResolvedAt = incident.Resolved, &now
		}
		f.open(in)
	}
	check := func(query string, want int) incidentsAnswer {
		t.Helper()
		var a incidentsAnswer
		f.getJSON("/api/v1/incidents"+query, &a)
		if len(a.Incidents) != want {
			t.Errorf("%s: %d incidents, want %d", query, len(a.Incidents), want)
		}
		return a
	}
	check("", 7)
	check("?state=open", 5)
	check("?state=resolved", 2)
	check("?severity=critical", 1)
	check("?kind=leak", 0)
	check("?q=ERP-4", 1)
	check("?q="+url.QueryEscape("即将写满"), 7)
	check("?q=erp&limit=7", 7)
	ids := ""
	for next, pages := "", 0; pages == 0 || next != ""; pages++ {
		a := check("?state=open&limit=2&after="+next, min(2, 5-2*pages))
		for _, in := range a.Incidents {
			id := in["id"].(string)
			if ids != "" && id >= ids {
				t.Errorf("%s is not older than %s", id, ids)
			}
			ids = id
		}
		next = a.Next
	}
}

func TestOneIncident(t *testing.T) {
	f := start(t, nil, nil)
	in := f.open(fault(volume("erp-01", "/u01", 0.9, 0.9), finding.Critical, time.Hour))
	var got map[string]any
	f.getJSON("/api/v1/incidents/"+in.ID, &got)
	if got["id"] != in.ID || len(got["timeline"].([]any)) != 2 || got["opened_at"] == nil {
		t.Errorf("incident: %v", got)
	}
	for _, internal := range []string{"marks", "last_finding", "notified"} {
		if _, ok := got[internal]; ok {
			t.Errorf("%s is shown", internal)
		}
	}
	if resp, body := f.get("/api/v1/incidents/nothing"); resp.StatusCode != http.StatusNotFound || !strings.Contains(body, `"not_found"`) {
		t.Errorf("unknown incident: %d %s", resp.StatusCode, body)
	}
}

func TestBadRequestsSayWhatToDo(t *testing.T) {
	f := start(t, nil, nil)
	check := func(method, path string, status int, code, says string) {
		t.Helper()
		resp, body := f.do(method, path, nil)
		var a struct {
			Error struct{ Code, Message string } `json:"error"`
		}
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Errorf("%s: %v in %s", path, err, body)
		}
		if resp.StatusCode != status || a.Error.Code != code || !strings.Contains(a.Error.Message, says) {
			t.Errorf("%s %s: %d %s, want %d %s with %q", method, path, resp.StatusCode, body, status, code, says)
		}
	}
	check("GET", "/api/v1/incidents?sate=open", 400, "unknown_parameter", `"sate"`)
	check("GET", "/api/v1/health?x=1", 400, "unknown_parameter", `"x"`)
	check("GET", "/api/v1/incidents?state=closed", 400, "bad_parameter", "open, resolved")
	check("GET", "/api/v1/incidents?severity=high", 400, "bad_parameter", "critical")
	check("GET", "/api/v1/incidents?limit=0", 400, "bad_parameter", "1000")
	check("GET", "/api/v1/signals?limit=x", 400, "bad_parameter", "1000")
	check("GET", "/api/v1/signals?stage=warm", 400, "bad_parameter", "learning")
	check("GET", "/api/v1/signals?q=a&q=b", 400, "bad_parameter", "once")
	check("GET", "/api/v1/signals?q=%zz", 400, "bad_parameter", "percent-encode")
	check("GET", "/api/v1/signals?q=%ff", 400, "bad_parameter", "UTF-8")
	check("GET", "/api/v1/signals?q="+strings.Repeat("x", 201), 400, "bad_parameter", "200")
	check("GET", "/api/v1/incidents?after=1", 400, "bad_parameter", "cursor")
	check("GET", "/api/v2/x", 404, "not_found", "docs/api.md")
	check("POST", "/api/v1/incidents", 405, "method_not_allowed", "GET")
	check("DELETE", "/api/v1/incidents/x", 405, "method_not_allowed", "GET")
}

func TestHealthAnswersAlways(t *testing.T) {
	f := start(t, nil, nil)
	f.Health.Set("collector/disk", obs.Failed, "cannot read /proc; run as another user")
	var a struct {
		Status obs.State       `json:"status"`
		Checks []obs.Check     `json:"checks"`
		Bus    json.RawMessage `json:"bus"`
	}
	f.getJSON("/api/v1/health", &a)
	if a.Status != obs.Failed || len(a.Checks) < 3 || len(a.Bus) < 3 {
		t.Errorf("health: %+v", a)
	}
}

// TestDeadLetters: what could not be processed can be read, newest first, without breaking the answer.
func TestDeadLetters(t *testing.T) {
	f := start(t, nil, nil)
	for _, data := range []string{"first", "second \xff<script>"} {
		if err := f.Bus.DeadLetter(t.Context(), "notify.hook", "answered 403", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	var a struct {
		DeadLetters []struct{ Subject, Reason, Text string } `json:"dead_letters"`
	}
	f.getJSON("/api/v1/dead-letters?limit=5", &a)
	if len(a.DeadLetters) != 2 || a.DeadLetters[0].Text != "second \uFFFD<script>" || a.DeadLetters[1].Reason != "answered 403" || a.DeadLetters[1].Subject != "notify.hook" {
		t.Errorf("dead letters: %+v", a)
	}
}

func TestDocumentedRoutesExist(t *testing.T) {
	data, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile(`(?m)^## ((?:GET|POST) /api/\S+)`).FindAllStringSubmatch(string(data), -1) {
		documented = append(documented, m[1])
	}
	if diff := cmp.Diff(api.Routes(), documented); diff != "" {
		t.Errorf("routes (-code +docs/api.md): %s", diff)
	}
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(data), -1) {
		if !json.Valid([]byte(block[1])) {
			t.Errorf("an example is no JSON:\n%s", block[1])
		}
	}
}
