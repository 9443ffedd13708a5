package scrape

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"

	"github.com/forewarn/forewarn/services/collector/internal/edgetest"
	"github.com/forewarn/forewarn/shared/bustest"
)

// parsed returns "series value[ @timestamp]" of each sample, labels resolved, and what was malformed.
func parsed(body string, openMetrics bool) ([]string, *exposition) {
	var out []string
	x := newExposition([]byte(body), openMetrics)
	x.parse(labels.NewSymbolTable(), func(p textparse.Parser) {
		var ls labels.Labels
		p.Labels(&ls)
		_, ts, v := p.Series()
		text := ls.String() + " " + strconv.FormatFloat(v, 'g', -1, 64)
		if ts != nil {
			text += fmt.Sprintf(" @%d", *ts)
		}
		out = append(out, text)
	})
	return out, x
}

func TestExposition(t *testing.T) {
	f := func(name, body string, want []string, malformed int) {
		t.Helper()
		got, x := parsed(body, false)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if x.malformed != malformed {
			t.Errorf("%s: %d malformed lines, want %d; first %q: %v", name, x.malformed, malformed, x.example, x.problem)
		}
	}
	a, b := `{__name__="a"} 1`, `{__name__="b"} 2`
	f("plain", "# HELP a text\n# TYPE a gauge\na 1\nb 2\n", []string{a, b}, 0)
	f("empty", "", nil, 0)
	f("no line end", "a 1\nb 2", []string{a, b}, 0)
	f("timestamp", "a 1 1700000000123\n", []string{a + " @1700000000123"}, 0)
	f("not finite", "a NaN\na +Inf\na -Inf\n", []string{`{__name__="a"} NaN`, `{__name__="a"} +Inf`, `{__name__="a"} -Inf`}, 0)
	f("malformed first", "}{\na 1\nb 2\n", []string{a, b}, 1)
	f("malformed in between", "a 1\nthis is no metric\nb 2\n", []string{a, b}, 1)
	f("malformed last", "a 1\nb 2\n{", []string{a, b}, 1)
	f("two in a row", "a 1\n!\n!\nb 2\n", []string{a, b}, 2)
	f("only malformed", "!\n!\n!\n", nil, 3)
	f("value is no number", "a 1\nc x\nb 2\n", []string{a, b}, 1)
	f("bad type", "a 1\n# TYPE b nonsense\nb 2\n", []string{a, b}, 1)
	f("after metadata", "a 1\n# HELP b text\n# TYPE b gauge\n# a comment\n!\nb 2\n", []string{a, b}, 1)
	f("label value is no UTF-8", "a 1\nc{l=\"\xff\"} 1\nb 2\n", []string{a, b}, 1)
	f("quote without end", "a 1\nc{l=\"x} 1\nb 2\n", []string{a, b}, 1)
	f("quoted name without end", "# HELP \"x\na 1\n# TYPE \"y\\\"\nb 2\n", []string{a, b}, 2)
	f("quotes in help", "# HELP a \"\n# HELP \"a\" \"\n# \"\na 1\nb 2\n", []string{a, b}, 0)
	f("carriage returns", "a 1\r\nb 2\r\nb 2\n", []string{b}, 2)
	f("blank lines", "\n\na 1\n\n \n\t\nb 2\n\n", []string{a, b}, 0)
	f("NUL at the beginning of a line", "a 1\n\x00\nb 2\n", []string{a, b}, 1)
	f("NUL in a comment", "a 1\n# \x00 comment\nb 2\n", []string{a, b}, 0)
	f("type survives a malformed line", "# TYPE h histogram\nh_bucket{le=\"1\"} 1\n!\nh_bucket{le=\"2\"} 2\n",
		[]string{`{__name__="h_bucket", le="1.0"} 1`, `{__name__="h_bucket", le="2.0"} 2`}, 1)
	f("type ends", "# TYPE h histogram\nh_bucket{le=\"1\"} 1\n# TYPE a gauge\n!\na{le=\"2\"} 1\n",
		[]string{`{__name__="h_bucket", le="1.0"} 1`, `{__name__="a", le="2"} 1`}, 1)
}

func TestOpenMetrics(t *testing.T) {
	f := func(name, body string, want []string, malformed int) {
		t.Helper()
		got, x := parsed(body, true)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if x.malformed != malformed {
			t.Errorf("%s: %d malformed lines, want %d; first %q: %v", name, x.malformed, malformed, x.example, x.problem)
		}
	}
	a, b := `{__name__="a_total"} 1`, `{__name__="b"} 2`
	f("plain", "# TYPE a counter\n# UNIT s_seconds seconds\na_total 1\nb 2\n# EOF\n", []string{a, b}, 0)
	f("exemplar", "a_total 1 # {id=\"x\"} 1 1\nb 2\n# EOF\n", []string{a, b}, 0)
	f("seconds", "b 2 1700000000.123\n# EOF\n", []string{b + " @1700000000123"}, 0)
	f("malformed", "a_total 1\n!\nb 2\n# EOF\n", []string{a, b}, 1)
	f("cut off", "a_total 1\nb 2\n", []string{a, b}, 1)
	f("blank line", "a_total 1\n\nb 2\n# EOF\n", []string{a, b}, 0)
}

// A body of line ends only would overflow the stack of a parser that takes them by recursion.
func TestExpositionOfBlankLinesOnly(t *testing.T) {
	for _, line := range []string{"\n", " \n", "\t\n", "\n \n"} {
		got, x := parsed(strings.Repeat(line, 4<<20)+"a 1\n", false)
		if len(got) != 1 || x.malformed != 0 {
			t.Errorf("%q: %v with %d malformed lines, want the one sample", line, got, x.malformed)
		}
	}
}

func TestExpositionGivesUp(t *testing.T) {
	got, x := parsed("a 1\n"+strings.Repeat("!\n", 3*maxMalformed)+"b 2\n", false)
	if len(got) != 1 || x.malformed != maxMalformed {
		t.Errorf("%v with %d malformed lines, want the first sample and %d", got, x.malformed, maxMalformed)
	}
}

// What is said of a line at fault is short, however long the line is.
func TestMalformedLinesAreSaidShortly(t *testing.T) {
	f := func(name, body string, want int) {
		t.Helper()
		got, x := parsed(body, false)
		if len(got) != 2 || x.malformed != want {
			t.Errorf("%s: %d samples and %d malformed lines, want 2 and %d", name, len(got), x.malformed, want)
		}
		if x.problem == "" || len(x.problem) > maxExample || len(x.example) > maxExample {
			t.Errorf("%s: problem of %d bytes, example of %d", name, len(x.problem), len(x.example))
		}
	}
	long := strings.Repeat("\x01", 1<<19)
	f("bad", "a 1\n}{"+long+"\nb 2\n", 1)
	f("too long", "a 1\nc{d=\""+long+long+long+"\"} 1\nb 2\n", 1)
	f("unclosed", "a 1\nc{d=\"x\n# HELP b with \" in it\nb 2\n", 1)
	f("unclosed by an escape", "a 1\nc{d=\"x\\\"} 1\nb{x=\"\\\\\"} 2\n", 1)
	f("NULs", "a 1\n\x00\x00\nb 2\n", 1)
}

func FuzzExposition(f *testing.F) {
	for _, body := range []string{
		"", "\n", "a 1\n", "a{b=\"c\",} 1 1700000000000\n", "# TYPE a histogram\na_bucket{le=\"1\"} 1\n!\na_bucket{le=\"2\"} NaN\n",
		"# HELP a \\n\n# UNIT a_s s\na_total 1 # {x=\"y\"} 1 2\n# EOF\nrest", "{\"a.b\",c=\"d\"} 1\n", "a{l=\"\x00\"} 1\n\x00\n", "a 1\r\n \n\t\nb 2",
		"# TYPE x summary\n!\n!\n!", "a{b=\"\n", "#\n# \n# EOF", "node_uname_info{nodename=\"n\"} 1",
	} {
		f.Add([]byte(body), false)
		f.Add([]byte(body), true)
	}
	f.Fuzz(func(t *testing.T, body []byte, openMetrics bool) {
		whole := 0
		p := textparse.NewPromParser(append([]byte(nil), body...), labels.NewSymbolTable(), false)
		clean := !openMetrics
		for clean {
			entry, err := p.Next()
			if err != nil {
				clean = err.Error() == "EOF"
				break
			}
			if entry == textparse.EntrySeries {
				whole++
			}
		}
		got, x := parsed(string(body), openMetrics)
		if clean && len(got) < whole {
			t.Errorf("%d samples, but the parser alone found %d", len(got), whole)
		}
		if x.malformed > maxMalformed {
			t.Errorf("%d malformed lines, more than the limit", x.malformed)
		}
		nodeName(body)
	})
}

// FuzzPublished scrapes any body, and checks that readers take whatever comes of it.
func FuzzPublished(f *testing.F) {
	large := "a{"
	for i := range 40 {
		large += fmt.Sprintf("l%d=%q,", i, strings.Repeat("x", 2048))
	}
	for _, body := range []string{
		"good 1\n", "good 1\n" + large + "} 1\n", "{\"bad.x\",\"\"=\"v\"} 2\nbad{\"\"=\"v\"} 3\n", "a{__name__=\"b\"} 1\n",
		"node_uname_info{nodename=\"" + strings.Repeat("n", 70<<10) + "\"} 1\n", "a{job=\"\",instance=\"x\",exported_instance=\"y\"} 1\n",
		"a{host=\"\",b=\"\"} NaN 1\n", "{\"\"} 1\n", "a{b=\"\\n\\\\\"} 1 1700000000000\n",
	} {
		f.Add([]byte(body), false)
		f.Add([]byte(body), true)
	}
	r := edgetest.New(f)
	l := loop(f, r, Target{URL: "http://erp-01:9100/metrics"})
	f.Fuzz(func(t *testing.T, body []byte, openMetrics bool) {
		l.source.Forget()
		l.source.Begin(time.Now())
		l.take(body, openMetrics)
		l.own(1, time.Second)
		if _, err := l.source.End(t.Context()); err != nil {
			t.Fatal(err)
		}
		published := int(r.Counters(t)["batches_total{metrics}"])
		bustest.Until(t, 20*time.Second, "what was published", func() bool { n, _ := r.Reader.Batches(); return n == published })
		if _, err := r.Reader.Batches(); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzRelabel labels any series by any rules: what comes of it has a name once at most, and the target's labels unless a
// rule took them.
func FuzzRelabel(f *testing.F) {
	f.Add("a{job=\"x\",exported_job=\"y\"} 1\n", "a.*", "keep", "job", "exported_job")
	f.Add("a{b=\"c\\nd\"} 1\n", "c.*", "drop", "b", "team")
	f.Add("a{b=\"c\"} 1\n", "b|job", "labeldrop", "", "exported_exported_job")
	f.Add("a{b=\"c\"} 1\n", "(", "keep", "", "job")
	f.Fuzz(func(t *testing.T, series, regex, action, label, added string) {
		target := Target{URL: "http://erp-01:9100/metrics", Job: "node", Labels: map[string]string{added: "mine"}}
		target.MetricRelabel = []Rule{{Regex: regex, Action: action}}
		if label != "" {
			target.MetricRelabel[0].SourceLabels = []string{label}
		}
		if len(target.Problems("")) > 0 {
			return
		}
		l, err := newLabeler(target, Local{})
		if err != nil {
			t.Fatal(err)
		}
		newExposition([]byte(series), false).parse(labels.NewSymbolTable(), func(p textparse.Parser) {
			var scraped labels.Labels
			p.Labels(&scraped)
			ls, wanted := l.label(scraped)
			if !wanted {
				return
			}
			if action != actionLabelDrop && (ls.Get("job") != "node" && added != "job" || ls.Get(added) != "mine") {
				t.Errorf("labels %v of %v lack the target's", ls, scraped)
			}
			if missing := scraped.Len() + len(l.target) - len(ls); action != actionLabelDrop && missing > 0 {
				t.Errorf("labels %v of %v: %d are lost", ls, scraped, missing)
			}
		})
	})
}

func TestNodeName(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		if got := nodeName([]byte(body)); got != want {
			t.Errorf("nodeName(%q) = %q, want %q", body, got, want)
		}
	}
	f(`node_uname_info{domainname="(none)",nodename="erp-01"} 1`, "erp-01")
	f("a 1\n"+`node_uname_info{nodename="erp-02",release="6"} 1`+"\nb 2\n", "erp-02")
	f("a 1\nb 2\n", "")
	f("a 1\nnode_uname_info{nodename=\n", "")
	f(`# HELP node_uname_info{nodename="no"} 1`, "")
	f("node_uname_info{nodename=\"a\",x=\"1\"} 1\nnode_uname_info{nodename=\"a\",x=\"2\"} 1\n", "a")
	f("node_uname_info{nodename=\"a\"} 1\nx 1\nnode_uname_info{nodename=\"b\"} 1\n", "") // a federation's
}
