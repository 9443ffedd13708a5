package exam

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/logs"
)

var update = flag.Bool("update", false, "write the golden files")

// story is a night in which vouchers cannot be saved, and the verdicts of the checks: network, lock, program error, permission.
type story struct {
	name    string
	without []string // lines of the world that nobody sends
	trouble map[string]float64
	minutes int
	journal Journal
	said    []*finding.Finding
	want    string
}

// quiet are logs of both hosts in which nothing is odd.
func quiet(app1 ...logs.Pattern) []Log {
	return []Log{
		read(app, append(app1, pattern("2026-03-12 03:00:00 INFO voucher saved", logs.Info, 900, 1000))...),
		read(db, pattern("2026-03-12 03:00:00 [Note] Aborted connection", logs.Info, 3, 3)),
	}
}

func stories() []story {
	const deadlock = "Caused by: com.mysql.jdbc.exceptions.jdbc4.MySQLTransactionRollbackException: Lock wait timeout exceeded; try restarting transaction"
	return []story{
		{name: "well", journal: Journal{Logs: quiet()}, want: "clear clear clear clear"},
		{
			name: "network", minutes: 15, trouble: map[string]float64{"again erp-app-01": 900, "connect erp-app-01": 40, "connect": 1.2},
			journal: Journal{Logs: quiet(pattern("ERROR save failed: java.net.SocketTimeoutException: connect timed out", logs.Error, 120, 1)), Messages: []logs.Message{
				written(app, "network.timeout", "ERROR save failed: java.net.SocketTimeoutException: connect timed out", 120, 14*time.Minute),
			}},
			want: "found clear clear clear",
		},
		{
			name: "lock", minutes: 20, trouble: map[string]float64{"waiters": 14, "lock-time": 14 * 60_000},
			journal: Journal{Logs: quiet(pattern("ERROR voucher not saved: Lock wait timeout exceeded; try restarting transaction", logs.Error, 60, 0)), Messages: []logs.Message{
				written(app, "mysql.lock-wait", deadlock+" password=Tr0ub4dor", 57, 18*time.Minute),
			}},
			said: told(app, "mysql.lock-wait", 50*time.Hour, time.Hour, 2),
			want: "clear found clear clear",
		},
		{
			name: "program", minutes: 25, trouble: map[string]float64{"errors": 60, "logged": 70, "started": float64(night.Add(-26 * time.Minute).Unix())},
			journal: Journal{Logs: quiet(pattern("ERROR nc.bs.gl.voucher - java.lang.NullPointerException at nc.bs.gl.Voucher.save", logs.Error, 400, 0))},
			want:    "clear clear found clear",
		},
		{
			name: "permission", minutes: 15, trouble: map[string]float64{"refusals": 200},
			journal: Journal{Logs: quiet(pattern("WARN 用户 li.na 没有权限执行凭证保存", logs.Warn, 80, 0)), Messages: []logs.Message{
				written(app, "oracle.ora-01031", "ORA-01031: insufficient privileges", 80, 13*time.Minute),
			}},
			want: "clear clear clear found",
		},
		{
			name: "missing", without: []string{"waiters", "lock-time", "deadlocks", "again erp-db-01", "sent erp-db-01", "connect erp-db-01", "probe", "connect", "name"},
			journal: Journal{Logs: quiet()[1:]},
			want:    "unknown unknown unknown unknown",
		},
		{name: "as every day", journal: Journal{Logs: quiet(), Messages: []logs.Message{
			written(app, "mysql.lock-wait", deadlock, 3, 10*time.Minute), written(app, "network.broken", "java.net.SocketException: Connection reset", 2, 10*time.Minute),
		}}, said: append(told(app, "mysql.lock-wait", 50*time.Hour, time.Hour, 2), told(app, "mysql.lock-wait", 20*time.Hour, time.Hour, 4)...), want: "clear clear clear clear"},
		{name: "workers away", journal: Journal{Silent: 2}, want: "unknown clear unknown unknown"},
	}
}

// TestStories: each of the four causes is found, and nothing else; what is as always is clear; what cannot be seen is unknown. What people
// read is in the golden files.
func TestStories(t *testing.T) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			lines := healthy()
			for _, name := range s.without {
				delete(lines, name)
			}
			e := examiner(t, world(t, 4, lines, s.trouble, s.minutes), s.journal, s.said...)
			got := e.Examine(t.Context(), voucher(t), night)
			if v := verdicts(got); v != s.want {
				t.Errorf("verdicts %s, want %s", v, s.want)
			}
			report := checks.Report{ID: "x", Transaction: "voucher-entry", At: night, From: night.Add(-time.Hour), Checks: got}
			if _, err := checks.Encode(&report); err != nil {
				t.Error(err)
			}
			golden(t, strings.ReplaceAll(s.name, " ", "-"), readable(got))
		})
	}
}

func verdicts(all []checks.Check) string {
	var out []string
	for _, c := range all {
		out = append(out, string(c.Verdict))
	}
	return strings.Join(out, " ")
}

// readable is all that people can read of checks.
func readable(all []checks.Check) string {
	var b strings.Builder
	for _, c := range all {
		line := c.Line()
		fmt.Fprintf(&b, "%s\n%s\n", line.En, line.Zh)
		for _, l := range c.Looked {
			fmt.Fprintf(&b, "    %s %s\n      %s\n", l.Verdict.Mark(), l.Text.En, l.Text.Zh)
			if l.Line != "" {
				fmt.Fprintf(&b, "      | %s\n", l.Line)
			}
		}
		for _, m := range c.Missing {
			fmt.Fprintf(&b, "    - %s\n      %s\n", m.En, m.Zh)
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNoHistory: without a history metrics are unknown, and messages are still found.
func TestNoHistory(t *testing.T) {
	j := Journal{Logs: quiet(), Messages: []logs.Message{written(db, "mysql.lock-wait", "Lock wait timeout exceeded", 1, time.Minute)}}
	got := examiner(t, nil, j).Examine(t.Context(), voucher(t), night)
	if v := verdicts(got); v != "unknown found clear clear" {
		t.Errorf("verdicts %s", v)
	}
	if !strings.Contains(got[0].Says.En, "no history of TCP statistics") {
		t.Errorf("network says %q", got[0].Says.En)
	}
}

// TestHealthySystemIsClear: at a hundred times of three well days, at all hours, at most one of the examinations finds anything.
func TestHealthySystemIsClear(t *testing.T) {
	e := examiner(t, world(t, 10, healthy(), nil, 0), Journal{Logs: quiet()})
	tx := voucher(t)
	found, trials := 0, 0
	for at := night.AddDate(0, 0, -3); at.Before(night); at = at.Add(43 * time.Minute) {
		trials++
		for _, c := range e.Examine(t.Context(), tx, at) {
			if c.Verdict == checks.Found {
				found++
				t.Logf("%v: %s", at, c.Line().En)
			}
		}
	}
	t.Logf("%d of %d examinations, four checks each", found, trials)
	if found*100 > trials {
		t.Errorf("found %d times in %d examinations of a healthy system, more than 1 %%", found, trials)
	}
}

// TestSilentAndBrief: what has stopped sending is told from what never sent, and from what has just begun to.
func TestSilentAndBrief(t *testing.T) {
	e := examiner(t, world(t, 4, healthy(), nil, 0), Journal{Logs: quiet()})
	says := func(at time.Time) string { return e.Examine(t.Context(), voucher(t), at)[1].Line().En }
	for at, want := range map[time.Time]string{
		night.Add(40 * time.Minute):                  "? Lock, unknown: no lock metrics of erp-db-01 for 40 min",
		night.AddDate(0, 0, -4).Add(5 * time.Minute): "? Lock, unknown: too little history of lock metrics of erp-db-01",
		night.AddDate(0, 0, -5):                      "? Lock, unknown: no lock metrics of erp-db-01",
	} {
		if got := says(at); got != want {
			t.Errorf("at %v: %s; want %s", at, got, want)
		}
	}
}
