package translation_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/forewarn/internal/translation"
)

// TestNothingIsMissing: whatever Forewarn says, it says in every language.
func TestNothingIsMissing(t *testing.T) {
	c, err := translation.Find(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.Missing {
		t.Errorf("%s: a text is in one language only; write the other beside it", p)
	}
	if len(c.Sentences) < 500 {
		t.Errorf("%d sentences are found, where there are many hundreds; tell the finder how they are written now", len(c.Sentences))
	}
}

const source = `package p

var one = i18n.Text{En: "disk full", Zh: "磁盘已满"}

func f() {
	say(fmt.Sprintf("%d of "+"them", n), fmt.Sprintf("%d 个"+"实例", n))
	say("disk full", "磁盘已满")
	all := []row{{h, "4 h", "4 小时"}}
	lonely := i18n.Text{En: "nothing else"}
	number := i18n.Text{En: "50 %"}
	given := i18n.Text{En: name, Zh: name}
}
`

const page = `<h1>{{$p.Say "Incidents" "事件"}}</h1>
<p>{{$p.Sayf "came back %d times" "复发 %d 次" .N}} {{$p.Say "Empty" ""}}</p>`

// tree writes a tree of sources.
func tree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{
		"p/p.go": source, "p/p_test.go": strings.ReplaceAll(source, "disk full", "a test"), "web/templates/page.html": page, "testdata/x.go": "no go",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func find(t *testing.T, root string) *translation.Catalogue {
	t.Helper()
	c, err := translation.Find(root)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFind(t *testing.T) {
	c := find(t, tree(t))
	var got []string
	for _, s := range c.Sentences {
		line := s.En + "=" + s.Zh
		for _, p := range s.Places {
			line += " " + p.String()
		}
		got = append(got, line)
	}
	want := []string{
		"%d of =%d 个 p/p.go:6", "4 h=4 小时 p/p.go:8", "Incidents=事件 web/templates/page.html:1",
		"came back %d times=复发 %d 次 web/templates/page.html:2", "disk full=磁盘已满 p/p.go:3 p/p.go:7", "them=实例 p/p.go:6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sentences (-want +got):\n%s", diff)
	}
	var missing []string
	for _, p := range c.Missing {
		missing = append(missing, p.String())
	}
	if diff := cmp.Diff([]string{"p/p.go:9", "web/templates/page.html:2"}, missing); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

// TestApply: what was corrected stands wherever the sentence stood, and everything else is as it was.
func TestApply(t *testing.T) {
	root := tree(t)
	c := find(t, root)
	var table bytes.Buffer
	if err := c.Write(&table); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Apply(bytes.NewReader(table.Bytes())); n != 0 || err != nil {
		t.Errorf("a table without a change changes %d places (%v)", n, err)
	}
	corrected := strings.NewReplacer("磁盘已满", "磁盘空间\"\"已用尽\"\"", "复发 %d 次", "已复发 %d 次").Replace(table.String())
	corrected = strings.Replace(corrected, "disk full,磁盘空间\"\"已用尽\"\"", "disk full,\"磁盘空间\"\"已用尽\"\"\"", 1)
	if n, err := c.Apply(strings.NewReader(corrected)); n != 3 || err != nil {
		t.Fatalf("%d places are changed (%v), want 3", n, err)
	}
	for name, want := range map[string]string{
		"p/p.go":                  strings.ReplaceAll(source, `"磁盘已满"`, `"磁盘空间\"已用尽\""`),
		"web/templates/page.html": strings.Replace(page, "复发", "已复发", 1),
	} {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestRefused: a table that cannot be used as a whole changes nothing, and all that is wrong with it is told.
func TestRefused(t *testing.T) {
	root := tree(t)
	c := find(t, root)
	var table bytes.Buffer
	if err := c.Write(&table); err != nil {
		t.Fatal(err)
	}
	f := func(text string, want ...string) {
		t.Helper()
		_, err := c.Apply(strings.NewReader(text))
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%v, want %q", err, w)
			}
		}
		if got, err := os.ReadFile(filepath.Join(root, "p", "p.go")); err != nil || string(got) != source {
			t.Errorf("the source is changed (%v):\n%s", err, got)
		}
	}
	f("", "columns id,en,zh-CN,where")
	f("a,b\n", "no CSV of 4 columns")
	wrong := strings.NewReplacer("复发 %d 次", "复发多次", "磁盘已满", " ", "4 小时", "四小时").Replace(table.String())
	f(wrong+"zzz,a,b,c\n", "keep them all", "write its translation", `no sentence has id "zzz"`)
}

func FuzzApply(f *testing.F) {
	f.Add("id,en,zh-CN,where\n2e8,a,b,c\n")
	f.Add("\ufeffid,en,zh-CN,where\n")
	f.Add("\"")
	f.Fuzz(func(t *testing.T, table string) {
		if n, err := (&translation.Catalogue{}).Apply(strings.NewReader(table)); n != 0 {
			t.Errorf("%d places of nothing are changed (%v)", n, err)
		}
	})
}
