package checks

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/i18n"
)

func example() *Report {
	at := time.Date(2026, 1, 30, 3, 0, 0, 0, time.UTC)
	r := &Report{
		Schema: SchemaVersion, Type: TypeReport, ID: "examiner:01KFYV8M40AAAAAAAAAAAAAAAA:0", Incident: "01KFYV8M40AAAAAAAAAAAAAAAA",
		Transaction: "voucher-entry", Title: i18n.Text{En: "Saving a voucher", Zh: "凭证保存"}, From: at.Add(-30 * time.Minute), At: at,
	}
	for _, n := range Names() {
		r.Checks = append(r.Checks, Check{Name: n, Verdict: Clear})
	}
	r.Checks[1] = Check{
		Name: Lock, Verdict: Found, Says: i18n.Text{En: "Deadlock found, 12 times", Zh: "检测到死锁，12 次"},
		Looked: []Look{{Name: "message", Verdict: Found, Entity: "host:erp-db-01", Now: 12, Line: "ORA-00060"}},
	}
	r.Checks[3].Verdict, r.Checks[3].Says = Unknown, i18n.Text{En: "no log of host:erp-app-01", Zh: "没有 host:erp-app-01 的日志"}
	return r
}

func TestRoundTrip(t *testing.T) {
	want := example()
	data, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !IsReport(data) || IsReport([]byte(`{"type":"outcomes","x":"checks"}`)) || IsReport([]byte(`"checks"`)) {
		t.Error("a report is not told from other messages")
	}
	if !got.Any() {
		t.Error("that something was found is not seen")
	}
}

func TestValidate(t *testing.T) {
	f := func(want string, change func(*Report)) {
		t.Helper()
		r := example()
		change(r)
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f("schema 2", func(r *Report) { r.Schema = 2 })
	f("holds no checks", func(r *Report) { r.Type = "" })
	f("lack id", func(r *Report) { r.ID = "" })
	f("lack id", func(r *Report) { r.From = r.At.Add(time.Second) })
	f("there are 3", func(r *Report) { r.Checks = r.Checks[:3] })
	f(`is "lock", not "network"`, func(r *Report) { r.Checks[0].Name = Lock })
	f("unknown verdict", func(r *Report) { r.Checks[0].Verdict = "maybe" })
	f("unknown verdict", func(r *Report) { r.Checks[1].Looked[0].Verdict = "" })
	f("is no number", func(r *Report) { r.Checks[1].Looked[0].Now = math.NaN() })
	f("longer than 600", func(r *Report) { r.Checks[1].Looked[0].Line = strings.Repeat("x", 601) })
	f("longer than 600", func(r *Report) { r.Title.Zh = strings.Repeat("x", 601) })
	f("are more than", func(r *Report) { r.Checks[2].Missing = make([]i18n.Text, MaxMissing+1) })
}

// TestLine: a check is one line that needs no colour, in both languages.
func TestLine(t *testing.T) {
	var got []string
	for _, c := range example().Checks {
		got = append(got, c.Line().En, c.Line().Zh)
	}
	want := []string{
		"✓ Network, clear", "✓ 网络：未见异常", "✗ Lock, found: Deadlock found, 12 times", "✗ 锁：发现异常，检测到死锁，12 次",
		"✓ Program error, clear", "✓ 程序错误：未见异常", "? Permission, unknown: no log of host:erp-app-01", "? 权限：无法判断，没有 host:erp-app-01 的日志",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSummary: one line says it all, what was found first.
func TestSummary(t *testing.T) {
	want := i18n.Text{
		En: "Saving a voucher: found lock; clear network, program error; unknown permission",
		Zh: "凭证保存：发现异常 锁；未见异常 网络、程序错误；无法判断 权限",
	}
	if diff := cmp.Diff(want, example().Summary()); diff != "" {
		t.Error(diff)
	}
}

func FuzzDecode(f *testing.F) {
	data, err := Encode(example())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"type":"checks","id":"a","transaction":"b","checks":[{},{},{},{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(data)
		if err != nil {
			return
		}
		if _, err := Encode(r); err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
	})
}
