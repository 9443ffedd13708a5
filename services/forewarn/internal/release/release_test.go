package release

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const root = "../../../.."

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestPackIsReproducible: the same files give the same bytes, in whatever order they were found, whoever has them, and from when they are.
func TestPackIsReproducible(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	var packed [2][]byte
	for i := range packed {
		dir := t.TempDir()
		entries := []entry{{name: "install.sh", from: filepath.Join(dir, "a")}, {name: "bin/x", from: filepath.Join(dir, "b")}, {name: "docs/y.md", from: filepath.Join(dir, "c")}}
		for k, e := range entries {
			write(t, e.from, e.name)
			if err := os.Chtimes(e.from, at, at.Add(time.Duration(i+k)*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if i == 1 {
			slices.Reverse(entries)
		}
		file := filepath.Join(dir, "out.tar.gz")
		if err := pack(file, "forewarn-1", entries, at); err != nil {
			t.Fatal(err)
		}
		var err error
		if packed[i], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("two archives of the same files differ")
	}
	z, err := gzip.NewReader(bytes.NewReader(packed[0]))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Uname != "" || !h.ModTime.Equal(at) {
			t.Errorf("%s tells of its builder: user %d %q, time %v", h.Name, h.Uid, h.Uname, h.ModTime)
		}
		got = append(got, h.FileInfo().Mode().String()+" "+h.Name)
	}
	want := []string{"-rw-r--r-- forewarn-1/SHA256SUMS", "-rwxr-xr-x forewarn-1/bin/x", "-rw-r--r-- forewarn-1/docs/y.md", "-rwxr-xr-x forewarn-1/install.sh"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

func TestUnits(t *testing.T) {
	dir := t.TempDir()
	if list, err := collectUnits(dir); err != nil || list != nil {
		t.Errorf("without the folder: %v, %v", list, err)
	}
	write(t, filepath.Join(dir, units, "README.md"), "")
	if _, err := collectUnits(dir); err == nil || !strings.Contains(err.Error(), "has no unit") {
		t.Errorf("with an empty folder: %v", err)
	}
	write(t, filepath.Join(dir, units, "forewarn.service"), "")
	if list, err := collectUnits(dir); err != nil || len(list) != 2 || list[1].name != "systemd/forewarn.service" {
		t.Errorf("with a unit: %v, %v", list, err)
	}
}

// TestWhatIsBundledIsThere: no file that a bundle has by name was moved.
func TestWhatIsBundledIsThere(t *testing.T) {
	for from, name := range bundled() {
		if list, err := collect(filepath.Join(root, from), name); err != nil || len(list) == 0 {
			t.Errorf("%s: %d files, %v", from, len(list), err)
		}
	}
	all, err := programs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"forewarn", "collector", "trend", "anomaly", "historian", "notifier"} {
		if all[name] == "" {
			t.Errorf("program %s is not built: %v", name, all)
		}
	}
	if all["chaos"] != "" || all["release"] != "" {
		t.Errorf("tools are released: %v", all)
	}
}

// TestBill: the list of what a program is made of is what its build information says, complete in itself and reproducible.
func TestBill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	from := source{version: "1.2.3", commit: "0123", time: time.Unix(1_800_000_000, 0).UTC()}
	var text [2][]byte
	for i := range text {
		file := filepath.Join(t.TempDir(), "bill.json")
		if err := writeBill(file, from, []Binary{{"test", Platform{"linux", "amd64"}, self}}); err != nil {
			t.Fatal(err)
		}
		if text[i], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(text[0], text[1]) {
		t.Error("two bills of the same program differ")
	}
	var b bill
	if err := json.Unmarshal(text[0], &b); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{b.Metadata.Component.Ref: true}
	for _, c := range b.Components {
		known[c.Ref] = true
	}
	for _, d := range b.Dependencies {
		for _, ref := range append(d.On, d.Ref) {
			if !known[ref] {
				t.Errorf("%s is no component", ref)
			}
		}
	}
	if !slices.ContainsFunc(b.Components, func(c component) bool { return c.PURL == "pkg:golang/std@"+strings.TrimPrefix(runtime.Version(), "go") }) {
		t.Errorf("Go's own library is missing:\n%s", text[0])
	}
	if !strings.HasPrefix(b.Serial, "urn:uuid:") || len(b.Serial) != len("urn:uuid:")+36 {
		t.Errorf("serial number %s", b.Serial)
	}
}

// TestForeign: our own modules are the product; those of others count as what they were replaced by.
func TestForeign(t *testing.T) {
	var got []string
	for _, m := range foreign(&debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{
		{Path: "a.example/x", Version: "v1.0.0+incompatible", Sum: "h1:abc="},
		{Path: "b.example/y", Version: "v1.0.0", Replace: &debug.Module{Path: "c.example/y", Version: "v2.0.0"}},
		{Path: ours + "/shared", Version: "(devel)"},
		{Path: ours + "/models", Version: "v0.0.0", Replace: &debug.Module{Path: "../../models"}},
	}}) {
		got = append(got, moduleComponent(m).PURL)
	}
	want := []string{"pkg:golang/a.example/x@v1.0.0%2Bincompatible", "pkg:golang/c.example/y@v2.0.0", "pkg:golang/std@1.26.8"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("modules (-want +got):\n%s", diff)
	}
}

func TestPrepareSparesWhatIsNotARelease(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "mine"), "")
	if err := prepare(dir); err == nil || !strings.Contains(err.Error(), "holds no release") {
		t.Errorf("over something else: %v", err)
	}
	dist := filepath.Join(dir, "dist")
	for range 2 {
		if err := prepare(dist); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dist, "old"), "")
	}
	if err := prepare(dist); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dist); err != nil || len(left) != 1 {
		t.Errorf("left %v (%v)", left, err)
	}
}

func TestParsePlatform(t *testing.T) {
	for _, p := range Platforms() {
		if got, err := ParsePlatform(p.String()); err != nil || got != p {
			t.Errorf("%s: %v, %v", p, got, err)
		}
	}
	for _, s := range []string{"", "linux", "-amd64", "linux-"} {
		if _, err := ParsePlatform(s); err == nil {
			t.Errorf("%q is taken for a platform", s)
		}
	}
}
