package promremote_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/prompb"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/promremote"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// receiver takes samples by the versions of remote write that it knows.
type receiver struct {
	mu       sync.Mutex
	v1, v2   int // samples taken
	requests int
	refuse   func(value float64) (status int, text string)
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	packed, _ := io.ReadAll(req.Body)
	body, err := snappy.Decode(nil, packed)
	if err != nil || req.Header.Get("Content-Encoding") != "snappy" {
		http.Error(w, "no snappy", http.StatusBadRequest)
		return
	}
	var values []float64
	if strings.HasSuffix(req.Header.Get("Content-Type"), "write.v2.Request") {
		values, err = valuesV2(body)
	} else {
		values, err = valuesV1(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, v := range values {
		if r.refuse == nil {
			break
		}
		if status, text := r.refuse(v); status != 0 {
			w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "0")
			http.Error(w, text, status)
			return
		}
	}
	if req.Header.Get("X-Prometheus-Remote-Write-Version") == "2.0.0" {
		r.v2 += len(values)
		w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", strconv.Itoa(len(values)))
	} else {
		r.v1 += len(values)
	}
	w.WriteHeader(http.StatusNoContent)
}

func valuesV2(body []byte) (out []float64, err error) {
	var b telemetry.Batch
	err = telemetry.NewDecoder(100).Decode(body, &b)
	for _, ts := range b.Series {
		for _, s := range ts.Samples {
			out = append(out, s.Value)
		}
	}
	return out, err
}

func valuesV1(body []byte) (out []float64, err error) {
	var r prompb.WriteRequest
	err = r.Unmarshal(body)
	for _, ts := range r.Timeseries {
		for _, s := range ts.Samples {
			out = append(out, s.Value)
		}
	}
	return out, err
}

// to opens a store that writes to a handler.
func to(t *testing.T, h http.Handler) *promremote.Store {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c := settings(server.URL)
	c.Prometheus.Token, c.Prometheus.Timeout = "hush", time.Second
	return open(t, c)
}

// numbered returns a batch of n samples whose values are their numbers, over some series.
func numbered(n int) *telemetry.Batch {
	b := &telemetry.Batch{}
	start := time.Now().Add(-time.Hour).Truncate(time.Second)
	for i := 0; i < n; {
		var samples []telemetry.Sample
		for k := 0; k < 7 && i < n; k++ {
			samples = append(samples, telemetry.Sample{TimeMillis: start.Add(time.Duration(k) * time.Second).UnixMilli(), Value: float64(i)})
			i++
		}
		b.Series = append(b.Series, telemetry.TimeSeries{Series: historytest.Series("v", "n", strconv.Itoa(i)), Samples: samples})
	}
	return b
}

// TestVersions: 2.0 goes to who says that it took it, 1.0 to all others, those included that take 2.0 for nothing.
func TestVersions(t *testing.T) {
	f := func(name string, h func(*receiver) http.HandlerFunc, v1, v2, requests int) {
		t.Helper()
		r := &receiver{}
		s := to(t, h(r))
		for range 2 {
			if got, err := s.Append(t.Context(), numbered(12_000)); err != nil || got.Stored != 12_000 {
				t.Fatalf("%s: %+v, %v", name, got, err)
			}
		}
		if r.v1 != v1 || r.v2 != v2 || r.requests != requests {
			t.Errorf("%s: %d by 1.0, %d by 2.0, %d requests; want %d, %d, %d", name, r.v1, r.v2, r.requests, v1, v2, requests)
		}
	}
	f("knows 2.0", func(r *receiver) http.HandlerFunc { return r.ServeHTTP }, 0, 24_000, 6)
	f("says that it does not", func(r *receiver) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			if req.Header.Get("Content-Type") != "application/x-protobuf" {
				http.Error(w, "what is that?", http.StatusUnsupportedMediaType)
				return
			}
			r.ServeHTTP(w, req)
		}
	}, 24_000, 0, 6)
	f("takes it for nothing", func(r *receiver) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			req.Header.Set("Content-Type", "application/x-protobuf")
			req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
			r.ServeHTTP(w, req)
		}
	}, 24_000, 0, 7)
}

// TestRefused: what a receiver refuses for good is dropped alone, and counted by what it says.
func TestRefused(t *testing.T) {
	f := func(status int, text string, want history.Appended) {
		t.Helper()
		r := &receiver{refuse: func(v float64) (int, string) {
			if v == 77 || v == 4567 {
				return status, text
			}
			return 0, ""
		}}
		want.Stored = 6000 - 2
		got, err := to(t, r).Append(t.Context(), numbered(6000))
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(got, "Said")); err != nil || diff != "" || !strings.Contains(got.Said, text) {
			t.Errorf("%d %s: %v, said %q (-want +got):\n%s", status, text, err, got.Said, diff)
		}
		if r.v2 != want.Stored || r.requests > 60 {
			t.Errorf("%d %s: %d stored by %d requests", status, text, r.v2, r.requests)
		}
	}
	f(400, "out of order sample", history.Appended{OutOfOrder: 2})
	f(400, "duplicate sample for timestamp", history.Appended{Conflicts: 2})
	f(400, "err-mimir-sample-timestamp-too-old", history.Appended{TooOld: 2})
	f(400, "out of bounds", history.Appended{TooOld: 2})
	f(500, "too old sample", history.Appended{TooOld: 2})
	f(422, "label name too long", history.Appended{Rejected: 2})
	f(413, "too large", history.Appended{Rejected: 2})
}

// TestHeldBack: all else is an error that says what to do, and nothing counts as stored.
func TestHeldBack(t *testing.T) {
	f := func(status int, text string, want ...string) {
		t.Helper()
		s := to(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, status) }))
		got, err := s.Append(t.Context(), numbered(10))
		for _, w := range append(want, "The bus keeps what comes") {
			if err == nil || !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "hush") || got != (history.Appended{}) {
				t.Errorf("%d %s: %+v, %v; want %q", status, text, got, err, w)
			}
		}
	}
	f(401, "who?", "401 Unauthorized: who?", "set history.prometheus.token")
	f(403, "no", "history.prometheus.username")
	f(404, "remote write receiver needs to be enabled with --web.enable-remote-write-receiver", "start Prometheus with --web.enable-remote-write-receiver", "history.prometheus.read_only")
	f(404, "404 page not found", "history.prometheus.write_url")
	f(405, "", "history.prometheus.write_url")
	f(429, "slow down", "raise the receiver's limits")
	f(500, "write: no space left on device", "free space on its disk")
	f(503, "starting", "503 Service Unavailable: starting", "its log says why")
	f(418, "tea", "418", "history.prometheus.write_url")
}

// TestRetryAfter: a receiver that asks to be left alone is.
func TestRetryAfter(t *testing.T) {
	r := &receiver{}
	first := true
	s := to(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if first {
			first = false
			w.Header().Set("Retry-After", "1")
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		}
		r.ServeHTTP(w, req)
	}))
	if _, err := s.Append(t.Context(), numbered(1)); err == nil {
		t.Fatal("no error")
	}
	began := time.Now()
	if got, err := s.Append(t.Context(), numbered(1)); err != nil || got.Stored != 1 || time.Since(began) < 500*time.Millisecond {
		t.Errorf("%+v, %v after %v", got, err, time.Since(began))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Append(ctx, numbered(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestReceiverAway: a receiver that hangs, or is not there, is an error in time.
func TestReceiverAway(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(func() { server.CloseClientConnections() })
	c := settings(server.URL)
	c.Prometheus.Timeout = time.Second
	if _, err := open(t, c).Append(t.Context(), numbered(1)); err == nil || !strings.Contains(err.Error(), "no answer within 1s") {
		t.Errorf("error %v", err)
	}
	c.Prometheus.URL = "http://127.0.0.1:1"
	if _, err := open(t, c).Append(t.Context(), numbered(1)); err == nil || !strings.Contains(err.Error(), "connection refused; see that it runs and that history.prometheus.url") {
		t.Errorf("error %v", err)
	}
	c.Prometheus.ReadOnly = true
	if _, err := open(t, c).Append(t.Context(), numbered(1)); !errors.Is(err, history.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
}

// BenchmarkAppend encodes and sends batches of 2,000 samples to a receiver that only counts them.
func BenchmarkAppend(b *testing.B) {
	for _, version := range []string{"1.0", "2.0"} {
		b.Run("version="+version, func(b *testing.B) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if version == "2.0" {
					w.Header().Set("X-Prometheus-Remote-Write-Samples-Written", "1")
				}
				w.WriteHeader(http.StatusNoContent)
			}))
			defer server.Close()
			s, samples := open(b, settings(server.URL)), 0
			var batch telemetry.Batch
			historytest.Fill(&batch, historytest.Fleet("v", 2000), time.Now(), time.Second, 0, 1)
			b.ReportAllocs()
			for b.Loop() {
				n, err := s.Append(b.Context(), &batch)
				if err != nil {
					b.Fatal(err)
				}
				samples += n.Stored
			}
			b.ReportMetric(float64(samples)/b.Elapsed().Seconds(), "samples/s")
		})
	}
}
