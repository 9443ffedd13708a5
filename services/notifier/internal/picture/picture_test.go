package picture

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

var update = flag.Bool("update", false, "write the golden files")

// filling is the history of a tablespace that grows by a few GiB a day, more by day than by night.
type filling struct{ asked int }

func (f *filling) Course(_ context.Context, _, _ string, from, to time.Time) (used, limit []telemetry.Sample, err error) {
	f.asked++
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		hours := at.Sub(opened).Hours()
		v := 85 + hours*0.11 + 0.4*math.Sin(hours*math.Pi/12)
		used = append(used, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v * (1 << 30)})
	}
	return used, []telemetry.Sample{{TimeMillis: from.UnixMilli(), Value: 93.4 * (1 << 30)}}, nil
}

var opened = time.Date(2026, 1, 27, 1, 0, 0, 0, time.UTC)

func ledger() *incident.Incident {
	at := func(hours float64) *time.Time {
		t := opened.Add(time.Duration(hours * float64(time.Hour)))
		return &t
	}
	eta := finding.ETA{P10: at(61), P50: at(77), P90: at(90)}
	return &incident.Incident{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA", State: incident.Open, Version: 1, Kind: finding.Exhaustion, Severity: finding.Critical,
		OpenedAt: opened, UpdatedAt: opened, Entity: entity.Entity{Name: "LEDGER_DATA on erp-01"}, Signal: "tablespace/x", Series: "x",
		Title: i18n.Text{En: "Tablespace is filling up: LEDGER_DATA on erp-01", Zh: "表空间将耗尽：LEDGER_DATA on erp-01"},
		ETA:   eta, Used: 85 * (1 << 30), Limit: 93.4 * (1 << 30), Unit: "bytes",
		Predicted: &incident.Prediction{Time: opened, ETA: eta},
	}
}

func paint(t *testing.T, h History, in *incident.Incident, lang i18n.Language, limit int) ([]byte, error) {
	t.Helper()
	p, err := New(h, usual{})
	if err != nil {
		t.Fatal(err)
	}
	return p.Paint(t.Context(), in, lang, time.FixedZone("", 8*3600), limit)
}

// working is how long a request takes at a moment, in seconds, when all is well: longer by day than by night.
func working(at time.Time) float64 {
	hour := math.Mod(at.Sub(opened).Hours()+9+240, 24) // it opened at nine in the morning there
	return 0.2 + 0.3*math.Exp(-(hour-14)*(hour-14)/18)
}

// slowing is the history of a service that answers as usual until it opened, and far too slowly since.
type slowing struct{}

func (slowing) Course(_ context.Context, _, _ string, from, to time.Time) (used, limit []telemetry.Sample, err error) {
	for at := from; !at.After(to); at = at.Add(10 * time.Minute) {
		v := working(at) * (1 + 0.1*math.Sin(float64(at.Unix()/600)*2.4))
		if at.After(opened) {
			v *= 2.6
		}
		used = append(used, telemetry.Sample{TimeMillis: at.UnixMilli(), Value: v})
	}
	return used, nil, nil
}

// usual knows between what the signal of [slow] is usual.
type usual struct{ err error }

func (u usual) Band(_ context.Context, key, root string, from, to time.Time) (*signal.Band, error) {
	if u.err != nil || key != slow().Signal || root != slow().Entity.Root {
		return nil, u.err
	}
	b := &signal.Band{}
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		v := working(at)
		b.Times, b.Low, b.Usual, b.High = append(b.Times, at), append(b.Low, 0.8*v), append(b.Usual, v), append(b.High, 1.25*v)
	}
	return b, nil
}

// slow is an incident of a behaviour, which has no limit and no date.
func slow() *incident.Incident {
	return &incident.Incident{
		ID: "01KFYV8M40BBBBBBBBBBBBBBBB", State: incident.Open, Version: 1, Kind: finding.Anomaly, Severity: finding.Warning,
		OpenedAt: opened, UpdatedAt: opened.Add(2 * time.Hour), Signal: "http-latency/application:erp-01:8080", Series: "x", Unit: "seconds", Used: 1.1,
		Entity: entity.Entity{ID: "application:erp-01:8080", Root: "host:erp-01", Name: "8080 on erp-01"},
		Title:  i18n.Text{En: "Requests are slower than usual: 8080 on erp-01", Zh: "请求变慢：8080 on erp-01"},
	}
}

// TestGolden compares the pictures that people see, in both languages.
func TestGolden(t *testing.T) {
	resolved := ledger()
	end := opened.Add(30 * time.Hour)
	resolved.State, resolved.ResolvedAt, resolved.UpdatedAt = incident.Resolved, &end, end
	for name, c := range map[string]struct {
		in   *incident.Incident
		lang i18n.Language
		h    History
	}{
		"opened-en": {ledger(), i18n.English, &filling{}}, "opened-zh": {ledger(), i18n.Chinese, &filling{}},
		"resolved-zh": {resolved, i18n.Chinese, &filling{}},
		"habit-en":    {slow(), i18n.English, slowing{}}, "habit-zh": {slow(), i18n.Chinese, slowing{}},
	} {
		got, err := paint(t, c.h, c.in, c.lang, 2<<20)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join("testdata", name+".png")
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !alike(t, want, got) {
			t.Errorf("%s differs; look at it with -update", name)
		}
		if pic, err := png.DecodeConfig(bytes.NewReader(got)); err != nil || pic.Width != 2*width || pic.Height != 2*height {
			t.Errorf("%s: %+v, %v", name, pic, err)
		}
	}
}

// alike reports whether two images have the same size and, but for the rounding of another architecture, the same pixels.
func alike(t *testing.T, a, b []byte) bool {
	t.Helper()
	x, errX := png.Decode(bytes.NewReader(a))
	y, errY := png.Decode(bytes.NewReader(b))
	if errX != nil || errY != nil || x.Bounds() != y.Bounds() {
		return false
	}
	different := 0
	for py := range x.Bounds().Dy() {
		for px := range x.Bounds().Dx() {
			if x.At(px, py) != y.At(px, py) {
				different++
			}
		}
	}
	return different*1000 <= x.Bounds().Dx()*x.Bounds().Dy()
}

// TestNone: nothing is drawn of what is not there, or would not be taken.
func TestNone(t *testing.T) {
	if _, err := paint(t, &filling{}, ledger(), i18n.Chinese, 1000); err == nil {
		t.Error("a picture that is too large")
	}
	if _, err := paint(t, nothing{}, ledger(), i18n.Chinese, 1<<20); !errors.Is(err, ErrNone) {
		t.Errorf("without samples: %v", err)
	}
	if png, err := paint(t, nothing{errors.New("no")}, ledger(), i18n.Chinese, 1<<20); err == nil || png != nil {
		t.Errorf("a history that fails: %v", err)
	}
}

// TestWithoutHabit: where nobody knows what is usual, the values are drawn without it.
func TestWithoutHabit(t *testing.T) {
	with, err := paint(t, slowing{}, slow(), i18n.English, 2<<20)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range []usual{{}, {errors.New("no")}} {
		in := slow()
		if u.err == nil {
			in.Entity.Root = "host:elsewhere"
		}
		p, err := New(slowing{}, u)
		if err != nil {
			t.Fatal(err)
		}
		png, err := p.Paint(t.Context(), in, i18n.English, time.FixedZone("", 8*3600), 2<<20)
		if err != nil || alike(t, with, png) {
			t.Errorf("%v: a band that nobody knows is drawn, or nothing is: %v", u.err, err)
		}
	}
}

type nothing struct{ err error }

func (n nothing) Course(context.Context, string, string, time.Time, time.Time) (used, limit []telemetry.Sample, err error) {
	return nil, nil, n.err
}

// stuck answers nothing until it is not waited for any longer.
type stuck struct{ asked int }

func (s *stuck) Course(ctx context.Context, _, _ string, _, _ time.Time) (used, limit []telemetry.Sample, err error) {
	s.asked++
	<-ctx.Done()
	return nil, nil, ctx.Err()
}

// TestPatience: a history that does not answer costs two seconds, and the next messages nothing.
func TestPatience(t *testing.T) {
	h := &stuck{}
	p, err := New(h, usual{})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		for range 3 {
			if _, err := p.Paint(t.Context(), ledger(), i18n.Chinese, nil, 1<<20); err == nil {
				t.Error("a picture of nothing")
			}
		}
		if took := time.Since(began); took != patience || h.asked != 1 {
			t.Errorf("took %v and asked %d times", took, h.asked)
		}
		time.Sleep(rest)
		p.Paint(t.Context(), ledger(), i18n.Chinese, nil, 1<<20) //nolint:errcheck // only whether it asks
		if h.asked != 2 {
			t.Errorf("asked %d times after a rest", h.asked)
		}
	})
}
