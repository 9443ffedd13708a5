package queryapi_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"

	"github.com/forewarn/forewarn/shared/history/queryapi"
)

// slow is a store that answers when the query's time is over.
type slow struct{}

func (slow) Querier(int64, int64) (storage.Querier, error) {
	return slowQuerier{storage.NoopQuerier()}, nil
}

type slowQuerier struct{ storage.Querier }

func (slowQuerier) Select(ctx context.Context, _ bool, _ *storage.SelectHints, _ ...*labels.Matcher) storage.SeriesSet {
	<-ctx.Done()
	return storage.ErrSeriesSet(ctx.Err())
}

// many is a store in which a label has more values than anybody can read.
type many struct{}

func (many) Querier(int64, int64) (storage.Querier, error) {
	return manyQuerier{storage.NoopQuerier()}, nil
}

type manyQuerier struct{ storage.Querier }

func (manyQuerier) LabelValues(_ context.Context, _ string, hints *storage.LabelHints, _ ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	var out []string
	for i := range min(200_000, hints.Limit) {
		out = append(out, strconv.Itoa(i))
	}
	return out, nil, nil
}

type body struct {
	Status    string
	Data      json.RawMessage
	ErrorType string
	Error     string
	Warnings  []string
	Infos     []string
}

type response struct {
	body
	status int
	header http.Header
}

func read(t *testing.T, resp *http.Response, err error) response {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out := response{status: resp.StatusCode, header: resp.Header}
	if err := json.NewDecoder(resp.Body).Decode(&out.body); err != nil {
		t.Fatalf("%d is no JSON: %v", resp.StatusCode, err)
	}
	return out
}

func get(t *testing.T, url string) response {
	t.Helper()
	resp, err := http.Get(url)
	return read(t, resp, err)
}

// The bytes of a response are those of Prometheus.
func TestBytes(t *testing.T) {
	base := serve(t, settings(fixture(t)))
	f := func(path, want string) {
		t.Helper()
		resp, err := http.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
	f("/api/v1/query?query=1&time=1774987200.5", `{"status":"success","data":{"resultType":"scalar","result":[1774987200.500,"1"]}}`)
	f("/api/v1/query?query=odd[1m]&time=2026-03-31T20:01:00Z", `{"status":"success","data":{"resultType":"matrix","result":[`+
		`{"metric":{"__name__":"odd","dotted.name":"x"},"values":[[1774987215,"+Inf"],[1774987230,"-Inf"],[1774987245,"1e-09"],[1774987260,"1e+300"]]}]}}`)
	f(`/api/v1/query?query="<text>"&time=-0.25`, `{"status":"success","data":{"resultType":"string","result":[-0.250,"\u003ctext\u003e"]}}`)
	f("/api/v1/query?query=nothing", `{"status":"success","data":{"resultType":"vector","result":[]}}`)
	f("/api/v1/query?query=sum(used_bytes)", `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1774987800,"120"]}]}}`)
	f("/api/v1/label/host/values", `{"status":"success","data":["erp-01","财务-02"]}`)
	f("/api/v1/label/nothing/values", `{"status":"success","data":[]}`)
	f("/api/v1/series?match[]=nothing", `{"status":"success","data":[]}`)
	f("/api/v1/query?query=1&time=x", `{"status":"error","errorType":"bad_data","error":"invalid parameter \"time\": cannot parse \"x\" to a valid timestamp"}`)
	f("/api/v1/query_range?query=1&start=0&end=11001&step=1", `{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"}`)
	f("/api/v1/nothing", `{"status":"error","errorType":"not_found","error":"Forewarn serves no GET /prometheus/api/v1/nothing"}`)
}

func TestParameters(t *testing.T) {
	base := serve(t, settings(fixture(t)))
	f := func(path string, status int, mention string) {
		t.Helper()
		resp := get(t, base+"/api/v1/"+path)
		if resp.status != status || !strings.Contains(resp.Error, mention) {
			t.Errorf("%s: %d %q, want %d and mention of %q", path, resp.status, resp.Error, status, mention)
		}
	}
	f("query_range?query=1&start=0&end=11000&step=1", 200, "")
	f("query_range?query=1&start=1970-01-01T00:00:00Z&end=1970-01-01T08:00:00%2B08:00&step=1m", 200, "")
	f("query_range?query=1&start=0&end=10&step=1h30m&timeout=1s&limit=1&lookback_delta=1m", 200, "")
	f("query_range?query=1&start=10&end=0&step=1", 400, `"end"`)
	f("query_range?query=1&end=0&step=1", 400, `"start"`)
	f("query_range?query=1&start=0&end=1", 400, `"step"`)
	f("query_range?query=1&start=0&end=1&step=0", 400, `"step"`)
	f("query_range?query=1&start=0&end=1&step=-5m", 400, `"step"`)
	f("query_range?query=1&start=0&end=0&step=0.0001", 400, `"step"`)
	f("query_range?query=1&start=-1e300&end=1e300&step=1e300", 400, `"start"`)
	f("query_range?query=1&start=NaN&end=Inf&step=NaN", 400, `"start"`)
	f("query_range?query=1&start=0&end=253402300799&step=1y", 200, "")
	f("query_range?query=used_bytes[5m]&start=0&end=1&step=1", 400, `"query"`)
	f("query?query=", 400, `"query"`)
	f("query?query=1&timeout=x", 400, `"timeout"`)
	f("query?query=1&limit=-1", 400, `"limit"`)
	f("query?query=1&lookback_delta=x", 400, `"lookback_delta"`)
	f("query?query=used_bytes&limit=1", 200, "")
	f("series", 400, "match[]")
	f("series?match[]={}", 400, "match[]")
	f("series?match[]=up&match[]={a=~\".*\"}", 400, "non-empty matcher")
	f("series?match[]=up&start=-292273086-05-16T16:47:06Z&end=%2B292277025-08-18T07:12:54.999999999Z", 200, "")
	f("labels?match[]=x{", 400, "match[]")
	f("labels?start=x", 400, `"start"`)
	f("label/%ff/values", 400, "invalid label name")
	f("query?query=%zz", 400, "error parsing form values")
}

func TestPostAndWarnings(t *testing.T) {
	base := serve(t, settings(fixture(t)))
	for path, form := range map[string]url.Values{
		"query":       {"query": {"sum(rate(used_bytes[1m]))"}},
		"query_range": {"query": {"rate(used_bytes[1m])"}, "start": {"1774987200"}, "end": {"1774987800"}, "step": {"60"}},
		"series":      {"match[]": {"used_bytes", "odd"}},
		"labels":      {"match[]": {"used_bytes"}},
	} {
		resp, err := http.PostForm(base+"/api/v1/"+path, form)
		if got := read(t, resp, err); got.Status != "success" || len(got.Data) < 10 {
			t.Errorf("POST %s: %d %+v", path, got.status, got.body)
		}
	}
	// A rate over what is no counter by its name is worth a remark; so is a quantile that is none.
	if got := get(t, base+"/api/v1/query?query=rate(used_bytes[1m])"); len(got.Infos) != 1 {
		t.Errorf("infos %q, want one about the name", got.Infos)
	}
	if got := get(t, base+"/api/v1/query?query=quantile(2,used_bytes)"); len(got.Warnings) != 1 {
		t.Errorf("warnings %q, want one about the quantile", got.Warnings)
	}
	resp, err := http.PostForm(base+"/api/v1/query", url.Values{"query": {strings.Repeat("1+", 1<<20)}})
	if got := read(t, resp, err); got.status != 400 {
		t.Errorf("a form beyond the limit: %d %s", got.status, got.Error)
	}
	resp, err = http.PostForm(base+"/api/v1/label/host/values", nil)
	if got := read(t, resp, err); got.status != 404 {
		t.Errorf("a method that is not served: %d", got.status)
	}
}

func TestGzip(t *testing.T) {
	h := queryapi.Handler(settings(fixture(t)))
	for _, accept := range []string{"", "br, gzip;q=0.9"} {
		r := httptest.NewRequest(http.MethodGet, "/prometheus/api/v1/query_range?query=used_bytes&start=1774987200&end=1774987800&step=1", nil)
		r.Header.Set("Accept-Encoding", accept)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		var data io.Reader = rec.Body
		if accept != "" {
			if rec.Header().Get("Content-Encoding") != "gzip" || rec.Body.Len() > 6000 {
				t.Fatalf("encoding %q, %d bytes", rec.Header().Get("Content-Encoding"), rec.Body.Len())
			}
			zr, err := gzip.NewReader(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			data = zr
		}
		var got body
		if err := json.NewDecoder(data).Decode(&got); err != nil || got.Status != "success" {
			t.Errorf("accepting %q: %+v, %v", accept, got, err)
		}
	}
}

// FuzzRequest: whatever is asked, the answer is JSON under one of the statuses of Prometheus.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"query?query=up&time=1", "query_range?query=sum(rate(x[5m]))&start=0&end=10&step=1s", "series?match[]=used_bytes&limit=1",
		"labels?match[]={a=\"b\"}&start=-1e9", "label/__name__/values", "query?query=used_bytes[1h:1s]&lookback_delta=1ms",
		"query_range?query=1&start=1e18&end=1e19&step=1e-9", "status/buildinfo", "label/U__a_ff_/values?end=9999-01-01T00:00:00Z",
	} {
		f.Add(seed)
	}
	s := settings(fixture(f))
	s.QueryMaxSamples = 1000
	h := queryapi.Handler(s)
	f.Fuzz(func(t *testing.T, rest string) {
		path, query, _ := strings.Cut(rest, "?")
		r := httptest.NewRequest(http.MethodGet, "/prometheus/api/v1/x", nil)
		r.URL.Path, r.URL.RawQuery = "/prometheus/api/v1/"+path, query
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		switch rec.Code {
		case 200, 400, 404, 422, 503:
		case 301, 307:
			return // the mux cleans paths
		default:
			t.Fatalf("status %d: %s", rec.Code, rec.Body)
		}
		if !json.Valid(rec.Body.Bytes()) {
			t.Fatalf("no JSON: %q", rec.Body)
		}
	})
}
