package patterns

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/i18n"
)

// write makes a file of data.
func write(t *testing.T, data string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.log")
	if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// rows returns what is said of each line of a file.
func rows(t *testing.T, name string) (out [][]string) {
	t.Helper()
	var b bytes.Buffer
	if err := Run(t.Context(), Options{Input: name, Output: "csv"}, &b, io.Discard); err != nil {
		t.Fatal(err)
	}
	out, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return out[1:]
}

// TestEveryLineHasARow: whatever its end and length.
func TestEveryLineHasARow(t *testing.T) {
	f := func(data string, texts ...string) {
		t.Helper()
		var got []string
		for i, r := range rows(t, write(t, data)) {
			if r[0] != fmt.Sprint(i+1) {
				t.Errorf("%.40q: row %d is of line %s", data, i+1, r[0])
			}
			got = append(got, r[2])
		}
		if diff := cmp.Diff(texts, got); diff != "" {
			t.Errorf("%.40q (-want +got):\n%s", data, diff)
		}
	}
	f("")
	f("\n", "")
	f("a b", "a b")
	f("a b\nc d\n", "a b", "c d")
	f("a 1\r\n\r\nb 2\r\n", "a <*>", "", "b <*>")
	f("\ufeffa \"b, c\"\nx,y\n", `a "<*>"`, "x,y")
	f("\xff\x00\xfe\n", "<*> <*>")
	long := strings.Repeat("word ", 1<<18)
	f(long+"\nshort\n"+long+"7", strings.Repeat("word ", 128)+"<*>", "short", strings.Repeat("word ", 128)+"<*>")
}

// TestSameIDFromTheFirstLineOn: a line that came before its pattern was seen to be one has the ID of the later ones.
func TestSameIDFromTheFirstLineOn(t *testing.T) {
	got := rows(t, write(t, "link to a lost\nlink to b lost\nlink to c lost\nlink to d lost\n"))
	for _, r := range got {
		if r[1] != got[0][1] || r[2] != "link to <*> lost" {
			t.Errorf("line %s is of %s %q", r[0], r[1], r[2])
		}
	}
}

func TestPacked(t *testing.T) {
	data := "job 1 done\njob 2 done\nstop\n"
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows(t, write(t, data)), rows(t, write(t, b.String()))); diff != "" {
		t.Errorf("packed differs (-plain +packed):\n%s", diff)
	}
	f := func(damaged, want string) {
		t.Helper()
		err := Run(t.Context(), Options{Input: write(t, damaged), Output: "csv"}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q", err, want)
		}
	}
	f(b.String()[:b.Len()-6], "x.log: line ")
	f("\x1f\x8bno", "x.log: cannot be unpacked")
}

// TestPipe: what cannot be read twice is copied, and the copy removed, also when it is interrupted.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	in, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("a 1\nb 2"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Run(t.Context(), Options{Input: "-", Stdin: in, Output: "csv"}, &b, io.Discard); err != nil || strings.Count(b.String(), "\n") != 3 {
		t.Errorf("from a pipe: %v\n%s", err, &b)
	}
	in, w, err = os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // nobody reads
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, Options{Input: "-", Stdin: in, Output: "csv"}, io.Discard, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Run(ctx, Options{Input: write(t, strings.Repeat("x\n", 2*checkEvery)), Output: "csv"}, io.Discard, io.Discard)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), fmt.Sprint("interrupted at line ", checkEvery)) {
		t.Errorf("error is %v", err)
	}
}

// TestTrouble: lines without patterns and without UTF-8 are told once, in both languages.
func TestTrouble(t *testing.T) {
	var random strings.Builder
	for i := range 3000 {
		for k := range 6 {
			random.WriteByte(' ')
			for n := i*(k+7)*7919 + 40; n > 0; n /= 20 {
				random.WriteByte(byte('g' + n%20))
			}
		}
		random.WriteByte('\n')
	}
	f := func(data string, lang i18n.Language, want string) {
		t.Helper()
		var notes bytes.Buffer
		if err := Run(t.Context(), Options{Input: write(t, data), Output: "text", Language: lang}, io.Discard, &notes); err != nil {
			t.Fatal(err)
		}
		if strings.Count(notes.String(), want) != 1 || strings.Count(notes.String(), "\n") != 1 {
			t.Errorf("said is %q, want %q once", &notes, want)
		}
	}
	f(random.String(), i18n.English, "up to line 1000 at least every second line made a pattern of its own")
	f(random.String(), i18n.Chinese, "至少半数的行自成一个模式")
	f("\xd3\xc3\xbb\xa7 1\nok\n", i18n.English, "1 of 2 lines are not UTF-8")
	f("\xd3\xc3\xbb\xa7 1\nok\n", i18n.Chinese, "不是 UTF-8 编码")
}

// TestShown: nothing that a terminal would obey reaches it.
func TestShown(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		if got := shown(line); got != want {
			t.Errorf("%q is shown as %q, want %q", line, got, want)
		}
	}
	f("a\tb 用户 \x1b[31mred\x07\xff", "a b 用户 �[31mred��")
	f(strings.Repeat("字", 200), strings.Repeat("字", 200))
	f(strings.Repeat("字", 201), strings.Repeat("字", 200)+"…")
}
