package promapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLists: labels and series are asked for by selector and time.
func TestLists(t *testing.T) {
	var asked []string
	c := client(t, Auth{Token: "hush"}, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, strings.Join([]string{r.Method, r.URL.Path, r.FormValue("match[]"), r.FormValue("start"), r.FormValue("end"), r.FormValue("limit")}, " "))
		switch {
		case strings.HasSuffix(r.URL.Path, "/series"):
			fmt.Fprint(w, `{"status":"success","data":[{"__name__":"up","job":"a"}],"warnings":["cut"]}`) //nolint:errcheck // the test sees
		case strings.HasSuffix(r.URL.Path, "/labels"):
			fmt.Fprint(w, `{"status":"success","data":["__name__","job"]}`) //nolint:errcheck // the test sees
		default:
			fmt.Fprint(w, `{"status":"success","data":["a"]}`) //nolint:errcheck // the test sees
		}
	})
	s := Search{Selector: `{job="a"}`, From: time.Unix(1, 0), To: time.Unix(2, 0), Limit: 3}
	series, warnings, err := c.Series(t.Context(), s)
	if err != nil || fmt.Sprint(series, warnings) != `[up{job="a"}] [cut]` {
		t.Errorf("%v, %v, %v", series, warnings, err)
	}
	names, _, err := c.LabelNames(t.Context(), s)
	if err != nil || fmt.Sprint(names) != "[__name__ job]" {
		t.Errorf("%v, %v", names, err)
	}
	for _, name := range []string{"job", "my.label", "用户/x"} {
		if values, _, err := c.LabelValues(t.Context(), name, Search{}); err != nil || fmt.Sprint(values) != "[a]" {
			t.Errorf("%v, %v", values, err)
		}
	}
	at := "/select/0/prometheus/api/v1/"
	want := []string{
		"POST " + at + `series {job="a"} 1.000 2.000 3`, "POST " + at + `labels {job="a"} 1.000 2.000 3`,
		"GET " + at + "label/job/values  -62135596800.000 -62135596800.000 ", "GET " + at + "label/U__my_2e_label/values  -62135596800.000 -62135596800.000 ",
		"GET " + at + "label/U___7528__6237__2f_x/values  -62135596800.000 -62135596800.000 ",
	}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

func TestListErrors(t *testing.T) {
	f := func(status int, body, want string) {
		t.Helper()
		c := client(t, Auth{Token: "hush"}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body) //nolint:errcheck // the test sees
		})
		if _, _, err := c.LabelValues(t.Context(), "job", Search{Selector: "up"}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%d %s: %v, want %q", status, body, err, want)
		}
	}
	f(401, "who?", "does not let us in")
	f(404, "", "/select/0/prometheus/api/v1/label/job/values; name what comes before /api/v1")
	f(200, `{"status":"success","data":["a"`, "cut short (tried 7 times)")
	f(200, `<html>`, "none of Prometheus' API")
	f(200, `{"status":"error","error":"odd"}`, `"error": odd`)
}

// TestSamples: a window that ends at a time and includes both ends.
func TestSamples(t *testing.T) {
	c := client(t, Auth{}, func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Path + " " + r.FormValue("query") + " " + r.FormValue("time"); got != "/select/0/prometheus/api/v1/query up[60001ms] 160.000" {
			t.Errorf("asked %s", got)
		}
		fmt.Fprint(w, good) //nolint:errcheck // the test sees
	})
	var l list
	if _, err := c.Samples(t.Context(), "up", time.Unix(100, 0), time.Unix(160, 0), &l); err != nil || len(l.lines) != 2 {
		t.Errorf("%v, %v", l.lines, err)
	}
}
