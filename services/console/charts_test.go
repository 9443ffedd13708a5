package console

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// climb is a history in which every signal climbs evenly to 38 GiB of 40 GiB.
type climb struct {
	asked atomic.Int64
	err   error
	empty bool
}

func (c *climb) Course(_ context.Context, _, _ string, from, to time.Time) (used, limit []telemetry.Sample, err error) {
	c.asked.Add(1)
	if c.err != nil || c.empty {
		return nil, nil, c.err
	}
	const n = 200
	for i := range n + 1 {
		at := from.Add(to.Sub(from) * time.Duration(i) / n).UnixMilli()
		used = append(used, telemetry.Sample{TimeMillis: at, Value: (30 + 8*float64(i)/n) * (1 << 30)})
	}
	return used, []telemetry.Sample{{TimeMillis: from.UnixMilli(), Value: 40 << 30}}, nil
}

func withHistory(h History) fixtureOption {
	return func(_ *Config, s *Settings) { s.History = h }
}

// svg requests a chart and returns its text, after checks that hold for every chart.
func (f *fixture) svg(path string) string {
	f.t.Helper()
	resp, body := f.get(path)
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/svg+xml" {
		f.t.Fatalf("GET %s: status %d, %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	d := xml.NewDecoder(strings.NewReader(body))
	var text strings.Builder
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			f.t.Fatalf("GET %s: %v", path, err)
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text.Write(tok)
			text.WriteByte('\n')
		case xml.StartElement:
			if n := tok.Name.Local; n != "svg" && n != "path" && n != "text" && n != "g" {
				f.t.Errorf("GET %s: the chart has an element %q", path, n)
			}
			for _, a := range tok.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || a.Name.Local == "style" {
					f.t.Errorf("GET %s: the chart has an attribute %s", path, a.Name.Local)
				}
			}
		}
	}
}

// TestIncidentHasAChart: what was foretold, what came true and what happened, in the reader's language and zone.
func TestIncidentHasAChart(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	h := &climb{}
	f := start(t, []signal.State{v}, nil, withHistory(h))
	in := fault(v, finding.Critical, 2*time.Hour)
	in.Predicted = &incident.Prediction{Time: in.OpenedAt, Horizons: in.Horizons, ETA: in.ETA}
	f.open(in)
	d := f.page("/incidents/" + in.ID + "?lang=en&tz=Asia/Shanghai")
	if imgs := d.all("img"); len(imgs) != 1 || attr(imgs[0], "alt") == "" {
		t.Fatalf("%d pictures", len(imgs))
	}
	for _, want := range []string{"forecast", "came true", "limit", "opened", "critical", "now", "GiB", "UTC+8"} {
		if text := f.svg(attr(d.all("img")[0], "src")); !strings.Contains(text, want) {
			t.Errorf("the chart does not say %q:\n%s", want, text)
		}
	}
	if n := h.asked.Load(); n != 1 {
		t.Errorf("the history was asked %d times for one page and its picture", n)
	}
	if text := f.svg("/incidents/" + in.ID + "/chart.svg?lang=zh-CN&width=358&dark=1"); !strings.Contains(text, "预测") {
		t.Errorf("the chart speaks no Chinese:\n%s", text)
	}
	for _, source := range d.all("source") {
		f.svg(attr(source, "srcset"))
	}
	if resp, _ := f.get("/incidents/nothing/chart.svg"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("chart of no incident: status %d", resp.StatusCode)
	}
}

// TestChartAsPNG: what chats and mails show.
func TestChartAsPNG(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	f := start(t, []signal.State{v}, nil, withHistory(&climb{}))
	in := f.open(fault(v, finding.Critical, 2*time.Hour))
	for _, path := range []string{"/incidents/" + in.ID, "/signals/" + url.PathEscape(v.Key)} {
		resp, body := f.get(path + "/chart.png?width=400")
		img, err := png.Decode(bytes.NewReader([]byte(body)))
		if err != nil || resp.Header.Get("Content-Type") != "image/png" {
			t.Fatalf("%s: %v, %s", path, err, resp.Header.Get("Content-Type"))
		}
		if size := img.Bounds().Size(); size.X != 800 {
			t.Errorf("%s: %d pixels wide, want 800", path, size.X)
		}
	}
}

// TestSignalPage: one signal, whatever characters its key has.
func TestSignalPage(t *testing.T) {
	v, odd := volume("erp-01", "/u01", 0.95, 0.93), volume("erp-02", "/a//b/../c?d#e%2Ff \"<界", 0.3, 0)
	odd.Stage, odd.Warmup = signal.Learning, 0.4
	f := start(t, []signal.State{v, odd}, nil, withHistory(&climb{}))
	in := f.open(fault(v, finding.Critical, time.Hour))
	d := f.page("/signals/"+url.PathEscape(v.Key)+"?lang=en", "Accept-Language", "en")
	d.says(t, "/u01 on erp-01", "disk space", "ready: predictions are made", "38.0 GiB of 40.0 GiB (95 %)", "Sent by", "host",
		"Limit reached", "within 4 h", "within 24 h", "93 %", "within 7 days", "within 30 days", "It grew 4.8 GiB a day", "Incidents of this signal", "is filling up")
	f.svg(attr(d.all("img")[0], "src"))
	f.svg("/signals/" + url.PathEscape(v.Key) + "/spark.svg?dark=1")
	d = f.page("/incidents/" + in.ID)
	linked := false
	for _, a := range d.all("a") {
		linked = linked || attr(a, "href") == "/signals/"+url.PathEscape(v.Key)
	}
	if !linked {
		t.Error("the incident does not lead to its signal")
	}
	d = f.page("/signals/"+url.PathEscape(odd.Key)+"?lang=zh-CN", "Accept-Language", "en")
	d.says(t, "学习中：预测所需历史已有 40 %", "暂无")
	f.svg(attr(d.all("img")[0], "src"))
	for _, a := range d.all("a") {
		if attr(a, "hreflang") == "en" {
			f.page(attr(a, "href")).says(t, "learning: 40 % of the history")
		}
	}
	if resp, _ := f.get("/signals/nothing", "Accept", "text/html"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("unknown signal: status %d", resp.StatusCode)
	}
}

// TestPagesWithoutHistory: a page says what is missing, and shows what is known.
func TestPagesWithoutHistory(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	for _, c := range []struct {
		history History
		says    string
	}{
		{nil, "No history is kept here"},
		{&climb{err: errors.New("the disk is gone")}, "The history did not answer in time"},
		{&climb{empty: true}, "The history has no samples of this signal"},
	} {
		f := start(t, []signal.State{v}, nil, withHistory(c.history))
		in := f.open(fault(v, finding.Critical, 2*time.Hour))
		d := f.page("/incidents/"+in.ID, "Accept-Language", "en")
		d.says(t, "is filling up", c.says, "Affected", "Timeline")
		if text := f.svg(attr(d.all("img")[0], "src")); !strings.Contains(text, "forecast") {
			t.Errorf("%s: the forecast is not drawn:\n%s", c.says, text)
		}
		f.page("/signals/"+url.PathEscape(v.Key), "Accept-Language", "en").says(t, c.says, "Incidents of this signal")
	}
}

// closing is a calendar with one close, a day from now, and rest before it.
type closing struct{ now time.Time }

func (c closing) Spells(from, to time.Time) []Spell {
	at := func(h int) time.Time { return c.now.Add(time.Duration(h) * time.Hour) }
	return []Spell{{From: at(-60), To: at(-24)}, {From: at(24), To: at(72), Close: true}}
}

// TestChartsShadeTheCalendar: what differs from other days is named.
func TestChartsShadeTheCalendar(t *testing.T) {
	v := volume("erp-01", "/u01", 0.95, 0.93)
	v.ETA = etaIn(80 * time.Hour)
	f := start(t, []signal.State{v}, nil, withHistory(&climb{}), func(_ *Config, s *Settings) { s.Calendar = closing{time.Now()} })
	path := "/signals/" + url.PathEscape(v.Key) + "/chart.svg"
	for lang, words := range map[string][]string{"en": {"rest", "close"}, "zh-CN": {"休", "结账"}} {
		for _, w := range words {
			if text := f.svg(path + "?lang=" + lang); !strings.Contains(text, w) {
				t.Errorf("%s: the chart does not say %q:\n%s", lang, w, text)
			}
		}
	}
}
