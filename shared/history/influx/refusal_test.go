package influx_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/influx"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// against opens a store of a server that answers by the handler.
func against(t *testing.T, h http.HandlerFunc) *influx.Store {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c := as(settings(server.URL, "b"), "hush")
	c.InfluxDB.Create, c.InfluxDB.Timeout, c.InfluxDB.BatchSamples = false, 100*time.Millisecond, 1000
	s, err := influx.Open(t.Context(), c, influx.Settings{Logger: zap.NewNop()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func batch(n int) *telemetry.Batch {
	b := &telemetry.Batch{}
	historytest.Fill(b, historytest.Fleet("v", n), time.Now().Truncate(time.Second), time.Second, 0, 1)
	return b
}

// TestServerInTrouble: what passes by itself is an error that says what to do, and the batch counts as not stored.
func TestServerInTrouble(t *testing.T) {
	f := func(status int, body string, want ...string) {
		t.Helper()
		s := against(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, body) //nolint:errcheck // the test sees
		})
		got, err := s.Append(t.Context(), batch(10))
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "hush") || got != (history.Appended{}) {
				t.Errorf("%d %s: %+v, %v; want %q", status, body, got, err, w)
			}
		}
	}
	f(401, `{"code":"unauthorized","message":"unauthorized access"}`, "unauthorized access", "history.influxdb.token")
	f(403, `{"code":"forbidden","message":"insufficient permissions for write"}`, "read and write access to b")
	f(404, `{"code":"not found","message":"bucket \"b\" not found"}`, "influx bucket create -n b -r 9600h", "history.influxdb.org")
	f(429, `{"message":"limit exceeded"}`, "is busy (429: limit exceeded)", "The bus keeps what comes")
	f(503, `{}`, "is busy (503")
	f(500, `{"error":"engine: write wal: no space left on device"}`, "answers 500")
	f(500, `{"message":"write /wal: no space left on device"}`, "the disk of InfluxDB", "free space there")
	f(400, `{"message":"partial write: write /_series/03/0000: no space left on device dropped=10"}`, "the disk of InfluxDB", "restart it")
	f(502, `bad gateway`, "answers 502")
	f(418, `{"message":"tea"}`, "answers 418: tea", "history.influxdb.url")
}

// TestServerIsSlow: a server that hangs is given up after the timeout, and a caller that leaves is let go.
func TestServerIsSlow(t *testing.T) {
	hang := make(chan struct{})
	s := against(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	defer close(hang)
	if _, err := s.Append(t.Context(), batch(1)); err == nil || !strings.Contains(err.Error(), "no answer within 100ms") || !strings.Contains(err.Error(), "history.influxdb.timeout") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := s.Append(ctx, batch(1)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// TestRequestsAreBounded: batches are cut to the configured size, and further where the server says so.
func TestRequestsAreBounded(t *testing.T) {
	seen, requests := map[string]int{}, 0
	s := against(t, func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		for n := 0; n < len(body); {
			k, err := r.Body.Read(body[n:])
			if n += k; err != nil {
				break
			}
		}
		all := strings.Split(strings.TrimSpace(string(body)), "\n")
		if requests++; len(all) > 300 {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
		for _, line := range all {
			seen[line]++
		}
		w.WriteHeader(http.StatusNoContent)
	})
	got, err := s.Append(t.Context(), batch(2500))
	if err != nil || got.Stored != 2500 || len(seen) != 2500 || requests > 2*7+3 {
		t.Errorf("%+v, %v: %d points by %d requests", got, err, len(seen), requests)
	}
}

// TestAnswerIsCut: an answer that ends early, or tells of an error half way, is an error.
func TestAnswerIsCut(t *testing.T) {
	const head = "#datatype,string,long,dateTime:RFC3339,double,string,string\r\n#group,false,false,false,false,true,true\r\n#default,_result,,,,,\r\n" +
		",result,table,_time,_value,_field,_measurement\r\n,,0,2026-01-01T00:00:00Z,1,value,v\r\n"
	f := func(body, want string) {
		t.Helper()
		s := against(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			fmt.Fprint(w, body) //nolint:errcheck // the test sees
			if strings.HasSuffix(body, "\n\n") {
				fmt.Fprint(w, strings.Repeat("\n", 100000-len(body))) //nolint:errcheck // the test sees
			}
		})
		q, err := s.Querier(0, time.Now().UnixMilli())
		if err != nil {
			t.Fatal(err)
		}
		set := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, "__name__", "v"))
		if set.Next() || set.Err() == nil || !strings.Contains(set.Err().Error(), want) {
			t.Errorf("%q: error %v, want %q", body, set.Err(), want)
		}
	}
	f(head, "cut short")
	f(head+",,0,2026-01-01T00:0", "cut short")
	f(head+"\r\n#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,out of memory,\n\n", "the query failed: out of memory")
	f("<html>\n\n", "none of InfluxDB's")
}
