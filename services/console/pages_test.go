package console

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
)

// page requests a page and parses it, after checks that hold for every page.
func (f *fixture) page(path string, header ...string) *document {
	f.t.Helper()
	resp, body := f.get(path, append(header, "Accept", "text/html")...)
	if resp.StatusCode != http.StatusOK {
		f.t.Fatalf("GET %s: status %d", path, resp.StatusCode)
	}
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	d := &document{body: body}
	for n := range root.Descendants() {
		d.add(n)
	}
	for _, e := range d.elements {
		if e.Data == "script" && (!strings.HasPrefix(attr(e, "src"), "/static/") || e.FirstChild != nil) || attr(e, "style") != "" || strings.HasPrefix(attr(e, "href"), "javascript:") {
			f.t.Errorf("GET %s: the policy forbids <%s %v>", path, e.Data, e.Attr)
		}
		f.staysHere(path, e)
	}
	return d
}

// staysHere checks that an element brings nothing in from elsewhere and leads nowhere else, but for a runbook's link, which
// tells the other side nothing.
func (f *fixture) staysHere(path string, e *html.Node) {
	f.t.Helper()
	for _, a := range e.Attr {
		switch {
		case strings.HasPrefix(a.Key, "on"):
			f.t.Errorf("GET %s: <%s> has the attribute %s", path, e.Data, a.Key)
		case !slices.Contains([]string{"href", "src", "srcset", "action", "formaction", "data", "poster", "content"}, a.Key):
		case e.Data == "a" && attr(e, "rel") == "noreferrer noopener" && strings.HasPrefix(a.Val, "https://"):
		case a.Key == "content" && !strings.Contains(strings.ToLower(a.Val), "url="):
		case !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "//"):
			f.t.Errorf("GET %s: <%s> refers to %s=%q", path, e.Data, a.Key, a.Val)
		}
	}
}

// document is a parsed page.
type document struct {
	body     string
	elements []*html.Node
	text     strings.Builder
}

func (d *document) add(n *html.Node) {
	switch n.Type {
	case html.ElementNode:
		d.elements = append(d.elements, n)
	case html.TextNode:
		d.text.WriteString(strings.ReplaceAll(n.Data, "\u00a0", " "))
	}
}

// all returns the elements of a name.
func (d *document) all(name string) (out []*html.Node) {
	for _, e := range d.elements {
		if e.Data == name {
			out = append(out, e)
		}
	}
	return out
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// says checks that the text of a page holds every phrase, in that order.
func (d *document) says(t *testing.T, phrases ...string) {
	t.Helper()
	text, from := d.text.String(), 0
	for _, p := range phrases {
		i := strings.Index(text[from:], p)
		if i < 0 {
			t.Errorf("the page does not say %q (after what came before)", p)
			continue
		}
		from += i + len(p)
	}
}

func TestOverviewShowsDangerFirst(t *testing.T) {
	urgent, later := volume("erp-01", "/u01", 0.95, 0.93), volume("ledger-db", "/data", 0.83, 0.6)
	learning := volume("erp-02", "/var", 0.3, 0)
	learning.Stage, learning.Warmup = signal.Learning, 0.4
	silent := volume("erp-03", "/var", 0.3, 0)
	silent.Stage, silent.UpdatedAt = signal.Silent, time.Now().Add(-5*time.Minute)
	f := start(t, []signal.State{learning, silent, later, urgent}, nil)
	f.open(fault(later, finding.Warning, time.Hour))
	f.open(fault(urgent, finding.Critical, 2*time.Hour))
	f.Health.Set("collector/erp-09", obs.Degraded, "the scrape timed out; see whether the exporter runs")

	d := f.page("/", "Accept-Language", "en")
	d.says(t, "(2) Overview", "The pipeline needs attention", "collector/erp-09", "the scrape timed out",
		"What breaks next", "critical", "/u01 on erp-01 is filling up", "in 11 h", "80 %: ", "93 % within 24 h", "38.0 GiB of 40.0 GiB (95 %)",
		"warning", "/data on ledger-db is filling up",
		"2 ready, 1 learning, 1 silent", "/u01 on erp-01", "/data on ledger-db", "learning, known for ", "silent, last value 5 min ago")
	if got := attr(d.all("html")[0], "lang"); got != "en" {
		t.Errorf("lang is %q", got)
	}
	if !strings.Contains(d.body, `http-equiv="refresh" content="10"`) {
		t.Error("the page does not refresh itself")
	}
	if d := f.page("/?refresh=off"); strings.Contains(d.body, `http-equiv="refresh"`) {
		t.Error("refreshing cannot be paused")
	}
	for _, svg := range d.all("svg") {
		if attr(svg, "role") == "img" && attr(svg, "aria-label") == "" {
			t.Error("a bar has no words")
		}
	}
}

func TestIncidentPage(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	f := start(t, []signal.State{v}, nil)
	opened := fault(v, finding.Critical, 2*time.Hour)
	opened.ETA = v.ETA // which a minute may have ended since
	in := f.open(opened)
	d := f.page("/incidents/"+in.ID+"?tz=Asia/Shanghai", "Accept-Language", "en")
	d.says(t, "/u01 on erp-01 is filling up", "critical", "open", "will be full in about 11 h", "Affected", "Limit reached", "within 24 h", "93 %",
		"What to do", "extend the volume", "Why", "It grew 4.8 GiB a day", "Timeline", "full tonight", "full tomorrow", "UTC+08:00")
	want := in.ETA.P50.In(time.FixedZone("", 8*3600)).Format("Mon 2 Jan 15:04")
	d.says(t, want)
	ended := fault(volume("erp-02", "/u01", 0.3, 0), finding.Warning, 9*time.Hour)
	ended.Predicted = &incident.Prediction{Time: ended.OpenedAt, Horizons: finding.Horizons{D7: 0.91}, ETA: etaIn(time.Hour)}
	ended.Outcome = &finding.Outcome{What: finding.Prevented, Time: time.Now()}
	f.page("/incidents/"+f.open(ended).ID+"?tz=Asia/Shanghai", "Accept-Language", "en").
		says(t, "Predicted when it opened", "91 % within 7 days", "What became of it", "prevented: a large share was freed")
	resp, _ := f.get("/incidents/nothing", "Accept", "text/html")
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("unknown incident: status %d", resp.StatusCode)
	}
}

func TestPagesSpeakChinese(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	f := start(t, []signal.State{v}, nil)
	f.open(fault(v, finding.Critical, time.Hour))
	f.page("/", "Accept-Language", "zh-TW,zh;q=0.9,en;q=0.8").says(t, "总览", "接下来的风险", "严重", "/u01 on erp-01 即将写满", "24 小时内 93 %", "信号", "就绪")
	d := f.page("/?lang=zh-CN", "Accept-Language", "en")
	if got := attr(d.all("html")[0], "lang"); got != "zh-CN" {
		t.Errorf("lang is %q", got)
	}
	resp, _ := f.get("/?lang=zh-CN&tz=Asia/Shanghai")
	cookies := ""
	for _, c := range resp.Cookies() {
		cookies += c.Name + "=" + c.Value + "; "
	}
	f.page("/", "Accept-Language", "en", "Cookie", cookies).says(t, "总览", "UTC+08:00")
	f.page("/?lang=xx&tz=Nowhere/Land", "Accept-Language", "en").says(t, "Overview", "This time zone is not known")
}

func TestEmptyStatesSayWhatHappens(t *testing.T) {
	f := start(t, nil, nil)
	f.page("/").says(t, "None yet", "Nothing has been measured yet", "All parts of the pipeline work")
	learning := volume("erp-01", "/u01", 0.3, 0)
	learning.Stage = signal.Learning
	f = start(t, []signal.State{learning}, nil)
	f.page("/").says(t, "None yet", "learning: first predictions after about a minute of data")
	f = start(t, []signal.State{volume("erp-01", "/u01", 0.3, 0)}, nil)
	f.page("/").says(t, "Nothing is expected to break")
	rising := volume("erp-01", "/u02", 0.3, 0)
	rising.Rising, rising.Probability = true, finding.Horizons{}
	f = start(t, []signal.State{volume("erp-01", "/u01", 0.3, 0), rising}, nil)
	f.page("/").says(t, "Climbing, but seen too briefly for a date: 1", "climbing, seen too briefly for a date")
	f = start(t, []signal.State{volume("erp-01", "/u01", 0.8, 0.9)}, nil)
	f.page("/").says(t, "Forecast to reach the limit, being confirmed: 1")
	f.page("/signals?q=nonsense").says(t, "No signal matches")
}

// hostile returns what labels may say to break pages.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title></svg></table><b>`,
		"\u202Etxt.exe", "\u2067مرحبا", "a\x00b\x1b[31m\r\n", "{{.Version}}", "javascript:alert(1)", strings.Repeat("界", 10_000/3), strings.Repeat("long ", 2000),
	}
}

func TestHostileLabelsBreakNothing(t *testing.T) {
	names := hostile()
	var signals []signal.State
	for i, name := range names {
		v := volume(fmt.Sprintf("erp-%02d", i), name, 0.9, 0.9)
		v.Rule, v.Unit = name, name
		signals = append(signals, v)
	}
	f := start(t, signals, nil, withHistory(&climb{}))
	for i, v := range signals {
		judged := fault(v, finding.Critical, time.Duration(i+1)*time.Hour)
		judged.Predicted = &incident.Prediction{Time: judged.OpenedAt, Horizons: judged.Horizons, ETA: judged.ETA}
		judged.Outcome = &finding.Outcome{What: finding.Reached, Time: judged.OpenedAt}
		in := f.open(judged)
		d := f.page("/incidents/" + in.ID + "?lang=en")
		d.says(t, "Affected", "What to do", "Timeline", "Time zone")
		if len(d.all("img")) != 1 || len(d.all("b")) != 0 {
			t.Errorf("%.40q made an element of its own", names[i])
		}
		f.svg(attr(d.all("img")[0], "src"))
		if resp, _ := f.get("/incidents/" + in.ID + "/chart.png"); resp.StatusCode != http.StatusOK {
			t.Errorf("%.40q: PNG: status %d", names[i], resp.StatusCode)
		}
		for _, a := range d.all("a") {
			if href := attr(a, "href"); strings.HasPrefix(href, "/signals/") {
				d := f.page(href + "?lang=en")
				d.says(t, "Limit reached", "Incidents of this signal")
				f.svg(attr(d.all("img")[0], "src"))
				f.svg(href + "/spark.svg")
			}
		}
	}
	for _, path := range []string{"/entities?lang=en", "/signals?lang=en", "/record?lang=en", "/pipeline?lang=en"} {
		if d := f.page(path); len(d.all("b")) != 0 {
			t.Errorf("%s: a label made an element of its own", path)
		}
	}
	for i, v := range signals {
		d := f.page(entityAddress(v.Entity.ID) + "?lang=en")
		d.says(t, "Open incidents", "Its signals")
		if len(d.all("img")) != 1 || len(d.all("b")) != 0 {
			t.Errorf("%.40q made an element of its own on the entity's page", names[i])
		}
		f.svg(attr(d.all("img")[0], "src"))
	}
	d := f.page("/?lang=en")
	d.says(t, "What breaks next", "Signals", "<script>alert(1)</script>", "{{.Version}}", "Time zone")
	if len(d.all("b")) != 0 {
		t.Error("a label made an element of its own")
	}
	for _, e := range d.all("bdi") {
		if e.FirstChild != nil && len([]rune(e.FirstChild.Data)) > 200 {
			t.Errorf("a name of %d characters is shown whole", len([]rune(e.FirstChild.Data)))
		}
	}
	for _, title := range d.all("title") {
		if strings.ContainsAny(title.FirstChild.Data, "\u202E\u2067\x00") {
			t.Error("the window's title holds characters that reorder it")
		}
	}
	f.page("/signals?q=" + "%22%3E%3Cimg%20src%3Dx%3E")
}

func TestAlarmsWithoutADateDoNotCalm(t *testing.T) {
	full, calm := volume("erp-01", "/u01", 0.98, 0), volume("erp-02", "/u01", 0.7, 0)
	full.Episode = "trend:00:1"
	full.Probability = finding.Horizons{}
	f := start(t, []signal.State{calm, full}, nil)
	in := fault(full, finding.Warning, time.Hour)
	in.ETA, in.Probability, in.Horizons = finding.ETA{}, 0, finding.Horizons{}
	f.open(in)
	for _, path := range []string{"/", "/incidents/" + in.ID} {
		d := f.page(path+"?q=erp-01", "Accept-Language", "en")
		d.says(t, "(98 %)")
		d.says(t, "Limit reached", "no date can be given")
		for _, soothing := range []string{"0 % within", "180 days", "within 4 h"} {
			if strings.Contains(d.text.String(), soothing) {
				t.Errorf("%s says %q of a volume that is nearly full", path, soothing)
			}
		}
		f.page(path, "Accept-Language", "zh").says(t, "到达上限", "暂无法给出日期")
	}
	f.page("/", "Accept-Language", "en").says(t, "Risk", "/u01 on erp-01", "disk space", "no date can be given", "nearly full", "/u01 on erp-02")
}

func TestSignalsRankByTheirIncidents(t *testing.T) {
	var signals []signal.State
	for i, severity := range []finding.Severity{finding.Info, finding.Critical, finding.Warning, ""} {
		v := volume(fmt.Sprintf("erp-%d", i), "/", 0.96-float64(i)/10, 0.4)
		v.Episode = fmt.Sprintf("trend:00:%d", i)
		if severity == "" {
			v.Episode = ""
		}
		signals = append(signals, v)
	}
	signals[3].Used, signals[3].Probability.H24 = 39<<30, 0.9
	f := start(t, signals, nil)
	f.open(fault(signals[0], finding.Info, time.Hour))
	f.open(fault(signals[1], finding.Critical, time.Hour))
	f.open(fault(signals[2], finding.Warning, time.Hour))
	f.page("/").says(t, "Signals", "/ on erp-1", "/ on erp-2", "/ on erp-0", "/ on erp-3")
}

func TestUnreadableIncidentsAreCounted(t *testing.T) {
	f := start(t, []signal.State{volume("erp-01", "/u01", 0.3, 0)}, nil)
	in := f.open(fault(volume("erp-01", "/u01", 0.95, 0.9), finding.Critical, time.Hour))
	kv, err := f.Bus.KeyValue(t.Context(), bus.BucketIncident)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kv.PutString(t.Context(), in.ID, `{"schema":99}`); err != nil {
		t.Fatal(err)
	}
	d := f.page("/", "Accept-Language", "en")
	d.says(t, "Open incidents that this release cannot read and does not show: 1.")
	if strings.Contains(d.text.String(), "Nothing is expected to break") {
		t.Error("the page calms while an incident cannot be read")
	}
	var a struct{ Unreadable int }
	if f.getJSON("/api/v1/incidents?q=erp", &a); a.Unreadable != 1 {
		t.Errorf("the API counts %d unreadable incidents, want 1", a.Unreadable)
	}
	if resp, body := f.get("/incidents/"+in.ID, "Accept-Language", "en"); resp.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "newer release") {
		t.Errorf("its page: status %d", resp.StatusCode)
	}
	if resp, body := f.get("/api/v1/incidents/" + in.ID); resp.StatusCode != http.StatusInternalServerError || !strings.Contains(body, `"unreadable"`) {
		t.Errorf("its JSON: status %d: %s", resp.StatusCode, body)
	}
}

func TestProblemsAreShownWhole(t *testing.T) {
	f := start(t, nil, nil)
	problem := strings.Repeat("erp-application-server 10.0.0.1:9100: answered 500 Internal Server Error; ", 4) + "look at the targets' logs"
	f.Health.Set("collector/scrape", obs.Degraded, problem)
	f.page("/").says(t, problem)
	var a struct{ Checks []obs.Check }
	f.getJSON("/api/v1/health", &a)
	for _, c := range a.Checks {
		if c.Name == "collector/scrape" && c.Message != problem {
			t.Errorf("the API says %q", c.Message)
		}
	}
}

func TestSignalsArePaged(t *testing.T) {
	var signals []signal.State
	for i := range 120 {
		signals = append(signals, volume(fmt.Sprintf("erp-%03d", i), "/", float64(i)/200, 0))
	}
	f := start(t, signals, nil)
	f.page("/signals").says(t, "/ on erp-119", "/ on erp-118", "1 to 50 of 120", "next")
	f.page("/signals?page=3").says(t, "/ on erp-019", "101 to 120 of 120", "previous")
	f.page("/signals?page=99").says(t, "101 to 120 of 120")
	f.page("/signals?page=-1&q=erp-11").says(t, "1 to 10 of 10")
}

func TestStaticFilesAreKept(t *testing.T) {
	f := start(t, nil, nil)
	for _, link := range f.page("/").all("link") {
		resp, _ := f.get(attr(link, "href"))
		if resp.StatusCode != http.StatusOK || !strings.Contains(resp.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: status %d, Cache-Control %q", attr(link, "href"), resp.StatusCode, resp.Header.Get("Cache-Control"))
		}
	}
	if resp, _ := f.get("/static/"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("/static/: status %d, want 404", resp.StatusCode)
	}
}

// TestUnheardIncident: closed since nothing was heard of it, which the page does not call resolved.
func TestUnheardIncident(t *testing.T) {
	f := start(t, nil, nil)
	in := fault(signal.State{Key: "space/volume:a:/", Series: "a"}, finding.Warning, time.Hour)
	at := in.OpenedAt.Add(time.Minute)
	in.State, in.ResolvedAt, in.Notified = incident.Resolved, &at, &incident.Notice{Version: 1, Time: at, Reason: incident.ReasonUnheard}
	f.open(in)
	text := f.page("/incidents/" + in.ID).text.String()
	if !strings.Contains(text, "closed, unheard") || strings.Contains(text, "resolved") {
		t.Errorf("page: %s", text)
	}
}
