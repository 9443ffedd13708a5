package incident

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func good() Command {
	return Command{ID: "c-1", Incident: NewID(time.Unix(1_767_600_000, 0), "f"), Version: 3, Action: Acknowledge, Actor: "li.wei", Text: "磁盘已扩容\nseen"}
}

func TestCommandSurvivesTheWire(t *testing.T) {
	c := good()
	data, err := EncodeCommand(&c)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeCommand(data)
	if err != nil {
		t.Fatal(err)
	}
	c.Schema = SchemaVersion
	if *got != c {
		t.Errorf("decoded %+v, want %+v", *got, c)
	}
}

func TestBadCommands(t *testing.T) {
	f := func(word string, spoil func(*Command)) {
		t.Helper()
		c := good()
		spoil(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%+v: %v does not say %q", c, err, word)
		}
	}
	f("id:", func(c *Command) { c.ID = "a b" })
	f("incident:", func(c *Command) { c.Incident = "1" })
	f("action:", func(c *Command) { c.Action = "opened" })
	f("action:", func(c *Command) { c.Action = Remind })
	f("version:", func(c *Command) { c.Version = -1 })
	f("actor:", func(c *Command) { c.Actor = "" })
	f("actor:", func(c *Command) { c.Actor = "a\nb" })
	f("text:", func(c *Command) { c.Text = strings.Repeat("x", MaxText+1) })
	f("text:", func(c *Command) { c.Text = "\xff" })
	f("text:", func(c *Command) { c.Text = "a\x00" })
	f("text:", func(c *Command) { c.Action, c.Text = Comment, " \n" })
	f("owner:", func(c *Command) { c.Owner = "dba" })
	f("verdict:", func(c *Command) { c.Action = Judge })
	f("verdict:", func(c *Command) { c.Verdict = Useful })
	f("url, title:", func(c *Command) { c.URL = "https://x.example" })
	for _, url := range []string{"", "x", "javascript:alert(1)", "ftp://x.example/", "https://", "https://user:secret@x.example/", "//x.example"} {
		f("url:", func(c *Command) { c.Action, c.URL = AddLink, url })
	}
}

// TestEveryActionIsSomewherePossible, and none that is not known.
func TestEveryActionIsSomewherePossible(t *testing.T) {
	sign := &Sign{By: "x"}
	seen := map[Action]bool{}
	for _, i := range []Incident{
		{State: Open},
		{State: Open, Work: Work{Acknowledged: sign}},
		{State: Resolved},
		{State: Resolved, Work: Work{Closed: sign}},
	} {
		for _, a := range i.Possible() {
			seen[a] = true
		}
	}
	want := map[Action]bool{}
	for _, a := range Actions() {
		want[a] = true
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("possible somewhere: %v, want %v", seen, want)
	}
}

// FuzzDecodeCommand: whatever is accepted can be written again and is then the same.
func FuzzDecodeCommand(f *testing.F) {
	c := good()
	data, err := EncodeCommand(&c)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"schema":1,"id":"x","action":"link","url":"https://a.example"}`))
	f.Add([]byte(`{"schema":2}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := DecodeCommand(data)
		if err != nil {
			return
		}
		again, err := EncodeCommand(c)
		if err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
		back, err := DecodeCommand(again)
		if err != nil {
			t.Fatalf("cannot be read again: %v", err)
		}
		back.Schema = c.Schema
		if *back != *c {
			t.Errorf("%+v became %+v", *c, *back)
		}
	})
}
