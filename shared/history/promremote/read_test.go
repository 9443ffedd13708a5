package promremote

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/promapi"
)

// against opens a store of a server that answers by the handler.
func against(t *testing.T, h http.HandlerFunc) *Store {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c := history.DefaultConfig()
	c.Kind, c.Prometheus.URL, c.Prometheus.Token = history.PrometheusKind, server.URL, "hush"
	s, err := Open(c, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() }) //nolint:errcheck // it never fails
	return s
}

// frame returns a frame of a streamed answer with one series of ten samples.
func frame(tb testing.TB) []byte {
	tb.Helper()
	chunk := chunkenc.NewXORChunk()
	app, err := chunk.Appender()
	if err != nil {
		tb.Fatal(err)
	}
	for i := range 10 {
		app.Append(0, int64(i)*1000, float64(i))
	}
	message, err := (&prompb.ChunkedReadResponse{ChunkedSeries: []*prompb.ChunkedSeries{{
		Labels: []prompb.Label{{Name: "__name__", Value: "v"}},
		Chunks: []prompb.Chunk{{Type: prompb.Chunk_XOR, Data: chunk.Bytes()}, {Type: prompb.Chunk_HISTOGRAM}},
	}}}).Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	out := binary.AppendUvarint(nil, uint64(len(message)))
	out = binary.BigEndian.AppendUint32(out, crc32.Checksum(message, crc32.MakeTable(crc32.Castagnoli)))
	return append(out, message...)
}

// found returns how many samples are found from 2 s to 5 s after 1970.
func found(t *testing.T, s *Store) (int, error) {
	t.Helper()
	q, err := s.Querier(2000, 5000)
	if err != nil {
		t.Fatal(err)
	}
	set, n := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, "__name__", "v")), 0
	for set.Next() {
		for it := set.At().Iterator(nil); it.Next() == chunkenc.ValFloat; {
			n++
		}
	}
	return n, set.Err()
}

// TestRemoteRead: both kinds of answers are read; one that is damaged or cut is an error, never a part of the truth.
func TestRemoteRead(t *testing.T) {
	whole := frame(t)
	plain, err := (&prompb.ReadResponse{Results: []*prompb.QueryResult{{Timeseries: []*prompb.TimeSeries{{
		Labels: []prompb.Label{{Name: "__name__", Value: "v"}}, Samples: []prompb.Sample{{Timestamp: 2000, Value: 1}, {Timestamp: 5000, Value: 2}},
	}}}}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	const stream = "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse"
	f := func(kind string, body []byte, want int, wantErr string) {
		t.Helper()
		s := against(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/api/v1/read" || r.Header.Get("Authorization") != "Bearer hush" {
				t.Errorf("asked %s as %q", r.URL, r.Header.Get("Authorization"))
			}
			w.Header().Set("Content-Type", kind)
			w.Write(body) //nolint:errcheck // the test sees
		})
		n, err := found(t, s)
		if n != want || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: %d samples, %v; want %d, %q", kind, n, err, want, wantErr)
		}
	}
	f(stream, whole, 4, "")
	f(stream, append(append([]byte(nil), whole...), whole...), 4, "")
	f(stream, nil, 0, "")
	f(stream, whole[:len(whole)-1], 0, "cut short")
	f(stream, whole[:3], 0, "cut short")
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-3] ^= 1
	f(stream, damaged, 0, "checksum")
	f(stream, binary.AppendUvarint(nil, 1<<40), 0, "frame of")
	f("application/x-protobuf", snappy.Encode(nil, plain), 2, "")
	f("application/x-protobuf", snappy.Encode(nil, plain[:9]), 0, "damaged")
	f("application/x-protobuf", []byte("nonsense"), 0, "damaged")
}

// TestReadErrors: trouble of the server says what to do.
func TestReadErrors(t *testing.T) {
	f := func(status int, text string, want string, is error) {
		t.Helper()
		s := against(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, status) })
		if _, err := found(t, s); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") || is != nil && !errors.Is(err, is) {
			t.Errorf("%d %s: %v, want %q", status, text, err, want)
		}
	}
	f(401, "who?", "set history.prometheus.token, or history.prometheus.username", nil)
	f(503, "starting", "503 Service Unavailable: starting", nil)
	f(400, "exceeded sample limit (50000000)", "ask for a shorter time", promapi.ErrTooMuch)
	f(404, "404 page not found", "there is no API", nil) // the query API says so
}

// TestDivides: without remote read the query API is asked, in stretches that are not too much for it.
func TestDivides(t *testing.T) {
	var asked []string
	s := against(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/read" {
			asked = append(asked, "read")
			http.NotFound(w, r)
			return
		}
		text := r.FormValue("query")
		window, err := time.ParseDuration(text[strings.Index(text, "[")+1 : len(text)-1])
		if err != nil {
			t.Error(err)
		}
		asked = append(asked, window.String())
		if window > 20*time.Minute {
			w.WriteHeader(http.StatusUnprocessableEntity)
			fmt.Fprint(w, `{"status":"error","error":"too many samples"}`) //nolint:errcheck // the test sees
			return
		}
		end, err := strconv.ParseFloat(r.FormValue("time"), 64)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"v"},"values":[[%[1]v,"1"],[%[2]v,"2"]]}]}}`, //nolint:errcheck // the test sees
			end-window.Seconds(), end)
	})
	for range 2 {
		asked = nil
		q, err := s.Querier(1e12, 1e12+3600_000)
		if err != nil {
			t.Fatal(err)
		}
		set := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", "v.*"))
		if !set.Next() || set.Err() != nil {
			t.Fatal(set.Err())
		}
		n := 0
		for it := set.At().Iterator(nil); it.Next() == chunkenc.ValFloat; {
			if at, _ := it.At(); at < 1e12 || at > 1e12+3600_000 {
				t.Errorf("a sample of %d", at)
			}
			n++
		}
		if n != 4 { // the ends of four stretches; their beginnings are the ends of others, or before the first
			t.Errorf("%d samples of %q", n, asked)
		}
	}
	if len(asked) != 7 || asked[0] != "1h0m0.001s" {
		t.Errorf("asked for %q", asked)
	}
}

func TestSelector(t *testing.T) {
	f := func(want string, ms ...*labels.Matcher) {
		t.Helper()
		if got := selector(ms); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	m := labels.MustNewMatcher
	f(`{__name__="v"}`, m(labels.MatchEqual, "__name__", "v"))
	f(`{host="a\"}b\n"}`, m(labels.MatchEqual, "host", "a\"}b\n"))
	f(`{host=~"(?s:.*)",__name__!=""}`, m(labels.MatchRegexp, "host", ".*"))
	f(`{host=~"a|b",job!="x"}`, m(labels.MatchRegexp, "host", "a|b"), m(labels.MatchNotEqual, "job", "x"))
	f(`{__name__!=""}`)
}

// FuzzStreamed: an answer of any bytes is read or refused.
func FuzzStreamed(f *testing.F) {
	whole := frame(f)
	f.Add(whole)
	f.Add(whole[:9])
	f.Add([]byte{1, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		b := seriesset.New(seriesset.Limits{Series: 100, Samples: 10_000})
		if err := streamed(bytes.NewReader(data), 0, 1e13, b); err == nil && len(data) > 0 && b.Series() > len(data) {
			t.Errorf("%d series of %d bytes", b.Series(), len(data))
		}
		// The checksum keeps most damage away; what gets past it must not get further.
		var answer prompb.ChunkedReadResponse
		if answer.Unmarshal(data) == nil {
			for _, s := range answer.ChunkedSeries {
				_ = addChunks(s, 0, 1e13, b) // an error or not: it returns
			}
		}
		if _, err := readFrame(bufio.NewReader(bytes.NewReader(data)), nil); err == nil && len(data) < 5 {
			t.Errorf("%x is a frame", data)
		}
		if err := plainAnswer(bytes.NewReader(data), b); errors.Is(err, io.EOF) {
			t.Errorf("%x: %v", data, err)
		}
	})
}
