package host

import (
	"context"
	"errors"
	"os"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shirou/gopsutil/v4/disk"
	"go.uber.org/goleak"

	"github.com/forewarn/forewarn/services/collector/internal/edgetest"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Nothing that was started may outlive its test.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func watcher(t testing.TB, r *edgetest.Rig) *Watcher {
	t.Helper()
	c := DefaultConfig()
	c.Hostname = "erp-01"
	w, err := New(c, Settings{Edge: r.Edge, Part: r.Part, Metrics: NewMetrics(r.Registry)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// collected runs one round and returns the samples of it by metric name.
func collected(t testing.TB, r *edgetest.Rig, w *Watcher) map[string][]edgetest.Sample {
	t.Helper()
	if err := w.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	published := r.Counters(t)["samples_total"]
	bustest.Until(t, 20*time.Second, "what was published", func() bool { return float64(len(r.Reader.Samples())) == published })
	out := map[string][]edgetest.Sample{}
	for _, s := range r.Reader.Samples() {
		name := s.Labels.Get(telemetry.MetricName)
		out[name] = append(out[name], s)
	}
	return out
}

func TestRoundWatchesThisMachine(t *testing.T) {
	r := edgetest.New(t)
	got := collected(t, r, watcher(t, r))
	for _, name := range []string{
		"node_cpu_seconds_total", "node_load1", "node_load5", "node_load15", "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes",
		"node_memory_MemFree_bytes", "node_memory_Buffers_bytes", "node_memory_Cached_bytes", "node_memory_SwapTotal_bytes",
		"node_memory_SwapFree_bytes", "node_network_receive_bytes_total", "node_netstat_Tcp_RetransSegs", "node_netstat_Tcp_OutSegs", "node_boot_time_seconds", "node_uname_info", "node_time_seconds",
		"process_resident_memory_bytes", "process_start_time_seconds", "node_filesystem_size_bytes", "node_filesystem_avail_bytes",
		"node_filesystem_free_bytes", "node_filesystem_files", "node_filesystem_files_free", "node_filesystem_readonly", "up",
	} {
		if len(got[name]) == 0 {
			t.Errorf("no %s", name)
		}
	}
	want := r.Bus.PartitionOf("host:erp-01")
	for _, s := range r.Reader.Samples() {
		if s.Labels.Get("host") != "erp-01" || s.Labels.Get("instance") != "erp-01" || s.Labels.Get("job") != "forewarn" || s.Partition != want {
			t.Fatalf("%s in partition %d, want host, instance and job, and partition %d", s.Series, s.Partition, want)
		}
	}
	if n := len(got["node_cpu_seconds_total"]); n%8 != 0 {
		t.Errorf("%d CPU series, want 8 modes of each CPU", n)
	}
}

func TestCatalogueReadsWhatWeSend(t *testing.T) {
	r := edgetest.New(t)
	got := collected(t, r, watcher(t, r))
	for _, name := range []string{
		"node_filesystem_avail_bytes", "node_filesystem_files_free", "node_memory_MemAvailable_bytes", "node_filefd_allocated",
		"process_resident_memory_bytes",
	} {
		if s := got[name]; len(s) == 0 || len(r.Catalogue.Bind(s[0].Labels)) == 0 {
			t.Errorf("the catalogue makes nothing of %s (%d samples)", name, len(s))
		}
	}
}

func TestFileSystemsAgreeWithTheKernel(t *testing.T) {
	r := edgetest.New(t)
	got := collected(t, r, watcher(t, r))
	var st syscall.Statfs_t
	for _, s := range got["node_filesystem_size_bytes"] {
		point := s.Labels.Get("mountpoint")
		if err := syscall.Statfs(point, &st); err != nil {
			if now, err := FileSystems(t.Context(), DefaultConfig()); err == nil &&
				!slices.ContainsFunc(now, func(m Mount) bool { return m.Point == point }) {
				continue // unmounted meanwhile, as by another test
			}
			t.Fatalf("statfs %s: %v", point, err)
		}
		if want := float64(st.Blocks) * float64(st.Bsize); s.Value != want {
			t.Errorf("size of %s = %v, want %v", point, s.Value, want)
		}
		if s.Labels.Get("device") == "" || s.Labels.Get("fstype") == "" {
			t.Errorf("%s lacks device or fstype", s.Series)
		}
	}
}

func TestSteadyBoot(t *testing.T) {
	f := func(known, now, want float64) {
		t.Helper()
		if got := steadyBoot(known, now); got != want {
			t.Errorf("steadyBoot(%v, %v) = %v, want %v", known, now, got, want)
		}
	}
	f(0, 1_700_000_000, 1_700_000_000)
	f(1_700_000_000, 1_700_000_001, 1_700_000_000)
	f(1_700_000_000, 1_699_999_998, 1_700_000_000)
	f(1_700_000_000, 1_700_000_003, 1_700_000_003)
}

func TestProcessesShowThisTest(t *testing.T) {
	all, err := processes(t.Context(), 1_000_000, 1_700_000_000, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(all, func(a, b process) int { return int(int64(b.resident) - int64(a.resident)) }) {
		t.Error("not sorted by resident memory")
	}
	i := slices.IndexFunc(all, func(p process) bool { return p.pid == os.Getpid() })
	if i < 0 || all[i].name == "" || all[i].resident < 1<<20 || all[i].startTime <= 1_700_000_000 {
		t.Errorf("this process is not shown as it is: index %d of %d", i, len(all))
	}
	some, err := processes(t.Context(), 2, 0, all)
	if err != nil || len(some) != 2 {
		t.Errorf("%d processes, %v, want 2", len(some), err)
	}
}

func TestNameAndStart(t *testing.T) {
	f := func(stat, name string, ticks uint64) {
		t.Helper()
		if n, s := nameAndStart([]byte(stat)); n != name || s != ticks {
			t.Errorf("nameAndStart(%q) = %q, %d, want %q, %d", stat, n, s, name, ticks)
		}
	}
	rest := ") S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"
	f("7 (java"+rest, "java", 4711)
	f("7 (a) b (c"+rest, "a) b (c", 4711)
	f("7 (java) S 1", "", 0)
	f("", "", 0)
	f(")(", "", 0)
}

func TestParseMounts(t *testing.T) {
	got := parseMounts("/dev/vda / ext4 rw,relatime 0 0\n//nas/x /mnt/my\\040share cifs ro,nosuid 0 0\nbroken\n")
	want := []Mount{{"/dev/vda", "ext4", "/", false}, {"//nas/x", "cifs", "/mnt/my share", true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
}

func TestDefaultExclusions(t *testing.T) {
	m, err := newMounts(DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	f := func(re *regexp.Regexp, value string, want bool) {
		t.Helper()
		if got := re.MatchString(value); got != want {
			t.Errorf("%q excluded = %v, want %v", value, got, want)
		}
	}
	f(m.skipPoint, "/proc", true)
	f(m.skipPoint, "/dev/shm", true)
	f(m.skipPoint, "/var/lib/docker/overlay2/x/merged", true)
	f(m.skipPoint, "/development", false)
	f(m.skipPoint, "/", false)
	f(m.skipType, "cgroup2", true)
	f(m.skipType, "tmpfs", false)
	f(m.skipType, "ext4", false)
	nothing, err := exclusion("")
	if err != nil {
		t.Fatal(err)
	}
	f(nothing, "", false)
	f(nothing, "/", false)
}

// A network mount whose server is gone blocks whoever asks it.
func TestHangingMountBlocksNobody(t *testing.T) {
	r := edgetest.New(t)
	w := watcher(t, r)
	w.mounts.timeout = 50 * time.Millisecond
	release, asked := make(chan struct{}), make(chan struct{}, 100)
	w.mounts.usage = func(ctx context.Context, path string) (*disk.UsageStat, error) {
		if path == "/" {
			asked <- struct{}{}
			<-release
			return nil, errors.New("stale file handle")
		}
		return disk.UsageWithContext(ctx, path)
	}
	got := collected(t, r, w)
	hung := func(point string) (v float64) {
		for _, s := range got["node_filesystem_device_error"] {
			if s.Labels.Get("mountpoint") == point {
				v = s.Value
			}
		}
		return v
	}
	if hung("/") != 1 || len(got["node_load1"]) != 1 {
		t.Errorf("device_error of / = %v, %d loads; want 1, and the rest collected", hung("/"), len(got["node_load1"]))
	}
	got = collected(t, r, w)
	if hung("/") != 1 || len(asked) != 1 {
		t.Errorf("device_error of / = %v, asked %d times; want 1, and no second question while the first hangs", hung("/"), len(asked))
	}
	<-asked
	close(release)
	w.mounts.usage = disk.UsageWithContext
	bustest.Until(t, 20*time.Second, "/ answers again", func() bool { got = collected(t, r, w); return hung("/") == 0 })
}

func TestConfigProblems(t *testing.T) {
	if errs := DefaultConfig().Problems(""); len(errs) != 0 {
		t.Errorf("defaults: %v", errs)
	}
	bad := Config{Processes: -1, MountsExclude: "(", FSTypesExclude: "(", DisksExclude: "("}
	if errs := bad.Problems("host."); len(errs) != 6 {
		t.Errorf("%d problems, want 6: %v", len(errs), errs)
	}
}

func FuzzProcStat(f *testing.F) {
	f.Add([]byte("7 (java) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"), "/dev/vda / ext4 rw 0 0")
	f.Add([]byte(") ("), `a b\040 c ro`)
	f.Fuzz(func(t *testing.T, stat []byte, table string) {
		if name, ticks := nameAndStart(stat); name == "" && ticks != 0 && len(stat) < 4 {
			t.Errorf("%d ticks of nothing", ticks)
		}
		residentPages(stat)
		for _, m := range parseMounts(table) {
			if m.Device == "" || m.Point == "" {
				t.Errorf("mount %+v has no name", m)
			}
		}
	})
}

func BenchmarkRound(b *testing.B) {
	r := edgetest.New(b)
	w := watcher(b, r)
	cpu := func() float64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
	}
	before := cpu()
	b.ReportAllocs()
	for b.Loop() {
		if err := w.round(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu()-before)/float64(b.N), "cpu-ms/round")
}
