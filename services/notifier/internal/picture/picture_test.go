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
	p, err := New(h)
	if err != nil {
		t.Fatal(err)
	}
	return p.Paint(t.Context(), in, lang, time.FixedZone("", 8*3600), limit)
}

// TestGolden compares the pictures that people see, in both languages.
func TestGolden(t *testing.T) {
	resolved := ledger()
	end := opened.Add(30 * time.Hour)
	resolved.State, resolved.ResolvedAt, resolved.UpdatedAt = incident.Resolved, &end, end
	for name, c := range map[string]struct {
		in   *incident.Incident
		lang i18n.Language
	}{
		"opened-en": {ledger(), i18n.English}, "opened-zh": {ledger(), i18n.Chinese}, "resolved-zh": {resolved, i18n.Chinese},
	} {
		got, err := paint(t, &filling{}, c.in, c.lang, 2<<20)
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
	p, err := New(h)
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
