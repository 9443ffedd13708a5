package silence_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/selector"
	"github.com/forewarn/forewarn/shared/silence"
)

func restart(t testing.TB) silence.Silence {
	t.Helper()
	sel, err := selector.Parse(`name="erp-*", severity="warning"`)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 31, 14, 0, 0, 0, time.UTC)
	return silence.Silence{
		Schema: 1, ID: "01KFYV8M40AAAAAAAAAAAAAAAA", Author: "ana", Comment: "restart", Match: sel, Starts: at, Ends: at.Add(time.Hour), Created: at, Held: 3,
	}
}

func TestCodec(t *testing.T) {
	want := restart(t)
	data, err := silence.Encode(&want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := silence.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s *silence.Silence) string {
		c := *s
		c.Match = nil
		return s.Match.String() + cmp.Diff(silence.Silence{}, c)
	}
	if text(got) != text(&want) {
		t.Errorf("%s comes back as %s", text(&want), text(got))
	}
	if !strings.Contains(string(data), `"match":"name=\"erp-*\", severity=\"warning\""`) {
		t.Errorf("%s", data)
	}
}

func TestState(t *testing.T) {
	s := restart(t)
	for after, want := range map[time.Duration]silence.State{
		-time.Second: silence.Pending, 0: silence.Active, time.Hour - 1: silence.Active, time.Hour: silence.Expired,
	} {
		if got := s.State(s.Starts.Add(after)); got != want {
			t.Errorf("%v after its start it is %s, want %s", after, got, want)
		}
	}
}

func TestProblems(t *testing.T) {
	s := silence.Silence{Author: " ", Comment: strings.Repeat("x", 1001), Starts: time.Unix(1, 0), Ends: time.Unix(1, 0)}
	err := s.Problems()
	for _, want := range []string{"author: ", "comment: ", "match: ", "ends: "} {
		if err == nil || !strings.Contains("\n"+err.Error(), "\n"+want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	long := restart(t)
	long.Ends = long.Starts.Add(silence.Longest + 1)
	if err := long.Problems(); err == nil || !strings.Contains(err.Error(), "more than 90 days") {
		t.Error(err)
	}
}

func TestCommands(t *testing.T) {
	f := func(data, want string) {
		t.Helper()
		_, err := silence.DecodeCommand([]byte(data))
		if err == nil && want != "" || err != nil && (want == "" || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", data, err, want)
		}
	}
	f(`{"schema":1,"do":"list"}`, "")
	f(`{"schema":1,"do":"create","silence":{"match":"name=\"x\""}}`, "")
	f(`{"schema":1,"do":"create","silence":{"match":"name"}}`, "no operator")
	f(`{"schema":1,"do":"create"}`, "silence: is missing")
	f(`{"schema":1,"do":"expire","id":"x"}`, "id: ")
	f(`{"schema":1,"do":"drop"}`, "do: ")
	f(`{"schema":2,"do":"list"}`, "schema 2")
	f(`[`, "decode command")
}

func FuzzDecode(f *testing.F) {
	s := restart(f)
	data, err := silence.Encode(&s)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"id":"01KFYV8M40AAAAAAAAAAAAAAAA","match":"a=b","author":"x","comment":"y","starts":"2026-01-01T00:00:00Z","ends":"2025-01-01T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := silence.Decode(data)
		if err != nil {
			return
		}
		again, err := silence.Encode(s)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if back, err := silence.Decode(again); err != nil || back.Match.String() != s.Match.String() || !back.Ends.Equal(s.Ends) {
			t.Fatalf("%s comes back as %s, %v", data, again, err)
		}
	})
}

func FuzzDecodeCommand(f *testing.F) {
	f.Add([]byte(`{"schema":1,"do":"create","silence":{"match":"name=\"x\""}}`))
	f.Add([]byte(`{"schema":1,"do":"expire","id":"01KFYV8M40AAAAAAAAAAAAAAAA","by":"ana"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := silence.DecodeCommand(data)
		if err == nil && c.Do == silence.Create && c.Silence == nil {
			t.Fatalf("%s: creates nothing", data)
		}
	})
}
