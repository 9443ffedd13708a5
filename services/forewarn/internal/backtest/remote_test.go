package backtest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/shared/promapi"
)

// fleet is a server that knows some hosts' volumes, which fill within a day, and refuses what real ones refuse.
type fleet struct {
	t      *testing.T
	hosts  int
	most   int // samples at once; 0: no bound
	fails  int // how many of the next requests fail
	asked  int
	points int // the most points of a series in an answer
	total  int
	last   float64
	query  string
}

func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.asked++
	if f.fails > 0 {
		f.fails--
		w.Header().Set("Retry-After", "0")
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	number := func(name string) float64 {
		v, err := strconv.ParseFloat(r.FormValue(name), 64)
		if err != nil {
			f.t.Errorf("%s %q", name, r.FormValue(name))
		}
		return v
	}
	from, to, step := number("start"), number("end"), number("step")
	n := int((to-from)/step) + 1
	if f.most > 0 && n*2*f.hosts > f.most {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}`) //nolint:errcheck // the test sees
		return
	}
	if from <= f.last {
		f.t.Errorf("asked for %v after %v", from, f.last)
	}
	f.last, f.points, f.total, f.query = to, max(f.points, n), f.total+n, r.FormValue("query")
	f.answer(w, from, step, n)
}

func (f *fleet) answer(w http.ResponseWriter, from, step float64, n int) {
	type series struct {
		Metric map[string]string `json:"metric"`
		Values [][2]any          `json:"values"`
	}
	var result []series
	for h := range f.hosts {
		for _, name := range []string{"node_filesystem_size_bytes", "node_filesystem_avail_bytes"} {
			s := series{Metric: map[string]string{"__name__": name, "instance": fmt.Sprintf("h%d:9100", h), "mountpoint": "/u", "fstype": "xfs", "device": "/dev/a"}}
			for i := range n {
				at, value := from+step*float64(i), 1e11
				if strings.Contains(name, "avail") {
					value = 1e11 * max(0, 1-(at-float64(start.Unix()))/86400)
				}
				s.Values = append(s.Values, [2]any{at, strconv.FormatFloat(value, 'g', -1, 64)})
			}
			result = append(result, s)
		}
	}
	json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{"resultType": "matrix", "result": result}}) //nolint:errcheck // the test sees
}

// reading returns options that read from a server.
func reading(t *testing.T, address string, from, to time.Time, step time.Duration, queries ...string) backtest.Options {
	t.Helper()
	client, err := promapi.New(address, promapi.Settings{HowToSay: "FOREWARN_PROMETHEUS_TOKEN"})
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.Remote = &backtest.Remote{Client: client, From: from, To: to, Step: step, Queries: queries}
	return o
}

// TestServerIsReadInStretches: in the order of time, each moment once, within the server's limits.
func TestServerIsReadInStretches(t *testing.T) {
	f := func(fl *fleet, span, step time.Duration) {
		t.Helper()
		fl.t = t
		server := httptest.NewServer(fl)
		defer server.Close()
		out, _ := run(t, reading(t, server.URL, start, start.Add(span), step))
		steps := int(span/step) + 1
		s := last(t, out)
		if s.Samples != steps*2*fl.hosts || s.Signals != fl.hosts || fl.total != steps || s.Opened["critical"]+s.Opened["warning"] == 0 {
			t.Errorf("%d steps asked for, summary %+v; want %d steps", fl.total, s, steps)
		}
		if fl.points >= promapi.MaxPoints || fl.most > 0 && fl.points*2*fl.hosts > fl.most {
			t.Errorf("%d points at once", fl.points)
		}
		if !strings.HasPrefix(fl.query, `{__name__=~"`) || !strings.Contains(fl.query, "node_filesystem_avail_bytes|") || strings.Contains(fl.query, "probe_ssl") {
			t.Errorf("asked for %s", fl.query)
		}
	}
	f(&fleet{hosts: 1}, 22*time.Hour, 5*time.Second)
	f(&fleet{hosts: 3, most: 1000}, 22*time.Hour, time.Minute)
	f(&fleet{hosts: 2, most: 4}, 22*time.Hour, 10*time.Minute) // a step at a time
	f(&fleet{hosts: 2, fails: 2}, 22*time.Hour, time.Minute)
}

func TestServerErrors(t *testing.T) {
	f := func(handler http.HandlerFunc, want ...string) {
		t.Helper()
		server := httptest.NewServer(handler)
		defer server.Close()
		var out, told bytes.Buffer
		err := backtest.Run(t.Context(), reading(t, server.URL, start, start.Add(time.Hour), time.Minute, "node_load1"), &out, &told)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("error %v; want one with %q", err, w)
			}
		}
	}
	f(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "", http.StatusUnauthorized) }, "--prometheus: node_load1: ", "FOREWARN_PROMETHEUS_TOKEN")
	f((&fleet{t: t, hosts: 3, most: 5}).ServeHTTP, "too much for the server")
	f(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"job":"a"},"values":[[1,"1"]]}]}}`) //nolint:errcheck // the test sees
	}, `{job="a"} has no metric name`)
}

// TestServerSaysLess: what it warns of is told once; series that no rule reads are counted.
func TestServerSaysLess(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"node_load1"},"values":[[%s,"1"]]}]},"warnings":["a store is down"]}`, r.FormValue("start")) //nolint:errcheck // the test sees
	}))
	defer server.Close()
	out, told := run(t, reading(t, server.URL, start, start.Add(time.Hour), time.Minute, "node_load1"))
	if s := last(t, out); s.Samples == 0 || s.Series != 1 || s.Signals != 0 || told != "the server warns: a store is down\n" {
		t.Errorf("summary %+v, told %q", s, told)
	}
}

// TestServerInterrupted says how far it came.
func TestServerInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fl := &fleet{t: t, hosts: 1}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fl.ServeHTTP(w, r); fl.total > 700 {
			cancel()
		}
	}))
	defer server.Close()
	var out, told bytes.Buffer
	err := backtest.Run(ctx, reading(t, server.URL, start, start.Add(22*time.Hour), time.Minute), &out, &told)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted at the samples of 2026-03-02") || math.IsNaN(fl.last) {
		t.Errorf("error %v", err)
	}
}
