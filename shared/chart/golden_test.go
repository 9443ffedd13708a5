package chart_test

import (
	"bytes"
	"flag"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/chart"
	"github.com/forewarn/forewarn/shared/i18n"
)

var update = flag.Bool("update", false, "write the golden files")

const gib = 1 << 30

var (
	shanghai = time.FixedZone("CST", 8*3600)
	monday   = time.Date(2026, 11, 16, 0, 0, 0, 0, shanghai)
)

// renderer finds no fonts but its own, so that pictures are the same everywhere.
func renderer(tb testing.TB) *chart.Renderer {
	tb.Helper()
	r, err := chart.New(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// every returns n times from start on, and f of the share of the whole that each has behind it.
func every(start time.Time, step time.Duration, n int, f func(i int) float64) chart.Series {
	var s chart.Series
	for i := range n {
		s.Times = append(s.Times, start.Add(time.Duration(i)*step))
		s.Values = append(s.Values, f(i))
	}
	return s
}

// forecastFrom returns a forecast of hourly values that grow from a value at a rate, with bands that widen.
func forecastFrom(at time.Time, n int, value, rate, spread float64) chart.Forecast {
	f := chart.Forecast{At: at}
	for i := range n {
		m := value + rate*float64(i)
		w := spread * math.Sqrt(float64(i))
		f.Times = append(f.Times, at.Add(time.Duration(i)*time.Hour))
		f.Median = append(f.Median, m)
		f.Low50, f.High50 = append(f.Low50, m-w), append(f.High50, m+w)
		f.Low80, f.High80 = append(f.Low80, m-1.9*w), append(f.High80, m+1.9*w)
	}
	return f
}

func nights(from time.Time, days int) []chart.Shade {
	var out []chart.Shade
	for d := range days {
		start := from.AddDate(0, 0, d).Add(-3 * time.Hour)
		out = append(out, chart.Shade{From: start, To: start.Add(9 * time.Hour), Night: true})
	}
	return out
}

// latency is what follows the hours of the day, was slow for some time, and what is expected of it until the next day.
func latency(lang i18n.Language) chart.Chart {
	random := rand.New(rand.NewPCG(5, 6))
	day := func(at time.Time) float64 {
		hour := float64(at.Hour()) + float64(at.Minute())/60
		return 0.2 + 0.3*math.Exp(-(hour-14)*(hour-14)/18)
	}
	history := every(monday, 10*time.Minute, 3*144, func(i int) float64 {
		v := day(monday.Add(time.Duration(i)*10*time.Minute)) * math.Exp(0.08*random.NormFloat64())
		if i > 370 && i < 395 {
			v *= 2.2
		}
		return v
	})
	var band chart.Band
	for at := monday; at.Before(monday.AddDate(0, 0, 4)); at = at.Add(time.Hour) {
		usual := day(at)
		band.Times = append(band.Times, at)
		band.Low, band.Usual, band.High = append(band.Low, 0.8*usual), append(band.Usual, usual), append(band.High, 1.25*usual)
	}
	opened := monday.Add(372 * 10 * time.Minute)
	return chart.Chart{
		Frame: chart.Frame{Language: lang, Zone: shanghai, Title: "erp-01 http"}, Unit: "seconds", History: history, Expected: band,
		Marks: []chart.Mark{{At: opened, Kind: chart.Opened}}, Now: monday.AddDate(0, 0, 3),
	}
}

// disk is a table space that grows by day, was cleaned up once and enlarged once.
func disk(lang i18n.Language) chart.Chart {
	random := rand.New(rand.NewPCG(1, 2))
	used := 150.0
	history := every(monday, 30*time.Minute, 9*48, func(i int) float64 {
		hour := i / 2 % 24
		if hour > 7 && hour < 20 {
			used += 0.28 + 0.25*random.Float64()
		}
		if i == 170 {
			used -= 21
		}
		return (used + random.Float64()) * gib
	})
	for i := 250; i < 262; i++ {
		history.Values[i] = math.NaN()
	}
	now := history.Times[len(history.Times)-1]
	say := func(en, zh string) string { return i18n.Text{En: en, Zh: zh}.In(lang) }
	return chart.Chart{
		Frame: chart.Frame{
			Title: say("erp-01 /u01/oradata: space used", "erp-01 /u01/oradata：已用空间"), Language: lang, Zone: shanghai,
		},
		Unit: "bytes", History: history, Now: now.Add(36 * time.Hour), Forecast: forecastFrom(now, 96, used*gib, 0.19*gib, 0.9*gib),
		Since: every(now, time.Hour, 37, func(i int) float64 { return (used + 0.24*float64(i) + random.Float64()) * gib }),
		Limit: chart.Series{Times: []time.Time{monday, monday.AddDate(0, 0, 6)}, Values: []float64{200 * gib, 220 * gib}},
		Marks: []chart.Mark{
			{At: history.Times[170], Kind: chart.CleanUp, Label: say("archive logs deleted", "删除归档日志")},
			{At: monday.AddDate(0, 0, 6), Kind: chart.Resized},
			{At: now, Kind: chart.Opened, Label: say("incident", "打开事件")},
			{At: now.Add(2 * time.Hour), Kind: chart.Acknowledged, Label: say("Li Lei", "李雷已确认")},
			{At: now.Add(30 * time.Hour), Kind: chart.Resolved},
		},
		Shades: append(nights(monday, 14), chart.Shade{
			From: monday.AddDate(0, 0, 5), To: monday.AddDate(0, 0, 7), Label: say("weekend", "周末"),
		}),
	}
}

// leak is the heap of a process: a saw-tooth whose floors climb.
func leak() chart.Chart {
	at := func(i int) float64 { return (0.8 + 0.004*float64(i) + 1.2*float64(i%40)/40) * gib }
	history := every(monday, time.Minute, 600, at)
	var floors chart.Series
	for i := 40; i < 600; i += 40 {
		floors.Times, floors.Values = append(floors.Times, history.Times[i]), append(floors.Values, at(i))
	}
	now := history.Times[599]
	return chart.Chart{
		Frame: chart.Frame{Title: "应用服务器 fin-app-02 · JVM 堆内存", Language: i18n.Chinese, Zone: shanghai, Width: 390, Height: 260, Dark: true},
		Unit:  "bytes", History: history, Lower: floors, Now: now,
		Limit:    chart.Series{Times: history.Times[:1], Values: []float64{6 * gib}},
		Forecast: forecastFrom(now, 8, at(599), 0.24*gib, 0.4*gib),
		Marks:    []chart.Mark{{At: monday.Add(time.Hour), Kind: chart.Restart}, {At: now, Kind: chart.Opened, Label: "预计 5 小时后内存耗尽"}},
	}
}

func sized(c chart.Chart, w, h int, dark bool) chart.Chart {
	c.Width, c.Height, c.Dark = w, h, dark
	return c
}

func titled(title string, c chart.Chart) chart.Chart {
	c.Title = title
	return c
}

func patterns(lang i18n.Language) chart.Bars {
	random := rand.New(rand.NewPCG(3, 4))
	counts := func(most float64) []float64 {
		return every(monday, time.Hour, 72, func(i int) float64 {
			return math.Floor(most * random.Float64() * (1.2 + math.Sin(float64(i)/5)))
		}).Values
	}
	say := func(en, zh string) string { return i18n.Text{En: en, Zh: zh}.In(lang) }
	return chart.Bars{
		Frame:  chart.Frame{Title: "ORA-01653: unable to extend table <*>", Language: lang, Zone: shanghai},
		Unit:   say("lines", "行"),
		Starts: every(monday, time.Hour, 72, func(int) float64 { return 0 }).Times, Bucket: time.Hour,
		Stacks: []chart.Stack{
			{Name: say("fatal", "致命"), Counts: counts(6)},
			{Name: say("error", "错误"), Counts: counts(20)},
			{Name: say("warning", "警告"), Counts: counts(30)},
			{Name: say("other", "其他"), Counts: counts(40)},
		},
	}
}

// reliability is what many small, few middling and some large probabilities became.
func reliability(f chart.Frame) chart.Reliability {
	return chart.Reliability{Frame: f, Bins: []chart.Bin{
		{Told: 0.004, Happened: 0.003, Count: 182_103},
		{Told: 0.14, Happened: 0.1, Count: 120},
		{Told: 0.26, Happened: 0.31, Count: 42},
		{Told: 0.35, Happened: 0.5, Count: 8},
		{Told: 0.55, Happened: 1, Count: 1},
		{Told: 0.74, Happened: 0.7, Count: 31},
		{Told: 0.86, Happened: 0.83, Count: 64},
		{Told: 0.98, Happened: 0.97, Count: 210},
		{Told: math.NaN(), Happened: 0.2, Count: 9},
	}}
}

// crowded is a quarter of a year with all kinds of marks, some of them within hours.
func crowded() chart.Chart {
	history := every(monday, 6*time.Hour, 360, func(i int) float64 { return 0.3 + 0.0011*float64(i) + 0.04*math.Sin(float64(i)*math.Pi/2) })
	at := func(days float64) time.Time { return monday.Add(time.Duration(days * float64(24*time.Hour))) }
	c := chart.Chart{
		Frame: chart.Frame{Title: "fin-db-03 · connections in use", Zone: shanghai, Width: 390, Height: 320},
		Unit:  "ratio", History: history, Now: at(90), Forecast: forecastFrom(at(90), 24*20, 0.7, 0.0004, 0.004),
		Limit: chart.Series{Times: history.Times[:1], Values: []float64{0.95}},
		Marks: []chart.Mark{
			{At: at(60), Kind: chart.Opened},
			{At: at(60.5), Kind: chart.Acknowledged},
			{At: at(61), Kind: chart.Failed},
			{At: at(61.5), Kind: chart.Restart},
			{At: at(62), Kind: chart.CleanUp},
			{At: at(64), Kind: chart.Resolved},
			{At: at(20), Kind: chart.Resized, Label: "process limit raised from 300 to 500 by change CHG-2026-11874"},
			{At: at(45), Kind: "deployed"},
		},
		Shades: nights(monday, 90),
	}
	for _, end := range []int{14, 45, 76} {
		c.Shades = append(c.Shades, chart.Shade{From: at(float64(end)), To: at(float64(end) + 3), Label: "month end"})
	}
	return c
}

// pictures are those that golden files hold, by file name.
func pictures() map[string]chart.Picture {
	one := every(monday, time.Hour, 1, func(int) float64 { return 0.42 })
	day := func(f func(i int) float64) chart.Series { return every(monday, 5*time.Minute, 288, f) }
	spark := disk(i18n.English)
	barsDark := patterns(i18n.Chinese)
	barsDark.Dark, barsDark.Width = true, 390
	hostile := titled("<script>alert(\"1\")</script>&'\x00\u202e"+string(bytes.Repeat([]byte("很长"), 5000)), disk(i18n.English))
	hostile.Marks[0].Label = "</text><image href=\"http://x\"/>"
	return map[string]chart.Picture{
		"disk-en-light":    disk(i18n.English),
		"disk-zh-dark":     sized(disk(i18n.Chinese), 720, 320, true),
		"disk-zh-390":      sized(disk(i18n.Chinese), 390, 300, false),
		"leak-zh-390-dark": leak(),
		"expected-en":      latency(i18n.English),
		"expected-zh-dark": sized(latency(i18n.Chinese), 390, 300, true),
		"hostile":          hostile,
		"crowded":          crowded(),
		"small":            sized(disk(i18n.English), 300, 140, false),
		"seconds":          titled("seconds", chart.Chart{History: every(monday, time.Second, 40, func(i int) float64 { return float64(i * i) })}),
		"empty":            chart.Chart{Frame: chart.Frame{Title: "空", Language: i18n.Chinese}},
		"one":              titled("a single point", chart.Chart{Unit: "ratio", History: one}),
		"gaps":             titled("nothing but gaps", chart.Chart{History: day(func(int) float64 { return math.NaN() })}),
		"constant":         titled("constant", chart.Chart{Unit: "connections", History: day(func(int) float64 { return 17 })}),
		"limit-zero": titled("free files, limit 0", chart.Chart{
			Unit: "files", History: day(func(i int) float64 { return 2e6 - 6500*float64(i) }),
			Limit:    chart.Series{Times: []time.Time{monday}, Values: []float64{0}},
			Forecast: forecastFrom(monday.AddDate(0, 0, 1), 6, 128000, -40000, 20000),
		}),
		"wide-bands": titled("bands beyond the chart", chart.Chart{
			Unit: "ratio", History: day(func(i int) float64 { return 0.5 + 0.001*float64(i) }),
			Limit:    chart.Series{Times: []time.Time{monday}, Values: []float64{0.9}},
			Forecast: forecastFrom(monday.AddDate(0, 0, 1), 24, 0.788, 0.02, 0.3),
		}),
		"sparkline":  chart.Sparkline{Frame: chart.Frame{Title: "/u01"}, History: spark.History, Limit: spark.Limit, Forecast: spark.Forecast},
		"bars-en":    patterns(i18n.English),
		"bars-zh":    barsDark,
		"bars-empty": chart.Bars{Frame: chart.Frame{Title: "no lines"}},

		"reliability-en":      reliability(chart.Frame{Title: "Within 7 days"}),
		"reliability-zh-dark": reliability(chart.Frame{Title: "7 天内", Language: i18n.Chinese, Width: 358, Height: 320, Dark: true}),
		"reliability-empty":   chart.Reliability{Bins: make([]chart.Bin, 10)},
	}
}

func golden(t *testing.T, name string, got []byte, same func(want []byte) bool) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o640); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !same(want) {
		t.Errorf("%s is not what it was; look at it after go test -update", path)
	}
}

func TestGolden(t *testing.T) {
	r := renderer(t)
	for name, p := range pictures() {
		svg, err := r.SVG(p)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".svg", svg, func(want []byte) bool { return bytes.Equal(svg, want) })
		data, err := r.PNG(p)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name+".png", data, func(want []byte) bool { return alike(t, data, want) })
	}
}

// alike reports whether two images have the same size and, but for rounding, the same pixels.
func alike(t *testing.T, a, b []byte) bool {
	t.Helper()
	x, y := decoded(t, a), decoded(t, b)
	if x.Bounds() != y.Bounds() {
		return false
	}
	different := 0
	for py := range x.Bounds().Dy() {
		for px := range x.Bounds().Dx() {
			r1, g1, b1, _ := x.At(px, py).RGBA()
			r2, g2, b2, _ := y.At(px, py).RGBA()
			if max(apart(r1, r2), apart(g1, g2), apart(b1, b2)) > 8<<8 {
				different++
			}
		}
	}
	return different*10000 <= x.Bounds().Dx()*x.Bounds().Dy()
}

func apart(a, b uint32) uint32 { return max(a, b) - min(a, b) }

func decoded(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
