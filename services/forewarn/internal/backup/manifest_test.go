package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
)

// sum is a checksum of the right form.
var sum = strings.Repeat("0f", 32)

func manifest(change func(*Manifest)) []byte {
	m := Manifest{
		Format: Format, Partitions: 4, Streams: []bus.Copied{{Name: "FIND"}, {Name: "MET_03"}},
		Members: []Member{{"bus/FIND", 1, sum}, {"bus/MET_03", 1, sum}, {"spool/edge/boot", 1, sum}},
	}
	change(&m)
	data, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return data
}

func TestDecodeManifest(t *testing.T) {
	f := func(want string, change func(*Manifest)) {
		t.Helper()
		_, err := decodeManifest(manifest(change))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("", func(*Manifest) {})
	f("", func(m *Manifest) { m.Format = "1.7" })
	f("restore it with the release that made it", func(m *Manifest) { m.Format = "2.0" })
	f("restore it with the release that made it", func(m *Manifest) { m.Format = "" })
	f("not from 1 to 64", func(m *Manifest) { m.Partitions = 65 })
	f("not from 1 to 64", func(m *Manifest) { m.Partitions = 0 })
	f("beyond the 3", func(m *Manifest) { m.Partitions = 3 })
	f("not in a folder", func(m *Manifest) { m.Members[2].Name = "../etc/passwd" })
	f("has no member", func(m *Manifest) { m.Members[0].Name = "spool/x" })
	f("is no stream", func(m *Manifest) { m.Streams = m.Streams[:1] })
	f("there twice", func(m *Manifest) { m.Members[2] = m.Members[1] })
	f("there twice", func(m *Manifest) { m.Streams = append(m.Streams, m.Streams[0]) })
	f("size and checksum", func(m *Manifest) { m.Members[0].SHA256 = "x" })
	f("size and checksum", func(m *Manifest) { m.Members[0].Size = -1 })
	if _, err := decodeManifest(manifest(func(m *Manifest) { m.Format = "2.0" })); !errors.Is(err, ErrFormat) {
		t.Errorf("%v, want ErrFormat", err)
	}
}

func TestCheckName(t *testing.T) {
	for _, name := range []string{"bus/FIND", "spool/edge/1", "history/wal/00000001", "configuration/files/etc/a b.yaml"} {
		if err := checkName(name); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{
		"", "bus", "bus/", "/etc/passwd", "../bus/x", "bus/../../x", "bus//x", "bus/./x", "etc/passwd", `bus\..\x`, "bus/C:x", "bus/\x00", "manifest.json/x",
		"bus/" + strings.Repeat("x", maxName),
	} {
		if checkName(name) == nil {
			t.Errorf("%q is taken for a member", name)
		}
	}
}

// member is one of a crafted archive.
type member struct {
	name, content string
	kind          byte
}

func craft(t testing.TB, list ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	packed := gzip.NewWriter(&b)
	w := tar.NewWriter(packed)
	for _, m := range list {
		h := &tar.Header{Name: m.name, Typeflag: m.kind, Mode: 0o600}
		if m.kind == tar.TypeReg {
			h.Size = int64(len(m.content))
		} else {
			h.Linkname = m.content
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if m.kind == tar.TypeReg {
			if _, err := io.WriteString(w, m.content); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestCraftedArchives: an archive that somebody has made up leads nowhere.
func TestCraftedArchives(t *testing.T) {
	good := string(manifest(func(m *Manifest) { m.Streams, m.Members = nil, nil }))
	f := func(want string, list ...member) {
		t.Helper()
		dir := t.TempDir()
		input, to := filepath.Join(dir, "in"), filepath.Join(dir, "a", "to")
		if err := os.WriteFile(input, craft(t, list...), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Restore(t.Context(), RestoreOptions{Input: input, DataDir: to, Bus: bus.DefaultConfig()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
			t.Errorf("left %v behind (%v)", left, err)
		}
	}
	end := member{manifestName, good, tar.TypeReg}
	f("no manifest", member{"spool/x", "", tar.TypeReg})
	f("not in a folder", member{"spool/../../x", "", tar.TypeReg}, end)
	f("not in a folder", member{"/tmp/x", "", tar.TypeReg}, end)
	f("no plain file", member{"spool/x", "/etc", tar.TypeSymlink}, end)
	f("no plain file", member{"spool/x", "/etc/passwd", tar.TypeLink}, end)
	f("1 members, and 0", member{"spool/x", "", tar.TypeReg}, end)
	f("is in the archive twice", member{"spool/x", "", tar.TypeReg}, member{"spool/x", "", tar.TypeReg}, end)
	f("behind the manifest", end, member{"spool/x", "", tar.TypeReg})
	claimed := string(manifest(func(m *Manifest) { m.Streams, m.Members = nil, []Member{{"spool/x", 1, sum}} }))
	f("not what the manifest says", member{"spool/x", "y", tar.TypeReg}, member{manifestName, claimed, tar.TypeReg})
}

// FuzzManifest: whatever a manifest says, it is refused or leads to nothing outside of the data directory.
func FuzzManifest(f *testing.F) {
	f.Add(manifest(func(*Manifest) {}))
	f.Add(manifest(func(m *Manifest) { m.Format = "9" }))
	f.Add(manifest(func(m *Manifest) { m.Members[0].Name = "bus/../../x" }))
	f.Add([]byte(`{"format":"1.0","partitions":1e9}`))
	f.Add([]byte(`{"format":"1.0","partitions":1,"streams":[{"name":"MET_-1"}],"members":[{"name":"bus/MET_-1"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeManifest(data)
		if err != nil {
			return
		}
		if m.Partitions < 1 || m.Partitions > bus.MaxPartitions {
			t.Errorf("%d partitions", m.Partitions)
		}
		for _, member := range m.Members {
			if !filepath.IsLocal(filepath.FromSlash(member.Name)) {
				t.Errorf("member %q is outside", member.Name)
			}
		}
		for _, s := range m.Streams {
			if !filepath.IsLocal(s.Name) {
				t.Errorf("stream %q is outside", s.Name)
			}
		}
	})
}

// FuzzArchive: no input makes the reader fail otherwise than by an error, and what it takes is what its manifest says.
func FuzzArchive(f *testing.F) {
	var b bytes.Buffer
	w, err := newWriter(&b, time.Unix(1e9, 0))
	if err != nil {
		f.Fatal(err)
	}
	if err := w.add("spool/x", 3, strings.NewReader("abc")); err != nil {
		f.Fatal(err)
	}
	if err := w.finish(&Manifest{Partitions: 1}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add(craft(f, member{"../x", "y", tar.TypeReg}))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := verify(bytes.NewReader(data))
		if err != nil {
			return
		}
		n := 0
		if _, err := members(bytes.NewReader(data), func(string, int64, io.Reader) error { n++; return nil }); err != nil || n != len(m.Members) {
			t.Errorf("%d members, %d by the manifest: %v", n, len(m.Members), err)
		}
	})
}
