package signal

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// TestRelease reads the labels that kube-state-metrics, the kubelet, OpenTelemetry's exporters and client libraries send,
// each beside the series of a signal.
func TestRelease(t *testing.T) {
	cat, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	f := func(name, series, component, version string, infos ...string) {
		t.Helper()
		said := map[string]Release{}
		for _, info := range infos {
			for _, n := range cat.Namings(parse1(t, info)) {
				said[n.Key] = n.Release
			}
		}
		got, ok := cat.Release(parse1(t, series), func(key string) (Release, bool) { r, ok := said[key]; return r, ok })
		if want := (Release{component, version}); got != want && ok || ok != (version != "") {
			t.Errorf("%s: got %v, %v; want %v", name, got, ok, want)
		}
	}
	const container = `container_memory_working_set_bytes{namespace="prod",pod="ledger-7f-x1",container="app"}`
	const heap = `jvm_memory_used_bytes{area="heap",job="ledger",instance="10.0.0.5:9404"}`
	f("nothing is known", container, "", "")
	f("pod labels", container, "ledger", "7.4.1",
		`kube_pod_labels{namespace="prod",pod="ledger-7f-x1",label_app_kubernetes_io_name="ledger",label_app_kubernetes_io_version="7.4.1"}`)
	f("labels of another pod", container, "", "",
		`kube_pod_labels{namespace="test",pod="ledger-7f-x1",label_app_kubernetes_io_name="ledger",label_app_kubernetes_io_version="7.4.1"}`)
	f("a name without version", container, "", "", `kube_pod_labels{namespace="prod",pod="ledger-7f-x1",label_app="ledger"}`)
	f("kubelet", `container_memory_working_set_bytes{namespace="prod",pod="p",container="app",image="registry:5000/fin/ledger:7.4.1@sha256:0123456789abcdef"}`, "ledger", "7.4.1")
	f("image spec before a runtime's digest", container, "ledger", "7.4.2",
		`kube_pod_container_info{namespace="prod",pod="ledger-7f-x1",container="app",image="sha256:0123456789abcdef",image_spec="registry/fin/ledger:7.4.2"}`)
	f("a side-car has its own image", container, "", "",
		`kube_pod_container_info{namespace="prod",pod="ledger-7f-x1",container="proxy",image="envoy:1.30"}`)
	f("the container's image before its pod's labels", container, "ledger", "7.4.2",
		`kube_pod_labels{namespace="prod",pod="ledger-7f-x1",label_app="erp",label_version="2026"}`,
		`kube_pod_container_info{namespace="prod",pod="ledger-7f-x1",container="app",image="ledger:7.4.2"}`)
	f("OpenTelemetry collector", heap, "ledger", "2.0", `target_info{job="ledger",instance="10.0.0.5:9404",service_version="2.0"}`)
	f("OpenTelemetry SDK", heap, "bookkeeping", "2.0", `target_info{job="ledger",instance="10.0.0.5:9404",service_name="bookkeeping",service_version="2.0"}`)
	f("promoted resource attributes", `jvm_memory_used_bytes{area="heap",job="j",instance="a:1",service_name="ledger",service_version="3"}`, "ledger", "3")
	f("plain labels", `process_resident_memory_bytes{job="j",instance="a:1",app="ledger",version="3"}`, "ledger", "3")
	f("build info", heap, "ledger", "1.2.3", `ledger_build_info{job="ledger",instance="10.0.0.5:9404",version="1.2.3",revision="abc"}`)
	f("a module's build info says nothing", heap, "", "", `go_build_info{job="ledger",instance="10.0.0.5:9404",checksum="",path="x",version="(devel)"}`)
	f("the runtime, if nothing else", heap, "ledger", "21.0.2+13", `jvm_info{job="ledger",instance="10.0.0.5:9404",runtime="OpenJDK",version="21.0.2+13"}`)
	f("the application before its runtime", heap, "ledger", "2.0",
		`jvm_info{job="ledger",instance="10.0.0.5:9404",version="21.0.2+13"}`, `target_info{job="ledger",instance="10.0.0.5:9404",service_version="2.0"}`)
	f("another cluster", container, "", "",
		`kube_pod_labels{cluster="b",namespace="prod",pod="ledger-7f-x1",label_app="ledger",label_version="7"}`)
	f("a kernel is no release", `process_resident_memory_bytes{job="node",instance="a:9100"}`, "", "",
		`node_uname_info{job="node",instance="a:9100",release="6.1.0",version="#1 SMP"}`)
}

func parse1(t *testing.T, series string) telemetry.Labels {
	t.Helper()
	ls, err := telemetry.ParseSeries(series)
	if err != nil {
		t.Fatal(err)
	}
	return ls
}

// TestUsersNameReleases: a rule of a user's file is believed first; built-in ones can be changed and taken out.
func TestUsersNameReleases(t *testing.T) {
	cat, err := Load(File{Name: "erp.yaml", Data: []byte(`
releases:
  - {id: erp, metric: erp_modules, on: [instance], component: module, version: patch|level}
  - {id: own-labels, disabled: true}
  - {id: build-info, version: tag}
`)})
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]Release{}
	for _, n := range cat.Namings(parse1(t, `erp_modules{instance="a:1",module="ledger",level="12"}`)) {
		said[n.Key] = n.Release
	}
	look := func(key string) (Release, bool) { r, ok := said[key]; return r, ok }
	got, ok := cat.Release(parse1(t, `jvm_memory_used_bytes{instance="a:1",app="x",version="y"}`), look)
	if diff := cmp.Diff(Release{"ledger", "12"}, got); diff != "" || !ok {
		t.Error(diff)
	}
	if _, ok := cat.Release(parse1(t, `jvm_memory_used_bytes{app="x",version="y"}`), look); ok {
		t.Error("a rule that was taken out is believed")
	}
	if n := cat.Namings(parse1(t, `x_build_info{job="j",instance="i",tag="5",version="6"}`)); len(n) != 1 || n[0].Version != "5" {
		t.Errorf("a changed rule says %v", n)
	}
	if !cat.Reads(parse1(t, `x_build_info{job="j",instance="i",tag="5"}`)) || cat.Reads(parse1(t, `up{job="j"}`)) {
		t.Error("what is read is not told from what is not")
	}
}

func TestReleaseErrors(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := Load(File{Name: "erp.yaml", Data: []byte("releases:\n  - " + text)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	f(`{id: x, component: a}`, "erp.yaml:2: release x: component: nothing names component and version; write both")
	f(`{id: X, component: a, version: b}`, `"X" is no id`)
	f(`{id: x, metric: m, component: a, version: b}`, "metric and on belong together")
	f(`{id: x, metric: '{}', on: [job], component: a, version: b}`, "is no metric name")
	f(`{id: x, metric: m, on: ['a b'], component: a, version: b}`, `"a b" is no label name`)
	f(`{id: x, component: 'a|', version: b}`, "names no label")
	f(`{id: x, match: [a], image: b}`, "is no matcher")
	f(`{id: x, lable: a}`, `unknown key "lable"`)
	f("{id: x, image: i}\n  - {id: x, image: i}", "erp.yaml:3: release x: id: the id is taken already")
}

// FuzzParseImage: whatever stands for an image, a version comes from it, and is not longer.
func FuzzParseImage(f *testing.F) {
	for _, s := range []string{"", "ledger", "ledger:1", "r:5000/a/ledger:1@sha256:ab", "ledger@sha256:0123456789abcdef", "sha256:ab", "a/b:latest", ":", "@", "/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := parseImage(s)
		if !strings.Contains(s, r.Component) || !strings.Contains(s, r.Version) || strings.Contains(r.Component, "/") {
			t.Errorf("%q is %+v", s, r)
		}
	})
}
