package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type channel struct {
	Name   string `yaml:"name"`
	Secret Secret `yaml:"secret"`
}

type sample struct {
	Share    float64       `yaml:"share" env:"SHARE"`
	Interval time.Duration `yaml:"interval" env:"INTERVAL"`
	Size     Bytes         `yaml:"size" env:"SIZE"`
	Token    Secret        `yaml:"token" env:"TOKEN"`
	Nested   struct {
		Count int  `yaml:"count" env:"COUNT"`
		On    bool `yaml:"on" env:"ON"`
	} `yaml:"nested" envPrefix:"NESTED_"`
	Channels []channel `yaml:"channels"`
}

func (s *sample) Validate() error {
	var errs []error
	if s.Share > 1 {
		errs = append(errs, fmt.Errorf("share: %v is above 1", s.Share))
	}
	for i, c := range s.Channels {
		if c.Name == "" {
			errs = append(errs, fmt.Errorf("channels[%d].name: is missing", i))
		}
	}
	return errors.Join(errs...)
}

func TestLoad(t *testing.T) {
	got := sample{Share: 0.5, Interval: time.Second}
	err := Load([]byte("one:\n  interval: 15s\n  size: 2GiB\n  nested: {count: 3}\n  channels: [{name: a, secret: s}]\nother: {anything: [1]}\n"),
		[]string{"FOREWARN_ONE_NESTED_ON=true", "FOREWARN_ONE_SHARE=0.75", "FOREWARN_TWO_SHARE=9", "PATH=/bin"},
		Section{"one", &got}, Section{"other", nil})
	want := sample{Share: 0.75, Interval: 15 * time.Second, Size: 2 << 30, Channels: []channel{{"a", "s"}}}
	want.Nested.Count, want.Nested.On = 3, true
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, empty := range []string{"", "\n", "# nothing\n", "one:\n"} {
		if err := Load([]byte(empty), nil, Section{"one", &sample{}}); err != nil {
			t.Errorf("%q: %v", empty, err)
		}
	}
}

// TestRest: a program reads some keys of another one's section, from file and environment, and passes over all others.
func TestRest(t *testing.T) {
	var got struct {
		Files []string `yaml:"files" env:"FILES"`
		Rest  Rest     `yaml:",inline"`
	}
	section := Section{"one", &got}
	err := Load([]byte("one: {interval: 15s, files: [a], nested: {count: 3}}\n"), []string{"FOREWARN_ONE_SHARE=0.75"}, section)
	if err != nil || !cmp.Equal(got.Files, []string{"a"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := Load(nil, []string{"FOREWARN_ONE_SHARE=0.75", "FOREWARN_ONE_FILES=b,c"}, section); err != nil || !cmp.Equal(got.Files, []string{"b", "c"}) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := Load([]byte("one: {files: {a: b}}\n"), nil, section); err == nil {
		t.Error("a value of the wrong kind is no error")
	}
}

// TestAllErrorsAtOnce: whatever is wrong with one value, all others are told, too, each with line, key and remedy; and
// nobody is blamed for what could not be read.
func TestAllErrorsAtOnce(t *testing.T) {
	doc := `one:
  share: abc
  interval: 15
  size: 12XB
  nested: [1]
  spelt_wrong: 1
  channels:
    - name: ops
      secret: env:FOREWARN_TEST_UNSET
    - {secret: x}
two: {share: 7, interval: 5, size: 1GiB}
three: {}
`
	err := Load([]byte(doc), []string{"FOREWARN_TWO_INTERVAL=1d", "FOREWARN_TWO_NOPE=1", "FOREWARN_TWO_SIZE=7XB"},
		Section{"one", &sample{}}, Section{"two", &sample{}})
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatal(err)
	}
	var got []string
	for _, e := range joined.Unwrap() {
		got = append(got, e.Error())
	}
	want := []string{
		"configuration line 2: one.share: abc is no number; write one such as 0.6",
		"configuration line 3: one.interval: 15 is no duration; write a number with a unit, such as 15s, 10m or 48h",
		`configuration line 4: one.size: "12XB" is no size; write a number with a unit, such as 512MiB or 2GiB`,
		"configuration line 5: one.nested: a list is no group of keys; write its keys below it, indented",
		`configuration line 6: unknown key "spelt_wrong"; remove it or correct its spelling (see docs/configuration.md; sections are one, two)`,
		"configuration line 9: one.channels[0].secret: secret: environment variable FOREWARN_TEST_UNSET is not set",
		"configuration line 11: two.interval: 5 is no duration; write a number with a unit, such as 15s, 10m or 48h",
		`configuration line 12: unknown key "three"; remove it or correct its spelling (see docs/configuration.md; sections are one, two)`,
		"one.channels[1].name: is missing",
		"environment FOREWARN_TWO_INTERVAL: 1d is no duration; write a number with a unit, such as 15s, 10m or 48h",
		"environment: unknown variable FOREWARN_TWO_NOPE; unset it or correct its spelling (docs/configuration.md names the keys)",
		`environment FOREWARN_TWO_SIZE: "7XB" is no size; write a number with a unit, such as 512MiB or 2GiB`,
		"two.share: 7 is above 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}

// TestOneDocument: nothing that the file says is passed over.
func TestOneDocument(t *testing.T) {
	f := func(doc string, ok bool) {
		t.Helper()
		err := Load([]byte(doc), nil, Section{"one", &sample{}})
		if ok != (err == nil) || err != nil && !strings.Contains(err.Error(), `remove the line "---"`) {
			t.Errorf("%q: %v", doc, err)
		}
	}
	f("one: {share: 0.5}\n---\none: {share: 7}\n", false)
	f("---\none: {share: 0.5}\n---\n# nothing\n", false)
	f("---\none: {share: 0.5}\n...\n# the end\n", true)
	f("# nothing\n", true)
}

// TestKeyOfALine: of several values in one line the one at fault is named.
func TestKeyOfALine(t *testing.T) {
	f := func(doc, want string) {
		t.Helper()
		err := Load([]byte(doc), nil, Section{"one", &sample{}})
		if err == nil || !strings.HasPrefix(err.Error(), "configuration line 1: one."+want+": ") {
			t.Errorf("%s: %v, want %s", doc, err, want)
		}
	}
	f(`one: {share: 0.5, interval: x}`, "interval")
	f(`one: {share: y, interval: 5s}`, "share")
	f(`one: {interval: [5s], share: 0.5}`, "interval")
	f(`one: {nested: [1], share: 0.5}`, "nested")
	f(`one: {nested: {count: {a: 1}}}`, "nested.count")
	f(`one: {channels: {name: a}}`, "channels")
	f(`one: {channels: [{name: a, secret: s}, {secret: "env:FOREWARN_TEST_UNSET", name: b}]}`, "channels[1].secret")
	f(`one: {size: 12XB, share: 0.5}`, "size")
	f(`one: {share: 0.5, size: [1]}`, "size")
}

// TestOnlyWhatCannotBeRead: what could not be read hides errors about itself, and none of what merely has a key of the same name.
func TestOnlyWhatCannotBeRead(t *testing.T) {
	f := func(path, unread string, want bool) {
		t.Helper()
		got := failures{"one": {unread}}.blames("one", errors.New(path+": is wrong"))
		if got != want {
			t.Errorf("%q of %q: blames %v", unread, path, got)
		}
	}
	f("channels[0].url", "channels[0].url", true)
	f("channels[0].url", "channels[0]", true)
	f("channels[0].url", "channels", true)
	f("channels", "channels[0].url", true)
	f("anything", "", true)
	f("channels[1].url", "channels[0].url", false)
	f("heartbeat.url", "url", false)
	f("digest.to", "routes[0].to", false)
	f("channels[10]", "channels[1]", false)
}

func TestSyntaxError(t *testing.T) {
	err := Load([]byte("one:\n\tshare: 1\n"), nil, Section{"one", &sample{Share: 2}})
	if err == nil || !strings.Contains(err.Error(), "line 2") || strings.Contains(err.Error(), "above 1") {
		t.Errorf("got %v", err)
	}
}

func TestBytes(t *testing.T) {
	f := func(text string, want Bytes) {
		t.Helper()
		var b Bytes
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%q: %d, %v; want %d", text, b, err, want)
		}
	}
	f("0", 0)
	f("1024", 1024)
	f("512MiB", 512<<20)
	f("1GB", 1<<30)
	f("1.5GiB", 3<<29)
	for _, bad := range []string{"", "x", "-1", "1 parsec", "9999999999999999999"} {
		var b Bytes
		if err := b.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was read as %d", bad, b)
		}
	}
}

// TestSecretIsNeverShown: no way of printing shows it.
func TestSecretIsNeverShown(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("  hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s Secret
	if err := s.UnmarshalText([]byte("file:" + path)); err != nil || s.Reveal() != "hunter2" {
		t.Fatalf("%q, %v", s.Reveal(), err)
	}
	encoded, err := json.Marshal(struct{ S Secret }{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{s.String(), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), string(encoded)} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("shown as %s", shown)
		}
	}
	if (Secret("")).String() != "" {
		t.Error("no secret looks like one")
	}
	t.Setenv("FOREWARN_TEST_SECRET", "swordfish")
	if err := s.UnmarshalText([]byte("env:FOREWARN_TEST_SECRET")); err != nil || s.Reveal() != "swordfish" {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"file:" + path + ".none", "env:FOREWARN_TEST_UNSET"} {
		if err := s.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("one: {share: 0.5, channels: [{name: a}]}\ntwo: []\n"), "FOREWARN_ONE_SHARE=1")
	f.Add([]byte("one:\n  size: 1XB\n- x\n"), "FOREWARN_ONE_NESTED_COUNT=x")
	f.Add([]byte("&a [*a]"), "=")
	f.Fuzz(func(t *testing.T, data []byte, variable string) {
		if strings.Contains(string(data)+variable, "file:") {
			return // it would read files of this machine
		}
		var s sample
		if err := Load(data, []string{variable}, Section{"one", &s}, Section{"two", nil}); err == nil && s.Share > 1 {
			t.Errorf("%q with %q: an invalid section was accepted", data, variable)
		}
	})
}

// moving is a section that had a key of another name.
type moving struct {
	Now string `yaml:"now" env:"NOW"`
}

func (*moving) Moved(key string) string {
	if key == "before" {
		return "is called now; rename it"
	}
	return ""
}

// TestMovedKeys: a key that a section had is told apart from one that is misspelt, and only in that section.
func TestMovedKeys(t *testing.T) {
	var a moving
	var b struct {
		Now string `yaml:"now" env:"NOW"`
	}
	doc := "a: {before: x, befor: x}\nb: {before: x}\n"
	err := Load([]byte(doc), nil, Section{Name: "a", Into: &a}, Section{Name: "b", Into: &b})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"configuration line 1: a.before: is called now; rename it", `configuration line 1: unknown key "befor"`, `configuration line 2: unknown key "before"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
