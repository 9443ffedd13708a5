package check

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

const chartDir = root + "/deploy/helm/forewarn"

// least is what the chart cannot do without.
const least = `
config: {bus: {url: "tls://nats.nats.svc:4222"}}
secrets: {bus: forewarn-bus, tls: forewarn-tls, token: forewarn-token}
`

// values are those of the cases that are rendered.
func values() map[string]string {
	return map[string]string{
		"least": least,
		"influxdb, scaled, reached from outside": `
config:
  bus: {url: "tls://a:4222,tls://b:4222", replicas: 3}
  history: {kind: influxdb, influxdb: {url: "http://influxdb:8086", org: o}}
  notifier: {min_severity: warning}
secrets: {bus: forewarn-bus, tls: forewarn-tls, token: forewarn-token}
extraEnvFrom: [{secretRef: {name: forewarn-passwords}}]
imagePullSecrets: [{name: registry}]
services:
  trend: {replicas: 2, autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 16, lag: 5000}}
  anomaly: {replicas: 2, autoscaling: {enabled: true, minReplicas: 2, maxReplicas: 16, lag: 5000}}
  historian: {replicas: 3, persistence: {enabled: false, size: 1Gi}}
  console: {replicas: 2, externalURL: "https://forewarn.example.com", service: {type: LoadBalancer, port: 443, annotations: {a: b}}}
networkPolicy:
  consoleFrom: [{namespaceSelector: {matchLabels: {name: ingress}}}]
  metricsFrom: [{namespaceSelector: {matchLabels: {name: monitoring}}}]
  busTo: [{namespaceSelector: {matchLabels: {name: nats}}}]
  extraEgress: [{ports: [{port: 8086}]}]
`,
		"a Prometheus that others write": strings.Replace(least, "config: {", `config: {history: {kind: prometheus, prometheus: {url: "http://p:9090", read_only: true}}, `, 1) +
			"services: {collector: {enabled: false, replicas: 0, persistence: {enabled: false, size: 1Gi}}}\nnetworkPolicy: {enabled: false}\npodDisruptionBudget: {enabled: false}\n",
	}
}

// render returns the objects that the chart makes of values, decoded into Kubernetes' types: a field that these do not have is an error.
func render(t *testing.T, text string) ([]runtime.Object, error) {
	t.Helper()
	chart, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, given, chartutil.ReleaseOptions{Name: "fw", Namespace: "ops", IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return nil, err
	}
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	var out []runtime.Object
	for name, file := range files {
		if strings.HasSuffix(name, ".txt") {
			continue
		}
		for _, doc := range regexp.MustCompile(`(?m)^---$`).Split(file, -1) {
			if strings.TrimSpace(doc) == "" {
				continue
			}
			object, _, err := decoder.Decode([]byte(doc), nil, nil)
			if err != nil {
				return nil, fmt.Errorf("%s: %w:\n%s", name, err, doc)
			}
			out = append(out, object)
		}
	}
	return out, nil
}

// objects returns those of a kind by name.
func objects[T any](all []runtime.Object) map[string]T {
	out := map[string]T{}
	for _, o := range all {
		if x, ok := o.(T); ok {
			name, _, _ := strings.Cut(o.(interface{ GetName() string }).GetName(), "/")
			out[strings.TrimPrefix(name, "fw-")] = x
		}
	}
	return out
}

// pods returns the template of each service.
func pods(all []runtime.Object) map[string]corev1.PodTemplateSpec {
	out := map[string]corev1.PodTemplateSpec{}
	for name, d := range objects[*appsv1.Deployment](all) {
		out[name] = d.Spec.Template
	}
	for name, s := range objects[*appsv1.StatefulSet](all) {
		out[name] = s.Spec.Template
	}
	return out
}

// TestChartLint: Helm finds nothing wrong with the chart.
func TestChartLint(t *testing.T) {
	given, err := chartutil.ReadValues([]byte(least))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range lint.AllWithKubeVersion(chartDir, given, "ops", nil).Messages {
		if m.Severity > support.InfoSev {
			t.Errorf("%v", m)
		}
	}
}

// TestChart: whatever the values are, each service runs as nobody on a file system that it cannot write, is probed, and is surrounded by
// its service, its budget of disruptions and its policy.
func TestChart(t *testing.T) {
	for name, text := range values() {
		t.Run(name, func(t *testing.T) {
			all, err := render(t, text)
			if err != nil {
				t.Fatal(err)
			}
			found := pods(all)
			for service, pod := range found {
				checkPod(t, service, pod.Spec)
			}
			want := len(services())
			switch name {
			case "a Prometheus that others write":
				want -= 2
			default:
				if n := len(objects[*policyv1.PodDisruptionBudget](all)); n != want {
					t.Errorf("%d budgets of disruptions", n)
				}
				if n := len(objects[*networkingv1.NetworkPolicy](all)); n != want {
					t.Errorf("%d network policies", n)
				}
			}
			if len(found) != want || len(objects[*corev1.Service](all)) != want {
				t.Errorf("%d workloads, %d services, want %d", len(found), len(objects[*corev1.Service](all)), want)
			}
		})
	}
}

func checkPod(t *testing.T, service string, pod corev1.PodSpec) {
	t.Helper()
	c := pod.Containers[0]
	s := c.SecurityContext
	if !*pod.SecurityContext.RunAsNonRoot || !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || !slices.Equal(s.Capabilities.Drop, []corev1.Capability{"ALL"}) ||
		pod.SecurityContext.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault || *pod.AutomountServiceAccountToken {
		t.Errorf("%s may do more than it needs", service)
	}
	live, ready := c.LivenessProbe.HTTPGet, c.ReadinessProbe.HTTPGet
	if live.Path != "/healthz" || ready.Path != "/readyz" || live.Scheme != corev1.URISchemeHTTPS || ready.Scheme != corev1.URISchemeHTTPS {
		t.Errorf("%s is probed at %+v, %+v", service, live, ready)
	}
	if len(c.Resources.Requests) != 2 || c.Resources.Limits.Memory().IsZero() || c.Command[0] != service {
		t.Errorf("%s runs %q with %+v", service, c.Command, c.Resources)
	}
	mounted := map[string]bool{}
	for _, v := range pod.Volumes {
		mounted[v.Name] = true
		if v.Name == "bus" && v.Secret.Items[0].Key != service+".nk" {
			t.Errorf("%s has the key %s", service, v.Secret.Items[0].Key)
		}
	}
	for _, m := range c.VolumeMounts {
		if !mounted[m.Name] && m.Name != "data" { // which a claim may be
			t.Errorf("%s mounts %s, which is no volume", service, m.Name)
		}
	}
}

// TestChartScales: the autoscaler asks for the lag of each reader of its service, and the workload leaves the number to it.
func TestChartScales(t *testing.T) {
	all, err := render(t, values()["influxdb, scaled, reached from outside"])
	if err != nil {
		t.Fatal(err)
	}
	deployments := objects[*appsv1.Deployment](all)
	scalers := objects[*autoscalingv2.HorizontalPodAutoscaler](all)
	for service, readers := range map[string][]string{"trend": {"trend"}, "anomaly": {"anomaly", "anomaly-metrics", "anomaly-rules"}} {
		h := scalers[service]
		if h == nil || deployments[service].Spec.Replicas != nil || h.Spec.ScaleTargetRef.Name != "fw-"+service {
			t.Fatalf("%s is not scaled: %+v", service, h)
		}
		for i, m := range h.Spec.Metrics {
			e := m.External
			if e.Metric.Name != "forewarn_bus_reader_lag_messages" || e.Metric.Selector.MatchLabels["service"] != readers[i] || e.Target.AverageValue.Value() != 5000 {
				t.Errorf("%s is scaled by %+v", service, e)
			}
		}
		if len(h.Spec.Metrics) != len(readers) {
			t.Errorf("%s is scaled by %d metrics", service, len(h.Spec.Metrics))
		}
	}
}

// TestChartConfiguration: each program takes the configuration that the chart makes of the values.
func TestChartConfiguration(t *testing.T) {
	secrets := prepared(t)
	paths := []string{"/etc/forewarn/tls/tls.crt", secrets + "/service.pem", "/etc/forewarn/tls/tls.key", secrets + "/service.key", "/etc/forewarn/tls/ca.crt", secrets + "/ca.pem", "/etc/forewarn/token/token", secrets + "/token", "/etc/forewarn/bus/nkey", secrets + "/nats/trend.nk"}
	for name, text := range values() {
		all, err := render(t, text)
		if err != nil {
			t.Fatal(err)
		}
		config := objects[*corev1.ConfigMap](all)["fw"].Data["forewarn.yaml"]
		file := filepath.Join(t.TempDir(), "forewarn.yaml")
		write(t, file, strings.NewReplacer(paths...).Replace(config))
		for service, pod := range pods(all) {
			args := pod.Spec.Containers[0].Args
			run(t, nil, filepath.Join(bin(t), service), "--check", "--config", file, args[len(args)-2], args[len(args)-1])
		}
		var sections map[string]map[string]any
		if err := yaml.Unmarshal([]byte(config), &sections); err != nil {
			t.Fatal(err)
		}
		if historian, ok := sections["history"]["historian"].(map[string]any); ok != (name != "a Prometheus that others write") ||
			ok && historian["url"] != "https://fw-historian.ops.svc:8688/prometheus" {
			t.Errorf("%s: the history is read at %v", name, historian)
		}
	}
}

// TestChartRefuses: what is missing, misspelt or cannot work is said before anything is installed.
func TestChartRefuses(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := render(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	f("", "url")
	f("config: {bus: {url: \"tls://a:4222\"}}", "secrets")
	f(least+"replicas: 3\n", "replicas")
	f(least+"services: {trend: {replicas: two}}\n", "replicas")
	f(least+"services: {historian: {replicas: 2}}\n", "services.historian.replicas: the embedded history is on the volume of one historian")
}
