package life

import (
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

var erp = entity.Outermost(entity.Host, "", "erp-01")

// part is an entity within erp-01 that a label makes.
func part(t entity.Type, label, name string) entity.Entity {
	e := entity.Within(erp, t, name)
	e.Labels = map[string]string{"host": "erp-01", label: name}
	return e
}

// predict makes a prediction about an entity: a share of the limit in use, and the limit reached after left (0: not known).
func predict(minute int, s finding.Severity, k finding.Kind, e entity.Entity, unit string, share float64, left time.Duration) *finding.Finding {
	f := say(minute, op, s, "p-"+e.ID, left)
	f.Kind, f.Signal, f.Entity, f.Unit, f.Used, f.Limit = k, "rule/"+e.ID, e, unit, share*100, 100
	return f
}

// write makes the finding of a message of a log on erp-01.
func write(minute int, a finding.Action, s finding.Severity, r finding.Resource, signature, line string) *finding.Finding {
	f := say(minute, a, s, "m-"+signature, 0)
	f.ID, f.Probability = "anomaly:00:"+f.ID[len("trend:00:"):], 0
	f.Kind, f.Resource, f.Signal, f.Entity, f.Unit, f.Used = finding.Log, r, "log-"+signature+"/"+erp.ID, erp, "entries", 1
	f.Title = i18n.Text{En: signature, Zh: signature}
	f.Message = i18n.Text{En: "nc has written: " + line, Zh: "nc 记录了：" + line}
	f.Evidence = []finding.Evidence{{Name: "sample", Value: 1, Text: i18n.Text{En: "last: " + line, Zh: "最近一次：" + line}}}
	if a == finding.Resolved {
		f.Message = i18n.Text{En: "nc has not written this for 30 min", Zh: "nc 已 30 分钟未再记录该信息"}
	}
	return f
}

// opened is the incident that f opens.
func opened(t *testing.T, f *finding.Finding) *incident.Incident {
	t.Helper()
	s := usual.Apply(nil, f, Scene{})
	if s == nil {
		t.Fatalf("%s opens nothing", f.ID)
	}
	return s.Incident
}

// TestWhatAMessageConfirms: which predictions one message joins, and which messages a prediction joins: the same ones.
func TestWhatAMessageConfirms(t *testing.T) {
	volume := func(name string) entity.Entity { return part(entity.Volume, "mountpoint", name) }
	const day = 24 * time.Hour
	full := func(k finding.Kind, e entity.Entity, unit string) *finding.Finding {
		return predict(0, warn, k, e, unit, 0.97, day/4)
	}
	elsewhere := full(finding.Exhaustion, volume("/u01"), "bytes")
	elsewhere.Entity.Root = "host:erp-02"
	early := predict(0, warn, finding.Exhaustion, volume("/oradata/LEDGER_DATA"), "bytes", 0.7, 5*day)
	table := part(entity.Database, "tablespace", "LEDGER_DATA")
	table.Labels["database"] = "ERP"
	nearly := predict(0, warn, finding.Exhaustion, volume("/u01"), "bytes", 0.96, 0)
	for _, c := range []struct {
		name       string
		prediction *finding.Finding
		resource   finding.Resource
		line       string
		want       bool
	}{
		{"a volume, no path named", full(finding.Exhaustion, volume("/u01"), "bytes"), finding.Storage, "No space left on device", true},
		{"inodes", full(finding.Exhaustion, volume("/u01"), "inodes"), finding.Storage, "No space left on device", true},
		{"archived logs", full(finding.Exhaustion, volume("/arch"), "bytes"), finding.Archive, "ORA-00257: archiver error", true},
		{"nearly full without a date", nearly, finding.Storage, "No space left on device", true},
		{"a volume that has days left", early, finding.Storage, "No space left on device", false},
		{"a path on it", early, finding.Storage, "/oradata/LEDGER_DATA/gl01.dbf: No space left on device", true},
		{"a path beside it", early, finding.Storage, "/oradata/LEDGER_DATA2/gl01.dbf: No space left on device", false},
		{"a path that only ends like it", early, finding.Storage, "/mnt/oradata/LEDGER_DATA: No space left on device", false},
		{"a tablespace called like it", early, finding.Tablespace, "ORA-01653: unable to extend table GL.X by 8 in tablespace LEDGER_DATA", true},
		{"in Chinese", early, finding.Tablespace, "ORA-01653: 表 GL.X 无法通过 8 (在表空间 LEDGER_DATA 中) 扩展", true},
		{"in Chinese without spaces", early, finding.Tablespace, "表空间ledger_data中空间不足", true},
		{"another tablespace", early, finding.Tablespace, "ORA-01653: unable to extend table GL.LEDGER_DATA by 8 in tablespace USERS", false},
		{"a tablespace that is measured", predict(0, warn, finding.Exhaustion, table, "bytes", 0.7, 5*day), finding.Tablespace, "ORA-01653: unable to extend table GL.X by 8 in tablespace LEDGER_DATA", true},
		{"another one of its database", predict(0, warn, finding.Exhaustion, table, "bytes", 0.7, 5*day), finding.Tablespace, "ERP: unable to extend table GL.X by 8 in tablespace USERS", false},
		{"its host's name only", early, finding.Storage, "erp-01 kernel: No space left on device", false},
		{"heap of a leak", full(finding.Leak, part(entity.Pool, "pool", "G1 Old Gen"), "bytes"), finding.Heap, "java.lang.OutOfMemoryError: Java heap space", true},
		{"memory of a host", full(finding.Exhaustion, erp, "bytes"), finding.Memory, "Out of memory: Killed process 1 (java)", true},
		{"memory that has days left", predict(0, warn, finding.Leak, part(entity.Process, "process", "java"), "bytes", 0.5, 5*day), finding.Heap, "java.lang.OutOfMemoryError", true},
		{"connections of a database", full(finding.Exhaustion, part(entity.Database, "database", "ERP"), "connections"), finding.Connections, "ORA-00020", true},
		{"connections of a pool", full(finding.Exhaustion, part(entity.Pool, "pool", "nc"), "connections"), finding.Pool, "pool exhausted", true},
		{"connections that the kernel tracks", full(finding.Exhaustion, erp, "connections"), finding.Connections, "Too many connections", false},
		{"open files", full(finding.Exhaustion, part(entity.Process, "process", "nc"), "files"), finding.FileDescriptors, "Too many open files", true},
		{"threads", full(finding.Leak, part(entity.Process, "process", "nc"), "threads"), finding.Threads, "unable to create native thread", true},
		{"a certificate", full(finding.Expiry, part(entity.Certificate, "filepath", "/etc/a.pem"), "days"), finding.Certificate, "certificate has expired", true},
		{"a password that expires", full(finding.Expiry, erp, "days"), finding.Certificate, "certificate has expired", false},
		{"another resource", full(finding.Exhaustion, volume("/u01"), "bytes"), finding.Heap, "java.lang.OutOfMemoryError", false},
		{"bytes of a database", full(finding.Exhaustion, part(entity.Database, "database", "ERP"), "bytes"), finding.Memory, "out of memory", false},
		{"a resource that does not run out", full(finding.Exhaustion, erp, "bytes"), "hardware", "Machine check", false},
		{"a resource that is not told", full(finding.Exhaustion, volume("/u01"), "bytes"), "", "No space left on device", false},
		{"another host", elsewhere, finding.Storage, "No space left on device", false},
		{"another kind of finding", full(finding.Anomaly, volume("/u01"), "bytes"), finding.Storage, "No space left on device", false},
	} {
		m := write(1, op, crit, c.resource, "s", c.line)
		if got := usual.Nearest([]*incident.Incident{opened(t, c.prediction)}, m, nil) != nil; got != c.want {
			t.Errorf("%s: the message joins: %v, want %v", c.name, got, c.want)
		}
		if got := usual.Nearest([]*incident.Incident{opened(t, m)}, c.prediction, nil) != nil; got != c.want {
			t.Errorf("%s: the prediction joins: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestNearest: of several open incidents a message joins the one that it names, then the one that is nearest to its limit.
func TestNearest(t *testing.T) {
	volume := func(name string, share float64, left time.Duration) *finding.Finding {
		return predict(0, warn, finding.Exhaustion, part(entity.Volume, "mountpoint", name), "bytes", share, left)
	}
	exports, oradata := volume("/data/exports", 0.92, 72*time.Hour), volume("/oradata", 0.91, 72*time.Hour)
	ledger, log := volume("/oradata/LEDGER_DATA", 0.6, 99*time.Hour), volume("/var/log", 0.8, 2*time.Hour)
	reached := volume("/u01", 1, 0)
	before := write(5, op, crit, finding.Storage, "os.enospc", "No space left on device")
	tables := write(0, op, crit, finding.Tablespace, "oracle.ora-01654", "in tablespace USERS")
	for _, c := range []struct {
		name string
		open []*finding.Finding
		f    *finding.Finding
		want *finding.Finding
	}{
		{"the deepest that is named", []*finding.Finding{log, oradata, ledger}, write(9, op, crit, finding.Storage, "a", "/oradata/LEDGER_DATA/x: full"), ledger},
		{"the one that is named", []*finding.Finding{log, oradata, exports}, write(9, op, crit, finding.Storage, "a", "/oradata/x: full"), oradata},
		{"the soonest", []*finding.Finding{exports, log, oradata}, write(9, op, crit, finding.Storage, "a", "full"), log},
		{"the one at its limit", []*finding.Finding{exports, log, reached}, write(9, op, crit, finding.Storage, "a", "full"), reached},
		{"the fullest of the same day", []*finding.Finding{oradata, exports}, write(9, op, crit, finding.Storage, "a", "full"), exports},
		{"a prediction before a message", []*finding.Finding{before, log}, write(9, op, crit, finding.Storage, "a", "full"), log},
		{"a message about the same resource", []*finding.Finding{before, tables}, write(9, op, crit, finding.Tablespace, "oracle.ora-01653", "in tablespace GL"), tables},
		{"no message about another resource", []*finding.Finding{tables}, before, nil},
		{"the newest message for the prediction", []*finding.Finding{tables, before, exports}, log, before},
		{"no prediction of another volume", []*finding.Finding{exports, oradata}, log, nil},
		{"nothing", nil, log, nil},
	} {
		var open []*incident.Incident
		for _, f := range c.open {
			open = append(open, opened(t, f))
		}
		got, want := "", ""
		if i := usual.Nearest(open, c.f, nil); i != nil {
			got = i.Signal
		}
		if c.want != nil {
			want = c.want.Signal
		}
		if got != want {
			t.Errorf("%s: joined %q, want %q", c.name, got, want)
		}
	}
}

// TestSeeks: what is too slight, an end, or of no known resource or place looks for no incident to join.
func TestSeeks(t *testing.T) {
	f := func(want bool, change func(*finding.Finding)) {
		t.Helper()
		m := write(0, op, warn, finding.Storage, "s", "full")
		change(m)
		if got := usual.Seeks(m); got != want {
			t.Errorf("Seeks = %v for %+v", got, m)
		}
	}
	f(true, func(*finding.Finding) {})
	f(true, func(m *finding.Finding) { m.Action = up })
	f(false, func(m *finding.Finding) { m.Action = end })
	f(false, func(m *finding.Finding) { m.Severity = info })
	f(false, func(m *finding.Finding) { m.Entity.Root = "" })
	f(false, func(m *finding.Finding) { m.Resource = "network" })
}

// FuzzNames: no line and no name make it fail, and what it finds stands in the line.
func FuzzNames(f *testing.F) {
	f.Add("ORA-01653: unable to extend in tablespace LEDGER_DATA", "/oradata/LEDGER_DATA")
	f.Add("表空间“GL”", "C:")
	f.Add(`d:\data\x`, "D:")
	f.Add("\xca", "\x99")
	f.Fuzz(func(t *testing.T, line, name string) {
		n := names(line, entity.Entity{Root: "host:a", Labels: map[string]string{"x": name}})
		if n < 0 || n > len(strings.ToLower(line)) {
			t.Errorf("names(%q, %q) = %d", line, name, n)
		}
	})
}
