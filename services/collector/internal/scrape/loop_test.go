package scrape

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/edgetest"
	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Nothing that was started may outlive its test.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers every request by the text.
func serve(t testing.TB, text string) string {
	return serveFunc(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }) //nolint:errcheck // test
}

func serveFunc(t testing.TB, f http.HandlerFunc) string {
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL + "/metrics"
}

// loop returns the loop of a target that is on another machine, as far as labels are concerned.
func loop(t testing.TB, r *edgetest.Rig, target Target) *Loop {
	t.Helper()
	if errs := target.Problems(""); len(errs) > 0 {
		t.Fatal(errs)
	}
	l, err := NewLoop("test", target, Settings{Edge: r.Edge, Part: r.Part, Metrics: NewMetrics(r.Registry), Bodies: NewBodies()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if l.fetcher != nil {
			l.fetcher.close()
		}
	})
	l.labeler.local, l.labeler.host = Local{}, ""
	return l
}

// scraped scrapes once and returns what came of it, by series without job and instance.
func scraped(t testing.TB, r *edgetest.Rig, l *Loop) (map[string]float64, string) {
	t.Helper()
	problem := l.scrape(t.Context())
	published := r.Counters(t)["samples_total"]
	bustest.Until(t, 20*time.Second, "what was published", func() bool { return float64(len(r.Reader.Samples())) == published })
	out := map[string]float64{}
	for _, s := range r.Reader.Samples() {
		if s.Labels.Get(telemetry.MetricName) == "scrape_duration_seconds" {
			continue
		}
		out[s.Labels.With("job", "").With("instance", "").String()] = s.Value
	}
	return out, problem
}

func TestScrape(t *testing.T) {
	f := func(name, body string, want map[string]float64, problem string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			r := edgetest.New(t, func(l *edge.Limits) { l.BodyBytes = 1 << 20; l.Series = 500 })
			got, said := scraped(t, r, loop(t, r, Target{URL: serve(t, body)}))
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })); diff != "" {
				t.Errorf("samples (-want +got):\n%s", diff)
			}
			if problem == "" && said != "" || !strings.Contains(said, problem) {
				t.Errorf("problem = %q, want %q", said, problem)
			}
		})
	}
	own := func(up, scraped, dropped float64, more ...any) map[string]float64 {
		m := map[string]float64{"up": up, "scrape_samples_scraped": scraped, "scrape_series_dropped": dropped}
		for i := 0; i < len(more); i += 2 {
			m[more[i].(string)] = more[i+1].(float64)
		}
		return m
	}
	f("plain", "a 1\nb{c=\"d\"} 2\n", own(1, 2, 0, "a", 1.0, `b{c="d"}`, 2.0), "")
	f("malformed line", "a 1\n}{ nonsense\nb 2\n", own(1, 2, 0, "a", 1.0, "b", 2.0), "")
	f("not finite", "a NaN\nb +Inf\nc -Inf\n", own(1, 3, 0, "a", math.NaN(), "b", math.Inf(1), "c", math.Inf(-1)), "")
	f("duplicates, the first wins", "a 1\na 2\na{} 3\n", own(1, 3, 0, "a", 1.0), "")
	f("ahead of the clock", fmt.Sprintf("a 1 %d\nb 2\n", time.Now().Add(time.Hour).UnixMilli()), own(1, 2, 0, "b", 2.0), "NTP")
	f("hours late", fmt.Sprintf("a 1 %d\n", time.Now().Add(-5*time.Hour).UnixMilli()), own(1, 1, 0, "a", 1.0), "behind this machine's clock")
	f("since the epoch", "a 1 1000\nb 2\n", own(1, 2, 0, "b", 2.0), "limits.behind")
	many := "many{"
	for i := range 70 {
		many += fmt.Sprintf("l%d=\"x\",", i)
	}
	f("too many labels", many+"} 1\nb 2\n", own(1, 2, 1, "b", 2.0), "1 series have too many, too long or nameless labels; drop labels by metric_relabel")
	f("its own up", "up 5\na 1\n", own(1, 2, 0, "a", 1.0), "")
	f("displaced labels", `a{job="x",instance="y"} 1`+"\n", own(1, 1, 0, `a{exported_instance="y",exported_job="x"}`, 1.0), "")
	f("names its host", "a 1\nnode_uname_info{nodename=\"erp-01\"} 1\nb{host=\"other\"} 2\n", map[string]float64{
		`a{host="erp-01"}`: 1, `node_uname_info{host="erp-01",nodename="erp-01"}`: 1, `b{host="other"}`: 2,
		`up{host="erp-01"}`: 1, `scrape_samples_scraped{host="erp-01"}`: 3, `scrape_series_dropped{host="erp-01"}`: 0,
	}, "")
	f("10 MB line", "a 1\nb{c=\""+strings.Repeat("x", 10<<20)+"\"} 1\n", own(0, 0, 0), "body_bytes")
	f("a web page", "<html>", own(0, 0, 0), "web page")
}

func TestScrapeCardinality(t *testing.T) {
	r := edgetest.New(t, func(l *edge.Limits) { l.Series = 1000 })
	var body strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&body, "orders{user=\"%d\"} 1\n", i)
	}
	l := loop(t, r, Target{URL: serve(t, body.String())})
	for range 3 {
		if problem := l.scrape(t.Context()); !strings.Contains(problem, "orders (10000)") {
			t.Fatalf("problem = %q, want the metric at fault", problem)
		}
	}
	bustest.Until(t, 20*time.Second, "three scrapes", func() bool { return len(r.Reader.Named("up")) == 3 })
	bustest.Until(t, 20*time.Second, "the series within the limit", func() bool { return len(r.Reader.Named("orders")) == 3000 })
	if n := r.Logs.FilterMessage("source exceeds its series limit").Len(); n != 1 {
		t.Errorf("said %d times, want once", n)
	}
	dropped := r.Reader.Named("scrape_series_dropped")
	if v := dropped[len(dropped)-1].Value; v != 9000 {
		t.Errorf("scrape_series_dropped = %v, want 9000", v)
	}
}

func TestScrapeFailures(t *testing.T) {
	r := edgetest.New(t, func(l *edge.Limits) { l.BodyBytes = 1 << 20 })
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	hang := func(_ http.ResponseWriter, req *http.Request) {
		select {
		case <-req.Context().Done():
		case <-done:
		}
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close() //nolint:errcheck // only its port is needed
	elsewhere := serve(t, "a 1\n")
	metrics := NewMetrics(r.Registry)
	f := func(name string, target Target, problem string) {
		t.Helper()
		t.Run(name, func(t *testing.T) {
			l, err := NewLoop(name, target, Settings{Edge: r.Edge, Part: r.Part, Metrics: metrics, Bodies: NewBodies()})
			if err != nil {
				t.Fatal(err)
			}
			before := len(r.Reader.Named("up"))
			said := l.scrape(t.Context())
			l.fetcher.close()
			if !strings.Contains(said, problem) {
				t.Errorf("problem = %q, want %q", said, problem)
			}
			if strings.Contains(said, "s3cret") {
				t.Errorf("problem %q holds a secret", said)
			}
			bustest.Until(t, 20*time.Second, "up", func() bool { return len(r.Reader.Named("up")) > before })
			if up := r.Reader.Named("up"); up[len(up)-1].Value != 0 {
				t.Errorf("up = %v, want 0", up[len(up)-1].Value)
			}
		})
	}
	status := func(code int) string {
		return serveFunc(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }) + "?token=s3cret"
	}
	short := 300 * time.Millisecond
	f("401", Target{URL: status(401), BearerToken: "s3cret"}, "set basic_auth or bearer_token")
	f("403", Target{URL: status(403)}, "allow this user")
	f("404", Target{URL: status(404)}, "correct the path")
	f("500", Target{URL: status(500)}, "answered 500")
	f("dead", Target{URL: "http://" + closed.Addr().String() + "/metrics?token=s3cret"}, "connection refused")
	f("slow", Target{URL: serveFunc(t, hang) + "?token=s3cret", Timeout: short}, "no complete answer within 300ms")
	f("slow body", Target{URL: serveFunc(t, func(w http.ResponseWriter, req *http.Request) {
		io.WriteString(w, "a 1\n") //nolint:errcheck // test
		w.(http.Flusher).Flush()
		hang(w, req)
	}), Timeout: short}, "no complete answer within 300ms")
	f("redirect elsewhere", Target{URL: serveFunc(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, elsewhere+"?token=s3cret", http.StatusFound)
	})}, "set url to that")
	f("redirect for ever", Target{URL: serveFunc(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "/metrics?again", http.StatusFound)
	})}, "redirected more than")
	f("gzip bomb", Target{URL: serveFunc(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write(bytes.Repeat([]byte("a 1\n"), 16<<20)) //nolint:errcheck // the client leaves
		z.Close()                                      //nolint:errcheck // the client leaves
	})}, "larger than 1MiB")
	f("no gzip", Target{URL: serveFunc(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "a 1\n") //nolint:errcheck // test
	})}, "no valid gzip")
	f("no such host", Target{URL: "http://no-such-host.invalid/metrics"}, "correct the host name")
}

func TestScrapeSendsCredentialsAndUnpacks(t *testing.T) {
	r := edgetest.New(t)
	seen := make(chan *http.Request, 1)
	url := serveFunc(t, func(w http.ResponseWriter, req *http.Request) {
		seen <- req
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
		z := gzip.NewWriter(w)
		io.WriteString(z, "# TYPE a counter\na_total 1 "+fmt.Sprint(time.Now().Unix())+".5 # {x=\"y\"} 1\n# EOF\n") //nolint:errcheck // test
		z.Close()                                                                                                   //nolint:errcheck // test
	})
	got, problem := scraped(t, r, loop(t, r, Target{URL: url, BasicAuth: BasicAuth{"ann", "s3cret"}}))
	if problem != "" || got["a_total"] != 1 {
		t.Errorf("problem %q, samples %v; want a_total", problem, got)
	}
	req := <-seen
	if user, password, ok := req.BasicAuth(); !ok || user != "ann" || password != "s3cret" {
		t.Errorf("basic auth = %q %q %v", user, password, ok)
	}
	if a := req.Header.Get("Accept"); strings.Contains(a, "protobuf") || !strings.Contains(a, "openmetrics") {
		t.Errorf("Accept = %q, want the text formats only", a)
	}
}

func TestScrapeTLS(t *testing.T) {
	r := edgetest.New(t)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") == "Bearer s3cret" {
			io.WriteString(w, "a 1\n") //nolint:errcheck // test
		}
	}))
	s.Config.ErrorLog = nil
	s.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	metrics := NewMetrics(r.Registry)
	f := func(name string, c config.ClientTLS, problem string) {
		t.Helper()
		l, err := NewLoop(name, Target{URL: s.URL + "/metrics", TLS: c, BearerToken: "s3cret"},
			Settings{Edge: r.Edge, Part: r.Part, Metrics: metrics, Bodies: NewBodies()})
		if err != nil {
			t.Fatal(err)
		}
		before := len(r.Reader.Named("a"))
		if got := l.scrape(t.Context()); problem == "" && got != "" || !strings.Contains(got, problem) {
			t.Errorf("%s: problem = %q, want %q", name, got, problem)
		}
		l.fetcher.close()
		if problem == "" {
			bustest.Until(t, 20*time.Second, name+": a", func() bool { return len(r.Reader.Named("a")) > before })
		}
	}
	f("unknown authority", config.ClientTLS{}, "set tls.ca_file")
	f("known authority", config.ClientTLS{CAFile: ca}, "")
	f("wrong name", config.ClientTLS{CAFile: ca, ServerName: "erp.invalid"}, "erp.invalid")
	f("not verified", config.ClientTLS{InsecureSkipVerify: true}, "")
}

// Tokens and authorities are renewed: what was refused is read anew, without a restart.
func TestScrapeTakesUpRenewedCredentials(t *testing.T) {
	r := edgetest.New(t)
	var wanted atomic.Pointer[string]
	want := func(s string) { wanted.Store(&s) }
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("Authorization") != "Bearer "+*wanted.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		io.WriteString(w, "a 1\n") //nolint:errcheck // test
	}))
	s.StartTLS()
	t.Cleanup(s.Close)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	right := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	target := Target{URL: s.URL + "/metrics", TLS: config.ClientTLS{CAFile: write("ca.pem", otherAuthority(t))}}
	if err := target.BearerToken.UnmarshalText([]byte("file:" + write("token", []byte("one\n")))); err != nil {
		t.Fatal(err)
	}
	l := loop(t, r, target)
	f := func(problem string) {
		t.Helper()
		if got := l.scrape(t.Context()); problem == "" && got != "" || !strings.Contains(got, problem) {
			t.Errorf("problem = %q, want %q", got, problem)
		}
	}
	want("one")
	f("set tls.ca_file")
	write("ca.pem", right)
	f("")
	want("two")
	f("answered 401")
	write("token", []byte("two\n"))
	f("")
}

// otherAuthority returns the certificate of nobody that a test talks to.
func otherAuthority(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestRelabel(t *testing.T) {
	r := edgetest.New(t)
	l := loop(t, r, Target{
		URL:    serve(t, "go_a 1\nkeep_me{path=\"/x\",id=\"1\"} 2\nkeep_me{path=\"/x\",id=\"2\"} 3\nkeep_me{path=\"/tmp\"} 4\nother 5\n"),
		Labels: map[string]string{"team": "erp"},
		MetricRelabel: []Rule{
			{Regex: "go_.*", Action: "drop"},
			{SourceLabels: []string{"__name__", "path"}, Regex: "keep_me;/tmp", Action: "drop"},
			{Regex: "keep_.*", Action: "keep"},
			{Regex: "id|__name__", Action: "labeldrop"},
		},
	})
	for range 2 { // learnt, then known
		got, problem := scraped(t, r, l)
		want := map[string]float64{
			`keep_me{path="/x",team="erp"}`: 2, `up{team="erp"}`: 1, `scrape_samples_scraped{team="erp"}`: 5,
			`scrape_series_dropped{team="erp"}`: 0,
		}
		if diff := cmp.Diff(want, got); diff != "" || problem != "" {
			t.Errorf("problem %q, samples (-want +got):\n%s", problem, diff)
		}
	}
}

// As in Prometheus 3 a dot matches line ends, such as those of SQL in a label.
func TestRelabelOfManyLines(t *testing.T) {
	r, err := Rule{SourceLabels: []string{"q"}, Regex: "SELECT.*", Action: actionDrop}.compile()
	if err != nil {
		t.Fatal(err)
	}
	ls := telemetry.NewLabels(telemetry.Label{Name: "q", Value: "SELECT 1\nFROM x"})
	if _, kept := apply([]rule{r}, ls); kept {
		t.Error("kept, although the rule matches")
	}
}

func TestLocalTargetsCarryThisHost(t *testing.T) {
	local := LocalMachine("erp-01")
	f := func(url string, want bool) {
		t.Helper()
		if got := local.is(url); got != want {
			t.Errorf("%s local = %v, want %v", url, got, want)
		}
	}
	f("http://localhost:9100/metrics", true)
	f("http://127.0.0.1:9100/metrics", true)
	f("http://127.8.8.8:9100/metrics", true)
	f("http://[::1]:9100/metrics", true)
	f("http://ERP-01:9100/metrics", true)
	f("http://erp-02:9100/metrics", false)
	f("http://192.0.2.7:9100/metrics", false)
	for _, a := range local.Addresses {
		f("http://"+net.JoinHostPort(a.WithZone("").String(), "80")+"/metrics", true)
	}
	r := edgetest.New(t)
	l, err := NewLoop("x", Target{URL: serve(t, "a 1\n")}, Settings{Edge: r.Edge, Part: r.Part, Metrics: NewMetrics(r.Registry), Local: local, Bodies: NewBodies()})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := scraped(t, r, l)
	if got[`a{host="erp-01"}`] != 1 {
		t.Errorf("samples = %v, want a with host erp-01", got)
	}
}

// A node exporter on this machine names the system, and the host collector what is configured: they are one.
func TestLocalNodeExporterIsTheConfiguredHost(t *testing.T) {
	f := func(url, nodeName, want string) {
		t.Helper()
		l, err := newLabeler(Target{URL: url}, Local{Hostname: "erp-01", System: "Localhost.localdomain"})
		if err != nil {
			t.Fatal(err)
		}
		l.identify(nodeName)
		if got := l.own("up").Get("host"); got != want {
			t.Errorf("%s with nodename %q: host %q, want %q", url, nodeName, got, want)
		}
	}
	f("http://localhost:9100/metrics", "localhost.localdomain", "erp-01")
	f("http://localhost:9100/metrics", "", "erp-01")
	f("http://localhost:19100/metrics", "erp-02", "erp-02") // through a tunnel
	f("http://erp-03:9100/metrics", "localhost.localdomain", "localhost.localdomain")
}

func TestSlowTargetHurtsNobody(t *testing.T) {
	r := edgetest.New(t)
	metrics := NewMetrics(r.Registry)
	release := make(chan struct{})
	slow := serveFunc(t, func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{}, 2)
	for name, url := range map[string]string{"slow": slow, "quick": serve(t, "a 1\n")} {
		l, err := NewLoop(name, Target{URL: url, Interval: time.Second}, Settings{Edge: r.Edge, Part: r.Part, Metrics: metrics, Bodies: NewBodies()})
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			r.Part.Run(ctx, name, func(ctx context.Context) error { return l.Run(ctx, name) })
			ended <- struct{}{}
		}()
	}
	bustest.Until(t, 20*time.Second, "three scrapes of the quick target", func() bool { return len(r.Reader.Named("a")) >= 3 })
	bustest.Until(t, 20*time.Second, "the slow target's trouble", func() bool {
		for _, c := range r.Health.Checks() {
			if strings.Contains(c.Message, "1 of 2 in trouble. slow: no complete answer") {
				return true
			}
		}
		return false
	})
	cancel()
	<-ended
	<-ended
}

// A scrape that the end of the process cuts short says nothing of its target.
func TestCancelledScrapeSaysNothing(t *testing.T) {
	r := edgetest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	var calls atomic.Int32
	url := serveFunc(t, func(w http.ResponseWriter, req *http.Request) {
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		cancel()
		<-req.Context().Done()
	})
	l := loop(t, r, Target{URL: url, Interval: time.Second})
	if err := l.Run(ctx, "broken"); err != nil {
		t.Error(err)
	}
	if calls.Load() != 2 || r.Logs.FilterMessage("member in trouble").Len() != 1 {
		t.Fatalf("%d scrapes and %v, want a broken one and one that was cut short", calls.Load(), r.Logs.All())
	}
	if n := r.Logs.FilterMessage("member is well again").Len(); n != 0 {
		t.Error("a broken target is said to be well again at the end")
	}
}

func TestTargetProblems(t *testing.T) {
	good := Target{URL: "https://erp-01:9100/metrics", Interval: time.Minute, Timeout: 30 * time.Second}
	if errs := good.Problems(""); len(errs) > 0 {
		t.Errorf("good target: %v", errs)
	}
	bad := Target{
		URL: "ftp://x", Interval: time.Millisecond, Timeout: time.Hour, Labels: map[string]string{"1a": "x", "b": ""},
		TLS: config.ClientTLS{CAFile: "/does/not/exist", CertFile: os.DevNull}, BasicAuth: BasicAuth{Password: "s3cret"}, BearerToken: "s3cret",
		MetricRelabel: []Rule{{Action: "replace"}, {Action: "drop"}, {Action: "keep", Regex: "("}, {Action: "labeldrop", Regex: "x", SourceLabels: []string{"y"}}},
	}
	var all []string
	for _, err := range bad.Problems("scrape[0].") {
		all = append(all, err.Error())
	}
	text := strings.Join(all, "\n")
	for _, key := range []string{
		"url:", "interval:", "timeout:", "labels.1a:", "labels.b:", "tls.ca_file:", "tls.cert_file:", "basic_auth.username:", "bearer_token:",
		"metric_relabel[0].action:", "metric_relabel[1].regex:", "metric_relabel[2].regex:", "metric_relabel[3].source_labels:",
	} {
		if !strings.Contains(text, "scrape[0]."+key) {
			t.Errorf("nothing is said of %s in\n%s", key, text)
		}
	}
	for _, url := range []string{"", "http://ann:s3cret@x/metrics", "http://", "http://%zz?s3cret"} {
		errs := Target{URL: url}.Problems("")
		if len(errs) != 1 || strings.Contains(errs[0].Error(), "s3cret") {
			t.Errorf("url %q: %v, want one problem without the secret", url, errs)
		}
	}
}

func BenchmarkScrape(b *testing.B) {
	body := []byte(largeBody(b))
	r := edgetest.New(b)
	l := loop(b, r, Target{URL: "http://erp-01:9100/metrics"})
	samples := 0
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	buf := make([]byte, 0, len(body)+8)
	for b.Loop() {
		l.source.Begin(time.Now())
		l.take(append(buf[:0], body...), false)
		round, err := l.source.End(context.Background())
		if err != nil {
			b.Fatal(err)
		}
		samples += round.Samples
	}
	b.ReportMetric(float64(samples)/b.Elapsed().Seconds(), "samples/s")
}

func BenchmarkParseOnly(b *testing.B) {
	body := []byte(largeBody(b))
	r := edgetest.New(b)
	l := loop(b, r, Target{URL: "http://erp-01:9100/metrics"})
	samples := 0
	b.ReportAllocs()
	buf := make([]byte, 0, len(body)+8)
	for b.Loop() {
		l.source.Begin(time.Now())
		l.take(append(buf[:0], body...), false)
		samples += l.source.Seen().Samples
	}
	b.ReportMetric(float64(samples)/b.Elapsed().Seconds(), "samples/s")
}

// largeBody is what a large exporter says: 10,000 series.
func largeBody(testing.TB) string {
	var b strings.Builder
	b.WriteString("# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n")
	for i := range 10_000 {
		fmt.Fprintf(&b, "http_requests_total{code=\"200\",handler=\"/api/v1/orders/%d\",method=\"get\"} %d.5\n", i, i*1000)
	}
	return b.String()
}
