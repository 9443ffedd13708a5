package message

import (
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

func TestTemplate(t *testing.T) {
	r := Reader{Language: i18n.English, Zone: time.UTC, ConsoleURL: "https://ops.example"}
	f := func(text, want string) {
		t.Helper()
		parsed, err := ParseTemplate("template", text, Escape)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got, err := parsed.Fill(r, ledger(), incident.ReasonOpened); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	f("**{{.Severity}}** {{.Entity}}\n\n[open]({{.URL}})\n", "**critical** LEDGER_DATA on erp-01\n\n[open](https://ops.example/incidents/01KFYV8M40AAAAAAAAAAAAAAAA)")
	f("{{percent .Probability}} at {{.Expected.Format \"15:04\"}}, {{amount .Limit .Unit}}{{range .Why}}|{{.}}{{end}}", "92 % at 06:00, 93 B"+
		"|LEDGER_DATA on erp-01 will be full in about 3 days (80 %: 2 days 13 h to 3 days 10 h), probability 92 %; 91 % used, 8.4 GiB left.|grows by 2.6 GiB a day")
	f("{{if .Cause}}{{.Cause}}{{end}}{{with .Advice}}{{.}}{{end}}", "Add a data file, or archive closed periods.")
}

// TestBadTemplate: what is wrong is said with its line and with what there is instead.
func TestBadTemplate(t *testing.T) {
	f := func(text string, says ...string) {
		t.Helper()
		_, err := ParseTemplate("template", text, Escape)
		for _, s := range says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v, which does not say %q", text, err, s)
			}
		}
	}
	f("a\n{{.Wat}}", "template:2:2", "Wat", "fields are What, Cause, When")
	f("a\n\n{{if .Cause}}", "template:3", "unexpected EOF")
	f("{{nosuch .What}}", "nosuch", "amount and percent")
	f("{{if eq .Reason \"resolved\"}}{{.Wat}}{{end}}", "resolved")
	f("{{range 100000}}{{$.What}}{{end}}", "64 KiB")
}

// TestPage: what labels say is escaped for where it stands, and what is wrong is told with file and line.
func TestPage(t *testing.T) {
	i := ledger()
	i.Title.En, i.Entity.Name = `<script>alert(1)</script>`, `" onmouseover="alert(1)`
	f := func(text, want string) {
		t.Helper()
		page, err := ParsePage("page.html", text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			return
		}
		if got, err := page.Fill(Reader{Language: i18n.English, Zone: time.UTC, ConsoleURL: "https://ops.example"}, i, incident.ReasonOpened); got != want || err != nil {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	f("<p>{{.Title}}</p>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>")
	f(`<p title="{{.Entity}}">{{amount .Limit .Unit}}</p>`, `<p title="&#34; onmouseover=&#34;alert(1)">93 B</p>`)
	f(`<a href="{{.URL}}">{{percent .Probability}}</a>`, `<a href="https://ops.example/incidents/01KFYV8M40AAAAAAAAAAAAAAAA">92 %</a>`)
	f(`<a href="{{.Title}}">x</a>`, `<a href="%3cscript%3ealert%281%29%3c/script%3e">x</a>`)
	bad := func(text string, says ...string) {
		t.Helper()
		_, err := ParsePage("/etc/page.html", text)
		for _, s := range says {
			if err == nil || !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %v, which does not say %q", text, err, s)
			}
		}
	}
	bad("<p>\n{{.Wat}}", "/etc/page.html:2", "Wat", "fields are What")
	bad("<p>\n{{if .What}}", "/etc/page.html:2", "unexpected EOF")
	bad("<p {{.What}}=\"", "/etc/page.html")
}

// FuzzTemplate: whatever labels say, nothing acts in what a template writes of them.
func FuzzTemplate(f *testing.F) {
	f.Add("[x](http://e) @all <a> `c` **b** www.e.com {{.What}}")
	t, err := ParseTemplate("template", "{{.What}}{{.Cause}}{{.When}}{{.Advice}}{{range .Why}}{{.}}{{end}}{{.Title}}{{.Message}}{{.Entity}}{{.Root}}{{.Signal}}{{.Series}}{{.Unit}}{{amount .Used .Unit}}{{.Kind}}{{slice .What 1}}", Escape)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(tt *testing.T, s string) {
		i := ledger()
		i.Title, i.Message, i.Advice = i18n.Text{En: s}, i18n.Text{En: s}, i18n.Text{En: s}
		i.Entity.Name, i.Entity.Root, i.Signal, i.Series, i.Unit = s, s, s, s, s
		i.Evidence[0].Text.En = s
		got, err := t.Fill(Reader{Language: i18n.English, Zone: time.UTC}, i, incident.ReasonOpened)
		if err == nil && active.MatchString(got) {
			tt.Errorf("%q acts in %q", s, got)
		}
	})
}
