package promapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// howToSay is what the back-test says.
const howToSay = "FOREWARN_PROMETHEUS_TOKEN, or FOREWARN_PROMETHEUS_USER and FOREWARN_PROMETHEUS_PASSWORD, to the secret or to file:PATH"

// client returns one of a server that answers by the handler, and is patient for milliseconds only.
func client(t *testing.T, auth Auth, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := New(server.URL+"/select/0/prometheus/", Settings{Auth: auth, HowToSay: howToSay})
	if err != nil {
		t.Fatal(err)
	}
	c.pause = time.Millisecond
	return c
}

// list keeps a line for each series, and fails on demand.
type list struct {
	lines []string
	err   error
}

func (l *list) Begin() { l.lines = nil }

func (l *list) Series(ls telemetry.Labels, samples []telemetry.Sample) error {
	l.lines = append(l.lines, fmt.Sprint(ls, samples))
	return l.err
}

// ask returns a line for each series.
func ask(c *Client) (lines, warnings []string, err error) {
	q := Query{Text: "up", From: time.Unix(100, 0), To: time.Unix(160, 0), Step: 30 * time.Second}
	var l list
	warnings, err = c.Range(context.Background(), q, &l)
	return l.lines, warnings, err
}

const good = `{"status":"success","data":{"resultType":"matrix","result":[
 {"metric":{"__name__":"up","job":"a"},"values":[[100,"1"],[130.5, "+Inf"],[160 ,"NaN"]]},
 {"metric":{"__name__":"up","job":"b"},"values":[]}],"stats":{"x":[1]}},"warnings":["half a server"],"isPartial":true}`

func TestRange(t *testing.T) {
	c := client(t, Auth{User: "u", Password: "p", Tenant: "erp"}, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		got := []string{r.Method, r.URL.Path, r.FormValue("query"), r.FormValue("start"), r.FormValue("end"), r.FormValue("step"), user, password, r.Header.Get("X-Scope-OrgID")}
		if diff := cmp.Diff([]string{"POST", "/select/0/prometheus/api/v1/query_range", "up", "100.000", "160.000", "30", "u", "p", "erp"}, got); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		fmt.Fprint(w, good) //nolint:errcheck // the test sees
	})
	got, warnings, err := ask(c)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`up{job="a"} [{100000 1} {130500 +Inf} {160000 NaN}]`, `up{job="b"} []`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(warnings) != 2 || warnings[0] != "half a server" || !strings.Contains(warnings[1], "partial") {
		t.Errorf("warnings %q", warnings)
	}
}

func TestToken(t *testing.T) {
	c := client(t, Auth{Token: "hush"}, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer hush" {
			t.Errorf("Authorization %q", got)
		}
		fmt.Fprint(w, good) //nolint:errcheck // the test sees
	})
	if _, _, err := ask(c); err != nil {
		t.Error(err)
	}
}

// TestTriesAgain: what passes is tried again, and at last given up.
func TestTriesAgain(t *testing.T) {
	f := func(failures, wantAsked int, wantErr string, fail func(w http.ResponseWriter)) {
		t.Helper()
		asked := 0
		c := client(t, Auth{}, func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked <= failures {
				fail(w)
				return
			}
			fmt.Fprint(w, good) //nolint:errcheck // the test sees
		})
		lines, _, err := ask(c)
		if err == nil && len(lines) != 2 {
			t.Errorf("%d series, some of an attempt before", len(lines))
		}
		if asked != wantAsked || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("asked %d times, error %v; want %d and %q", asked, err, wantAsked, wantErr)
		}
	}
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Retry-After", "0")
			http.Error(w, "busy", code)
		}
	}
	f(2, 3, "", status(429))
	f(2, 3, "", status(500))
	f(3, 4, "", status(503))
	f(100, attempts, "503 Service Unavailable: busy (tried 7 times)", status(503))
	f(1, 2, "", func(w http.ResponseWriter) { fmt.Fprint(w, good[:150]) })                                         //nolint:errcheck // the test sees
	f(1, 2, "", func(w http.ResponseWriter) { w.Header().Set("Content-Length", "5000"); fmt.Fprint(w, good[:9]) }) //nolint:errcheck // the test sees
	f(100, 1, "let us in", status(401))
	f(100, 1, "refuses", status(400))
}

func TestErrors(t *testing.T) {
	f := func(code int, body string, want ...string) {
		t.Helper()
		c := client(t, Auth{Token: "hush"}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/login")
			w.WriteHeader(code)
			fmt.Fprint(w, body) //nolint:errcheck // the test sees
		})
		_, _, err := ask(c)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%d %s: error %v; want one with %q", code, body, err, w)
			}
		}
	}
	f(401, "who?", "401 Unauthorized: who?", "set FOREWARN_PROMETHEUS_TOKEN", "FOREWARN_PROMETHEUS_USER", "file:PATH")
	f(403, "", "403 Forbidden", "FOREWARN_PROMETHEUS_TOKEN")
	f(404, "", "no API at http://", "/select/0/prometheus/api/v1/query_range", "before /api/v1")
	f(302, "", "sends on to", "/login", "FOREWARN_PROMETHEUS_TOKEN")
	f(400, `{"status":"error","errorType":"bad_data","error":"parse error: \u001b[2J unexpected"}`, "refuses the query: parse error: [2J unexpected")
	f(422, `{"status":"error","errorType":"execution","error":"too many samples"}`, ErrTooMuch.Error(), "too many samples")
	f(503, `{"status":"error","errorType":"timeout","error":"query timed out"}`, ErrTooMuch.Error(), "timed out")
	f(418, "tea", "418", "tea")
	f(200, "<html>", "none of Prometheus' API")
	f(200, `[]`, "none of Prometheus' API")
	f(200, `{"status":"success","data":{"resultType":"vector","result":[]}}`, `a "vector"`)
	f(200, `{"status":"error","error":"odd"}`, `"error": odd`)
	f(200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[["x","1"]]}]}}`, "no time")
	f(200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"x"]]}]}}`, "no value")
	f(200, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[null]}]}}`, "no pair")
}

func TestAddresses(t *testing.T) {
	f := func(address string, auth Auth, want string) {
		t.Helper()
		_, err := New(address, Settings{Auth: auth, HowToSay: howToSay})
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("New(%q): error %v; want %q", address, err, want)
		}
	}
	f("http://a:9090", Auth{}, "")
	f("https://a/b/api/v1", Auth{}, "")
	f("a:9090", Auth{}, "no URL of a server")
	f("ftp://a", Auth{}, "no URL of a server")
	f("http://u:hush@a", Auth{}, "FOREWARN_PROMETHEUS_USER")
	f("http://u:hush@a:port", Auth{}, "no URL")
	f("http://a/?x=1", Auth{}, "before /api/v1")
	f("http://a", Auth{Token: "hush", User: "u"}, "both a token and a user")
}

// TestStops: a visitor's error and the end of the context end it at once.
func TestStops(t *testing.T) {
	odd := errors.New("odd")
	c := client(t, Auth{}, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, good) }) //nolint:errcheck // the test sees
	if _, err := c.Range(t.Context(), Query{Step: time.Second}, &list{err: odd}); !errors.Is(err, odd) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	c = client(t, Auth{}, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		http.Error(w, "busy", http.StatusServiceUnavailable)
	})
	c.pause = time.Hour
	if _, err := c.Range(ctx, Query{Step: time.Second}, &list{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if c, err := New("http://127.0.0.1:1", Settings{}); err != nil {
		t.Error(err)
	} else if c.pause = 0; true {
		if _, err := c.Range(t.Context(), Query{Step: time.Second}, &list{}); err == nil || !strings.Contains(err.Error(), "connection refused (tried 7 times)") {
			t.Errorf("nobody there: %v", err)
		}
	}
}

// FuzzDecode: whatever an answer holds, it is read or refused.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{good, `{}`, `[]`, `{"data":{"result":[{"metric":null,"values":null}]}}`, `{"status":1}`, `{"data":{"result":[{"values":[[1,"1"],[[],[]]]}]}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := decode(strings.NewReader(text), &list{})
		if err == nil && !strings.Contains(text, "uccess") && !strings.Contains(text, "\\u") {
			t.Errorf("%q is a success", text)
		}
	})
}
