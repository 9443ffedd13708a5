package chart

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones with summer time, on every machine

	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/vg"

	"github.com/forewarn/forewarn/shared/i18n"
)

func newRuler(t *testing.T, dirs ...string) *ruler {
	t.Helper()
	r, err := New(append(dirs, t.TempDir())...)
	if err != nil {
		t.Fatal(err)
	}
	return r.ruler()
}

func TestValueTicks(t *testing.T) {
	f := func(lo, hi float64, unit string, want ...string) {
		t.Helper()
		var got []string
		for _, k := range valueTicks(span{lo, hi}, unit, 4) {
			got = append(got, k.label)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%g to %g %s: %s", lo, hi, unit, diff)
		}
	}
	f(0, 250<<30, "bytes", "0", "100 GiB", "200 GiB")
	f(0, 1500, "bytes", "0", "0.5 KiB", "1.0 KiB")
	f(0, 3, "bytes", "0", "1 B", "2 B", "3 B")
	f(0, 1, "ratio", "0", "50 %", "100 %")
	f(0.9981, 0.9999, "ratio", "99.85 %", "99.90 %", "99.95 %")
	f(0, 2e6, "files", "0", "0.5 M", "1.0 M", "1.5 M", "2.0 M")
	f(-3, 3, "", "-2", "0", "2")
	f(16.3, 17.7, "connections", "16.5", "17.0", "17.5")
	f(0, 4e150, "", "0", "1e+150", "2e+150", "3e+150", "4e+150")
}

func TestTimeTicks(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	f := func(lang i18n.Language, from, to time.Time, want ...string) {
		t.Helper()
		var got []string
		for _, k := range timeTicks(span{seconds(from), seconds(to)}, Frame{Zone: from.Location(), Language: lang}, 6) {
			got = append(got, k.label)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v to %v: %s", from, to, diff)
		}
	}
	at := func(mo time.Month, d, h int) time.Time { return time.Date(2026, mo, d, h, 0, 0, 0, berlin) }
	f(i18n.English, at(5, 1, 21), at(5, 2, 7), "22:00", "2 May", "02:00", "04:00", "06:00")
	f(i18n.Chinese, at(5, 1, 0), at(5, 6, 0), "5月1日", "5月2日", "5月3日", "5月4日", "5月5日", "5月6日")
	f(i18n.English, at(5, 1, 0), at(6, 3, 0), "4 May", "11 May", "18 May", "25 May", "1 Jun") // Mondays
	f(i18n.Chinese, at(11, 1, 0), at(15, 2, 0), "11月", "12月", "2027年", "2月", "3月")
	f(i18n.English, at(1, 1, 0), at(1, 1, 0).AddDate(9, 0, 0), "2026", "2028", "2030", "2032", "2034")
	f(i18n.English, at(1, 1, 0), at(1, 1, 0).Add(3*time.Second), "1 Jan", "00:00:01", "00:00:02", "00:00:03")
	// Clocks are set forward, and back: the ticks stay on round hours.
	f(i18n.English, at(3, 28, 20), at(3, 29, 11), "21:00", "29 Mar", "03:00", "06:00", "09:00")
	f(i18n.English, at(10, 24, 20), at(10, 25, 11), "21:00", "25 Oct", "03:00", "06:00", "09:00")
	f(i18n.English, time.Unix(firstSecond, 0).UTC(), time.Unix(lastSecond, 0).UTC(), "2000", "4000", "6000", "8000")
}

func TestPeriod(t *testing.T) {
	f := func(from, to time.Time, en, zh string) {
		t.Helper()
		if got := period(span{seconds(from), seconds(to)}, from.Location()); got != (i18n.Text{En: en, Zh: zh}) {
			t.Errorf("got %+v", got)
		}
	}
	at := func(zone int, y int, mo time.Month, d int) time.Time {
		return time.Date(y, mo, d, 12, 0, 0, 0, time.FixedZone("", zone))
	}
	f(at(0, 2026, 5, 1), at(0, 2026, 5, 1), "1 May 2026, UTC", "2026年5月1日，UTC")
	f(at(8*3600, 2026, 5, 1), at(8*3600, 2026, 6, 2), "1 May – 2 Jun 2026, UTC+8", "2026年5月1日 – 6月2日，UTC+8")
	f(at(-12600, 2026, 5, 1), at(-12600, 2027, 1, 2), "1 May 2026 – 2 Jan 2027, UTC-3:30", "2026年5月1日 – 2027年1月2日，UTC-3:30")
}

func TestValueDomain(t *testing.T) {
	f := func(core, reach, want span) {
		t.Helper()
		if got := valueDomain(core, reach); math.Abs(got.lo-want.lo) > 1e-9 || math.Abs(got.hi-want.hi) > 1e-9 {
			t.Errorf("%v %v: got %v, want %v", core, reach, got, want)
		}
	}
	f(nothing(), nothing(), span{0, 1})
	f(span{0, 100}, nothing(), span{0, 106})
	f(span{90, 100}, nothing(), span{89.4, 100.6})
	f(span{90, 100}, span{0, 1000}, span{87.5 - 0.9, 102.5 + 0.9})
	f(span{5, 5}, nothing(), span{4.5, 5.5})
	f(span{0, 0}, nothing(), span{-1, 1})
	f(nothing(), span{1, 2}, span{0.94, 2.06})
}

func TestSteps(t *testing.T) {
	domain := span{0, 10}
	got := steps([]sample{{-5, 1}, {2, 1}, {4, math.NaN()}, {6, 3}, {20, 4}}, domain)
	want := []sample{{0, 1}, {6, 1}, {6, 3}, {10, 3}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(sample{})); diff != "" {
		t.Error(diff)
	}
	if got := steps([]sample{{-9, 1}, {-5, 2}}, domain); !cmp.Equal(got, []sample{{0, 2}, {10, 2}}, cmp.AllowUnexported(sample{})) {
		t.Errorf("a level of before the range is drawn: %v", got)
	}
	if steps([]sample{{1, math.NaN()}}, domain) != nil {
		t.Error("a limit was made of a gap")
	}
}

// TestReduceKeepsExtremes: in each column the least, the greatest, the first and the last sample stay.
func TestReduceKeepsExtremes(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var run []sample
	for i := range 20_000 {
		run = append(run, sample{float64(i), random.NormFloat64()})
	}
	x := scale{span{0, 20_000}, 0, 100}
	got := reduce(run, x)
	if len(got) > 400 {
		t.Errorf("%d samples in 100 columns", len(got))
	}
	extremes := func(all []sample) map[float64]span {
		out := map[float64]span{}
		for _, s := range all {
			column := math.Floor(x.at(s.t))
			if _, ok := out[column]; !ok {
				out[column] = nothing()
			}
			out[column] = out[column].with(s.v)
		}
		return out
	}
	if diff := cmp.Diff(extremes(run), extremes(got), cmp.AllowUnexported(span{})); diff != "" {
		t.Error(diff)
	}
	if got[0] != run[0] || got[len(got)-1] != run[len(run)-1] {
		t.Error("the ends are lost")
	}
}

func TestClip(t *testing.T) {
	points := func(v ...float64) []vg.Point {
		var out []vg.Point
		for i := 0; i < len(v); i += 2 {
			out = append(out, point(v[i], v[i+1]))
		}
		return out
	}
	line := func(want [][]vg.Point, v ...float64) {
		t.Helper()
		if diff := cmp.Diff(want, clipLine(points(v...), 0, 10)); diff != "" {
			t.Error(diff)
		}
	}
	line([][]vg.Point{points(0, 5, 1, 6)}, 0, 5, 1, 6)
	line([][]vg.Point{points(0, 5, 1, 10), points(3, 10, 4, 5)}, 0, 5, 2, 15, 4, 5)
	line([][]vg.Point{points(1, 0, 2, 10)}, 0, -10, 3, 20)
	line(nil, 0, 11, 5, 12, 6, 30)
	square := clipPolygon(points(0, -5, 10, -5, 10, 15, 0, 15), 0, 10)
	if diff := cmp.Diff(points(0, 10, 0, 0, 10, 0, 10, 10), square); diff != "" {
		t.Error(diff)
	}
	if got := clipPolygon(points(0, 20, 10, 20, 10, 30), 0, 10); len(got) != 0 {
		t.Errorf("%v is left of what is outside", got)
	}
}

// TestPathsAreReadBack: the relative commands lead to the points they were made of, whatever their signs.
func TestPathsAreReadBack(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	var points []vg.Point
	for range 500 {
		points = append(points, point(math.Round(random.NormFloat64()*500)/10, math.Round(random.NormFloat64()*20)/10))
	}
	out := new(svg)
	out.path(polyline(points...))
	d := strings.TrimSuffix(strings.TrimPrefix(out.buf.String(), ` d="M`), `"`)
	numbers := strings.Fields(strings.NewReplacer("-", " -", "l", " ").Replace(d))
	if len(numbers) != 2*len(points) {
		t.Fatalf("%d numbers for %d points: %s", len(numbers), len(points), d)
	}
	var x, y float64
	for i, p := range points {
		x, y = x+number(t, numbers[2*i]), y+number(t, numbers[2*i+1])
		if math.Abs(x-float64(p.X)) > 1e-6 || math.Abs(y-float64(p.Y)) > 1e-6 {
			t.Fatalf("point %d is at %g %g, want %v", i, x, y, p)
		}
	}
}

// TestPiecesMakeTheLine: every segment of a line is in a piece, at its distance from the beginning.
func TestPiecesMakeTheLine(t *testing.T) {
	for _, n := range []int{2, 3, maxPiece - 1, maxPiece, maxPiece + 1, 5*maxPiece + 3} {
		var line []vg.Point
		for i := range n {
			line = append(line, point(float64(i), 0))
		}
		covered := map[vg.Length]bool{}
		for _, part := range pieces(polyline(line...)) {
			if part.path[0].Pos.X != part.offset {
				t.Errorf("%d points: a piece from %v says %v", n, part.path[0].Pos.X, part.offset)
			}
			for _, c := range part.path[1:] {
				covered[c.Pos.X] = true
			}
		}
		if len(covered) != n-1 {
			t.Errorf("%d points: %d segments", n, len(covered))
		}
	}
}

func TestPalettedKeepsFewColors(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for i := range 40 * 40 {
		img.Set(i%40, i/40, color.RGBA{R: uint8(i % 200), G: uint8(i % 2), A: 255})
	}
	got := paletted(img)
	for i := range 40 * 40 {
		if want := img.RGBAAt(i%40, i/40); got.At(i%40, i/40) != want {
			t.Fatalf("pixel %d is %v, want %v", i, got.At(i%40, i/40), want)
		}
	}
}

func TestPalettedTakesTheNearest(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 256, 4))
	for x := range 256 {
		for y := range 4 {
			img.Set(x, y, color.RGBA{R: uint8(x), G: uint8(x), B: uint8(x), A: 255})
		}
	}
	img.Set(7, 0, color.RGBA{R: 7, G: 8, B: 7, A: 255}) // the 257th colour
	if got, want := paletted(img).At(7, 0), (color.RGBA{R: 7, G: 7, B: 7, A: 255}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestMarksDiffer: no two kinds have the same shape, so that nobody needs their colours.
func TestMarksDiffer(t *testing.T) {
	seen := map[string]MarkKind{}
	for _, k := range []MarkKind{Opened, Acknowledged, Resolved, CleanUp, Restart, Resized, Failed, "another"} {
		look := Frame{}.theme().symbol(k)
		out := new(svg)
		out.path(look.path(0, 0, 10))
		shape := out.buf.String()
		if look.hollow {
			shape += " hollow"
		}
		if other, ok := seen[shape]; ok {
			t.Errorf("%s looks like %s", k, other)
		}
		seen[shape] = k
	}
}

func TestFit(t *testing.T) {
	r := newRuler(t)
	f := func(s string, limit float64, want string) {
		t.Helper()
		if got := r.fit(s, 10, limit); got != want {
			t.Errorf("%q in %g: got %q, want %q", s, limit, got, want)
		}
	}
	f("空间不足", 40, "空间不足")
	f("空间不足", 39, "空间…")
	f("空间不足", 9, "")
	f(" a\r\nb\u202e ", 100, "a b")
	f("空间 不足够", 42, "空间…")
}

// TestFontHasWhatIsWritten: no letter of common Chinese text is looked for elsewhere.
func TestFontHasWhatIsWritten(t *testing.T) {
	r := newRuler(t)
	const letters = "预测现在作出上限低谷后来实际没有数据事件确认恢复清理重启扩容故障年月日周末夜间" + // of this package
		"啊座亍齄" + // the first and last of both levels of GB 2312
		"，。：；？！（）《》“”…—·、％＋０Ａａ℃￥αβЖ→▲●±≤≥×÷éüß€"
	for _, c := range letters {
		if _, ok := outline(r.fonts.own, r.buf, c); !ok {
			t.Errorf("the font has no %q", c)
		}
	}
}

// TestMissingLetters: what the font lacks comes from the system's fonts, else it is a geta mark, not a box.
func TestMissingLetters(t *testing.T) {
	const fromGo, nowhere = '╬', '𠮷'
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o750); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"a/broken.ttf": []byte("no font"), "a/b/go.TTF": goregular.TTF, "note.txt": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := newRuler(t, dir)
	mark := r.fonts.glyph(new(sfnt.Buffer), geta)
	if got := r.fonts.glyph(r.buf, fromGo); len(got.segments) == 0 || cmp.Equal(got.segments, mark.segments) {
		t.Errorf("%q was not found", fromGo)
	}
	if got := r.fonts.glyph(r.buf, nowhere); !cmp.Equal(got.segments, mark.segments) {
		t.Errorf("%q is no geta mark", nowhere)
	}
	without := newRuler(t)
	if got := without.fonts.glyph(without.buf, fromGo); !cmp.Equal(got.segments, mark.segments) {
		t.Errorf("%q was found without a font", fromGo)
	}
}

// TestMissingLettersAreBounded: text of ever new letters takes no memory for ever.
func TestMissingLettersAreBounded(t *testing.T) {
	r := newRuler(t)
	for c := rune(0x20000); c < 0x20000+2*maxFound; c++ {
		r.width(string(c), 10)
	}
	if n := len(r.fonts.found); n > maxFound {
		t.Errorf("%d letters are kept", n)
	}
}

func TestNoText(t *testing.T) {
	out := newSVG(Frame{Width: 20, Height: 20, Language: "fr"})
	before := out.buf.Len()
	out.write(words{})
	if out.buf.Len() != before || !bytes.Contains(out.bytes(), []byte(`lang="en"`)) {
		t.Errorf("got %s", out.bytes())
	}
}

// TestBucketsAreAddedUp: more buckets than a picture shows lose no count.
func TestBucketsAreAddedUp(t *testing.T) {
	b := Bars{Bucket: time.Minute, Stacks: []Stack{{}, {}}}
	for i := range 1000 {
		b.Starts = append(b.Starts, time.Unix(int64(i)*60, 0))
		b.Stacks[0].Counts = append(b.Stacks[0].Counts, 1)
		b.Stacks[1].Counts = append(b.Stacks[1].Counts, 2)
	}
	got := b.buckets(100)
	var ones, twos float64
	for i := range got.begin {
		ones, twos = ones+got.counts[0][i], twos+got.counts[1][i]
	}
	if len(got.begin) != 100 || ones != 1000 || twos != 2000 || got.most != 30 {
		t.Errorf("%d buckets of %g and %g, at most %g", len(got.begin), ones, twos, got.most)
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestWilson: the interval holds what was observed, narrows with the number, and stays within 0 to 1.
func TestWilson(t *testing.T) {
	f := func(share, n, low, high float64) {
		t.Helper()
		if a, b := wilson(share, n); math.Abs(a-low) > 0.005 || math.Abs(b-high) > 0.005 {
			t.Errorf("wilson(%v, %v) = %.3f, %.3f; want %v, %v", share, n, a, b, low, high)
		}
	}
	f(0.5, 10, 0.315, 0.685)
	f(0.5, 1000, 0.48, 0.52)
	f(1, 1, 0.378, 1)
	f(0, 4, 0, 0.291)
}
