package history_test

import (
	"strings"
	"testing"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
)

func TestConfig(t *testing.T) {
	f := func(doc string, wantKeys ...string) {
		t.Helper()
		c := history.DefaultConfig()
		err := config.Load([]byte(doc), nil, config.Section{Name: "history", Into: &c})
		if (err != nil) != (len(wantKeys) > 0) {
			t.Fatalf("%s: error %v, want mention of %q", doc, err, wantKeys)
		}
		for _, key := range wantKeys {
			if !strings.Contains(err.Error(), key) {
				t.Errorf("%s: error %q does not name %s", doc, err, key)
			}
		}
	}
	f("")
	f("history: {retention: 720h, retention_size: 1GiB, out_of_order_window: 0s, reserve: 1GiB}")
	f("history: {retention: 1h, retention_size: 1, out_of_order_window: -1s, reserve: 1}",
		"history.retention:", "history.retention_size:", "history.out_of_order_window:", "history.reserve:")
	f("history: {out_of_order_window: 1000h}", "history.out_of_order_window:")
	f("history: {retension: 720h}", "retension")
	f("history: {kind: oracle}", "history.kind:")
	f("history: {kind: influxdb, influxdb: {url: 'http://influx:8086', org: erp, token: abc}}")
	f("history: {kind: influxdb, influxdb: {bucket: 'a\"b', batch_samples: 1, timeout: 0s}}",
		"history.influxdb.url:", "history.influxdb.bucket:", "history.influxdb.batch_samples:", "history.influxdb.timeout:")
	f("history: {kind: influxdb, influxdb: {url: 'http://a', bucket: 'a/b/c', tls: {cert_file: /none}}}", "history.influxdb.bucket:", "history.influxdb.tls.cert_file:")
	f("history: {kind: prometheus, prometheus: {url: 'http://p:9090', read_only: true}}")
	f("history: {kind: prometheus, prometheus: {url: 'http://mimir/prometheus', write_url: 'http://mimir/api/v1/push', tenant: erp, token: t}}")
	f("history: {kind: prometheus}", "history.prometheus.url:")
	f("history: {kind: prometheus, prometheus: {url: 'p:9090', write_url: 'http://a?x=1', read_only: true, token: t, username: u}}",
		"history.prometheus.url:", "history.prometheus.write_url:", "history.prometheus.token:")
	f("history: {influxdb: {url: 'http://influx:8086'}}", "history.influxdb.url:")
	f("history: {kind: influxdb, influxdb: {url: 'http://influx:8086'}, prometheus: {url: 'http://p'}}", "history.prometheus.url:")
}

// TestConfigHidesSecrets: an address that holds a password is not shown.
func TestConfigHidesSecrets(t *testing.T) {
	for _, address := range []string{"http://u:hush@influx:8086", "http://u:hush@influx:port"} {
		c := history.DefaultConfig()
		c.Kind, c.InfluxDB.URL = history.InfluxDBKind, address
		if err := c.Validate(); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestReading: programs other than the historian read what it answers, or the server that it writes, and say what is missing.
func TestReading(t *testing.T) {
	f := func(doc, url, section, want string) {
		t.Helper()
		c := history.DefaultConfig()
		if err := config.Load([]byte(doc), nil, config.Section{Name: "history", Into: &c}); err != nil {
			t.Fatal(err)
		}
		r, err := c.Reading()
		if err != nil || want != "" {
			if err == nil || want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", doc, err, want)
			}
			return
		}
		if got := r.Prometheus.URL + r.InfluxDB.URL; got != url || r.Section() != section || r.Validate() != nil {
			t.Errorf("%s: %s %s, %v", doc, got, r.Section(), r.Validate())
		}
	}
	f("", "", "", "history.historian.url: is empty")
	f("history: {historian: {url: 'https://h:8688/prometheus', token: secret}}", "https://h:8688/prometheus", "history.historian", "")
	f("history: {kind: influxdb, influxdb: {url: 'http://influx:8086'}}", "http://influx:8086", "history.prometheus", "")
	f("history: {kind: prometheus, prometheus: {url: 'http://p:9090'}}", "http://p:9090", "history.prometheus", "")

	c := history.DefaultConfig()
	err := config.Load([]byte("history: {historian: {url: 'h:8688', tls: {cert_file: x}}}"), nil, config.Section{Name: "history", Into: &c})
	for _, want := range []string{"history.historian.url: ", "history.historian.tls.cert_file: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
