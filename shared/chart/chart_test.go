package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/i18n"
)

func svgOf(t *testing.T, r *chart.Renderer, p chart.Picture) []byte {
	t.Helper()
	out, err := r.SVG(p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func pngOf(t *testing.T, r *chart.Renderer, p chart.Picture) []byte {
	t.Helper()
	out, err := r.PNG(p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Guarantee 1, under concurrent use.
func TestEqualInputGivesEqualBytes(t *testing.T) {
	r := renderer(t)
	c := disk(i18n.Chinese)
	c.Title += " 𠮷" // a letter that is looked for in the system
	svg, png := svgOf(t, r, c), pngOf(t, r, c)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if again, err := r.SVG(c); err != nil || !bytes.Equal(again, svg) {
				t.Errorf("SVG differs: %v", err)
			}
			if again, err := r.PNG(c); err != nil || !bytes.Equal(again, png) {
				t.Errorf("PNG differs: %v", err)
			}
		})
	}
	group.Wait()
}

// Guarantee 2: the picture of 10^5 samples is small, and a single one that stands out is in it.
func TestLongHistory(t *testing.T) {
	r := renderer(t)
	c := longHistory()
	if n := len(svgOf(t, r, c)); n > 60<<10 {
		t.Errorf("the SVG has %d bytes", n)
	}
	if n := len(pngOf(t, r, c)); n > 150<<10 {
		t.Errorf("the PNG has %d bytes", n)
	}
	flat := chart.Chart{History: every(monday, time.Second, 100_000, func(int) float64 { return 10 })}
	flat.Limit = chart.Series{Times: flat.History.Times[:1], Values: []float64{100}}
	without := svgOf(t, r, flat)
	flat.History.Values[54_321] = 90
	if bytes.Equal(svgOf(t, r, flat), without) {
		t.Error("the peak is lost")
	}
}

// elements calls f with each element of an SVG and the text in it.
func elements(t *testing.T, svg []byte, f func(xml.StartElement), text func(string)) {
	t.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v in %.300s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			f(token)
		case xml.CharData:
			text(string(token))
		}
	}
}

// Guarantee 3.
func TestSVGCanBeInlined(t *testing.T) {
	names := map[string]bool{"svg": true, "path": true, "text": true}
	attrs := map[string]bool{}
	for _, name := range strings.Fields(`xmlns width height viewBox role lang direction fill stroke-linejoin font-family aria-label
		d fill-opacity stroke stroke-opacity stroke-width stroke-dasharray x y font-size text-anchor paint-order`) {
		attrs[name] = true
	}
	r := renderer(t)
	for name, p := range pictures() {
		elements(t, svgOf(t, r, p), func(e xml.StartElement) {
			if !names[e.Name.Local] {
				t.Errorf("%s: element %s", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if !attrs[a.Name.Local] {
					t.Errorf("%s: attribute %s", name, a.Name.Local)
				}
				if a.Name.Local != "aria-label" && strings.Contains(a.Value, "url") {
					t.Errorf("%s: %s refers to %s", name, a.Name.Local, a.Value)
				}
			}
		}, func(string) {})
	}
}

// Guarantee 4.
func TestHostileText(t *testing.T) {
	r := renderer(t)
	for _, text := range []string{
		"</text><script>alert(1)</script>", `" onload="alert(1)`, "a\x00b\x1b[2J\u202ec\u200f\ufffe", "\xff\xfe", "שלום عليكم",
		strings.Repeat("W", 10_000), strings.Repeat("\u0301", 10_000), strings.Repeat("👩‍💻", 3000),
	} {
		c := sized(disk(i18n.English), 390, 300, false)
		c.Title, c.Unit, c.Limit.Name, c.Since.Name, c.Lower.Name = text, text, text, text, text
		c.Marks[0].Label, c.Marks[1].Label, c.Shades[0].Label = text, text, text
		svg := svgOf(t, r, c)
		if len(svg) > 60<<10 {
			t.Errorf("%.20q makes %d bytes", text, len(svg))
		}
		elements(t, svg, func(e xml.StartElement) {
			if e.Name.Local == "script" {
				t.Errorf("%q became an element", text)
			}
		}, func(shown string) {
			if strings.ContainsFunc(shown, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }) {
				t.Errorf("%.20q is shown as %q", text, shown)
			}
			if len([]rune(shown)) > 200 {
				t.Errorf("%.20q is shown in full", text)
			}
		})
		pngOf(t, r, c)
	}
}

func TestErrors(t *testing.T) {
	r := renderer(t)
	f := func(p chart.Picture, want string) {
		t.Helper()
		for _, draw := range []func(chart.Picture) ([]byte, error){r.SVG, r.PNG} {
			if _, err := draw(p); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	}
	times := []time.Time{monday, monday.Add(time.Hour)}
	f(chart.Chart{Frame: chart.Frame{Width: -1}}, "width: -1 is out of range; give 16 to 4096")
	f(chart.Sparkline{Frame: chart.Frame{Height: 5000}}, "height: 5000 is out of range")
	f(chart.Chart{History: chart.Series{Times: times}}, "history: 0 values at 2 times")
	f(chart.Chart{Forecast: chart.Forecast{Times: times, Low50: []float64{1}}}, "forecast.low50: 1 values at 2 times")
	f(chart.Sparkline{Limit: chart.Series{Values: []float64{1}}}, "limit: 1 values at 0 times")
	f(chart.Bars{Starts: times}, "bucket: 0s is not a length")
	f(chart.Bars{Starts: times, Bucket: time.Hour, Stacks: []chart.Stack{{Name: "a"}}}, `stack "a": 0 values at 2 times`)
}

// Guarantee 6: a picture is drawn of anything.
func TestStrangeData(t *testing.T) {
	r := renderer(t)
	times := []time.Time{monday, {}, monday.Add(-time.Hour), time.Unix(1<<62, 0), monday, time.Unix(-1<<62, 0)}
	values := []float64{1, math.Inf(1), math.MaxFloat64, math.NaN(), -1e149, 5e-324}
	s := chart.Series{Times: times, Values: values}
	mark := chart.Mark{At: time.Unix(1<<62, 0), Kind: "unheard of"}
	c := chart.Chart{
		History: s, Since: s, Limit: s, Lower: s, Now: time.Unix(1<<61, 0), Marks: []chart.Mark{mark, {Kind: "unheard of"}},
		Forecast: chart.Forecast{At: times[3], Times: times, Median: values, Low50: values, High50: values, Low80: values, High80: values},
		Shades:   []chart.Shade{{From: times[3], To: times[1]}, {From: times[5], To: times[3], Label: "x"}},
	}
	for _, side := range []int{0, 16, 17, 40, 100} {
		for _, unit := range []string{"", "bytes", "ratio", "files"} {
			c.Width, c.Height, c.Unit = side, side, unit
			svg := svgOf(t, r, c)
			if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
				t.Errorf("%d pixels, %q: a number is not one", side, unit)
			}
			pngOf(t, r, c)
		}
	}
	b := chart.Bars{Starts: times, Bucket: 1, Stacks: []chart.Stack{{Counts: values}, {Counts: values}}}
	pngOf(t, r, b)
	svgOf(t, r, b)
	for _, side := range []int{0, 16, 60, 120} {
		odd := chart.Reliability{Frame: chart.Frame{Width: side, Height: side}}
		for _, v := range append(values, 0, 0.5) {
			odd.Bins = append(odd.Bins, chart.Bin{Told: v, Happened: v, Count: math.MaxUint64}, chart.Bin{Told: 1, Happened: v, Count: 1})
		}
		if svg := svgOf(t, r, odd); bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Errorf("%d pixels: a number is not one", side)
		}
		pngOf(t, r, odd)
	}
}

func FuzzText(f *testing.F) {
	f.Add("erp-01 /u01", "清理", "bytes", 390)
	f.Add("</text>\x00\u202e", "\xff", "ratio", 16)
	f.Add("𠮷", "a\u0301", "行", 4096)
	r := renderer(f)
	f.Fuzz(func(t *testing.T, title, label, unit string, width int) {
		c := sized(disk(i18n.Chinese), width, 200, false)
		c.Title, c.Unit, c.Marks[0].Label, c.Limit.Name = title, unit, label, label
		svg, err := r.SVG(c)
		if err != nil {
			if width == 0 || width >= 16 && width <= 4096 {
				t.Fatal(err)
			}
			return
		}
		elements(t, svg, func(xml.StartElement) {}, func(string) {})
	})
}

func FuzzDraw(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08"), int64(0), int64(3600), 1.0, 390, 200)
	f.Add([]byte{255, 0, 255, 0, 1}, int64(1<<40), int64(-7), 1e300, 100, 16)
	f.Add([]byte{1, 1, 1, 1, 1, 1, 1}, int64(1e9), int64(1), -1e-300, 0, 0)
	r := renderer(f)
	strange := []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, 0, -1}
	f.Fuzz(func(t *testing.T, data []byte, start, step int64, factor float64, width, height int) {
		s := chart.Series{}
		for i, b := range data {
			v := float64(b) * factor
			if int(b) < len(strange) {
				v = strange[b]
			}
			s.Times = append(s.Times, time.Unix(start+int64(i)*step*int64(b%3), 0))
			s.Values = append(s.Values, v)
		}
		frame := chart.Frame{Width: width, Height: height}
		c := chart.Chart{
			Frame: frame, History: s, Limit: s, Lower: s, Since: s,
			Forecast: chart.Forecast{Times: s.Times, Median: s.Values, Low80: s.Values, High80: s.Values},
		}
		b := chart.Bars{Frame: frame, Starts: s.Times, Bucket: time.Duration(step), Stacks: []chart.Stack{{Counts: s.Values}}}
		for _, p := range []chart.Picture{c, chart.Sparkline{Frame: frame, History: s, Limit: s}, b} {
			svg, err := r.SVG(p)
			if err == nil && (bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf"))) {
				t.Errorf("a number is not one: %s", svg)
			}
			if width < 600 && height < 400 {
				_, _ = r.PNG(p) // must not panic
			}
		}
	})
}
