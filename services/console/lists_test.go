package console

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
)

// rows requests a CSV file and returns its rows, the header first.
func (f *fixture) rows(path string) [][]string {
	f.t.Helper()
	resp, body := f.get(path)
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/csv; charset=utf-8" {
		f.t.Fatalf("GET %s: status %d, %s", path, resp.StatusCode, got)
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		f.t.Fatalf("GET %s: %v", path, err)
	}
	return rows
}

// names returns what the links of a list's rows say.
func (d *document) names() (out []string) {
	for _, a := range d.all("a") {
		if attr(a, "class") == "name" && a.FirstChild != nil && a.FirstChild.FirstChild != nil {
			out = append(out, a.FirstChild.FirstChild.Data)
		}
	}
	return out
}

// TestSignalsAreFiltered: by text, severity, kind and stage, all of them in the address, on the page as in the file.
func TestSignalsAreFiltered(t *testing.T) {
	urgent, leak, silent := volume("erp-01", "/u01", 0.95, 0.9), volume("erp-02", "/u01", 0.5, 0), volume("erp-03", "/u02", 0.4, 0)
	leak.Kind, silent.Stage = signal.Leak, signal.Silent
	f := start(t, []signal.State{urgent, leak, silent}, nil)
	f.open(fault(urgent, finding.Critical, time.Hour))
	for query, want := range map[string]int{
		"": 3, "?q=ERP-0": 3, "?q=u01": 2, "?severity=critical": 1, "?severity=info": 0, "?kind=leak": 1, "?stage=silent": 1, "?stage=ready&q=erp-02": 1, "?kind=nonsense": 0,
	} {
		if got := f.page("/signals" + query).names(); len(got) != want {
			t.Errorf("/signals%s: %q, want %d", query, got, want)
		}
		if got := len(f.rows("/signals.csv"+query)) - 1; got != want {
			t.Errorf("/signals.csv%s: %d rows, want %d", query, got, want)
		}
	}
	if got := f.rows("/signals?format=csv&q=erp-01")[1]; got[0] != urgent.Key || got[5] != "critical" || got[10] != "0.9" {
		t.Errorf("row: %q", got)
	}
	d := f.page("/signals?q=u01&kind=leak&lang=en")
	for _, a := range d.all("a") {
		if attr(a, "hreflang") == "zh-CN" && attr(a, "href") != "/signals?kind=leak&q=u01&lang=zh-CN" {
			t.Errorf("the other language is at %q", attr(a, "href"))
		}
	}
	kept := map[string]string{}
	for _, in := range d.all("input") {
		if attr(in, "type") == "hidden" {
			kept[attr(in, "name")] = attr(in, "value")
		}
	}
	if kept["q"] != "u01" || kept["kind"] != "leak" {
		t.Errorf("who chooses a time zone keeps %v of the filter", kept)
	}
	f.page("/signals?q=" + strings.Repeat("x", 5000) + "&page=99999999999999999999")
}

// TestIncidentsAreListed: filtered and page by page, each once.
func TestIncidentsAreListed(t *testing.T) {
	f := start(t, nil, nil)
	for i := range 120 {
		in := fault(volume(fmt.Sprintf("erp-%03d", i), "/", 0.9, 0.9), finding.Warning, time.Duration(i+1)*time.Minute)
		if i%4 == 0 {
			at := in.OpenedAt.Add(time.Second)
			in.State, in.ResolvedAt, in.Outcome = incident.Resolved, &at, &finding.Outcome{What: finding.Prevented, Time: at}
		}
		f.open(in)
	}
	if seen := f.follow("/incidents?lang=en"); len(seen) != 120 {
		t.Errorf("%d incidents", len(seen))
	}
	f.page("/incidents?state=resolved&q=erp-004", "Accept-Language", "en").says(t, "/ on erp-004 is filling up", "warning", "resolved", "prevented: a large share was freed")
	f.page("/incidents?q=nonsense", "Accept-Language", "en").says(t, "No incident matches")
	f.page("/incidents", "Accept-Language", "zh").says(t, "事件", "警告", "下一页")
	if rows := f.rows("/incidents.csv?state=resolved"); len(rows) != 31 || rows[1][10] != "prevented" {
		t.Errorf("%d rows, the first %q", len(rows), rows[1])
	}
	if rows := f.rows("/incidents?format=csv"); len(rows) != 121 {
		t.Errorf("%d rows", len(rows))
	}
}

// TestFilesAreNoFormulas: a spreadsheet that opens a file runs nothing that a label says.
func TestFilesAreNoFormulas(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.9)
	v.Entity.Name = `=HYPERLINK("http://evil/","x")`
	odd := volume("erp-02", "/u01", 0.3, 0)
	odd.Entity.Name = "@SUM(1)\n,\"\xff"
	f := start(t, []signal.State{v, odd}, nil)
	for _, row := range f.rows("/signals.csv")[1:] {
		if name := row[3]; !strings.HasPrefix(name, "'=") && !strings.HasPrefix(name, "'@") {
			t.Errorf("name %q", name)
		}
	}
}

// TestRisksAreRanked: incidents first, then what is only foreseen, with the least time to spare first.
func TestRisksAreRanked(t *testing.T) {
	catalogue, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	open, soon, late, far := volume("erp-01", "/u01", 0.95, 0.9), volume("erp-02", "/u01", 0.8, 0.9), volume("erp-03", "/u01", 0.7, 0.9), volume("erp-04", "/u01", 0.5, 0.9)
	soon.ETA, late.ETA, far.ETA = etaIn(3*time.Hour), etaIn(50*time.Hour), etaIn(90*24*time.Hour)
	f := start(t, []signal.State{far, late, soon, open}, nil, withHistory(&climb{}), func(_ *Config, s *Settings) { s.Catalogue = catalogue })
	f.open(fault(open, finding.Critical, time.Hour))
	d := f.page("/?lang=en")
	d.says(t, "What breaks next", "critical", "/u01 on erp-01 is filling up", "Time to spare", "7 h, as a repair takes about 4 h",
		"foreseen, no incident yet", "/u01 on erp-02", "none: a repair takes about 4 h", "/u01 on erp-03", "46 h", "Signals")
	if n := len(d.all("img")); n != 3 {
		t.Errorf("%d sparklines, want one for each of 3 risks", n)
	}
	for _, img := range d.all("img") {
		f.svg(attr(img, "src"))
	}
	f.page("/?lang=zh-CN").says(t, "接下来的风险", "余地", "修复约需", "已预见，尚无事件")
}
