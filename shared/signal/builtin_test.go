package signal

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// sample is a series in Prometheus notation and its value.
type sample struct {
	series string
	value  float64
}

// reading is a signal that comes of samples.
type reading struct {
	Key, Root  string
	Use, Limit float64
	OK         bool
}

func load0(t testing.TB, user ...File) *Catalogue {
	t.Helper()
	c, err := Load(user...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func labels(t testing.TB, series string) telemetry.Labels {
	t.Helper()
	ls, err := telemetry.ParseSeries(series)
	if err != nil {
		t.Fatalf("%s: %v", series, err)
	}
	return ls
}

// read does in small what a worker does: it gathers values by key and group and evaluates them.
func read(t testing.TB, c *Catalogue, samples ...sample) map[string]reading {
	t.Helper()
	type sender struct {
		key   string
		group uint64
	}
	values := make(map[sender][]float64)
	rules := make(map[string]*Rule)
	out := make(map[string]reading)
	for _, s := range samples {
		ls := labels(t, s.series)
		for _, b := range c.Bind(ls) {
			if got := c.Root(ls, "test"); got != b.Entity.Root {
				t.Errorf("%s: goes to partition %s, its entity is in %s", s.series, got, b.Entity.Root)
			}
			at := sender{b.Key, b.Group}
			if values[at] == nil {
				values[at] = absent(len(b.Rule.Inputs))
			}
			values[at][b.Input] = s.value
			rules[b.Key] = b.Rule
			out[b.Rule.ID] = reading{Key: b.Key, Root: b.Entity.Root}
		}
	}
	for at, v := range values {
		r := out[rules[at.key].ID]
		if use, limit, ok := rules[at.key].Evaluate(v); ok {
			r.Use, r.Limit, r.OK = use, limit, true
		}
		out[rules[at.key].ID] = r
	}
	return out
}

func TestBuiltinRules(t *testing.T) {
	const (
		gib = 1 << 30
		k8s = `endpoint="https-metrics",instance="10.0.3.7:10250",job="kubelet",namespace="prod",node="k8s-03"`
	)
	tests := []struct {
		name, rule string
		samples    []sample
		want       reading
	}{
		{"node_exporter", "filesystem-space", []sample{
			{`node_filesystem_avail_bytes{device="/dev/mapper/vg-u01",fstype="xfs",instance="erp-01:9100",job="node",mountpoint="/u01"}`, 30 * gib},
			{`node_filesystem_size_bytes{device="/dev/mapper/vg-u01",fstype="xfs",instance="erp-01:9100",job="node",mountpoint="/u01"}`, 100 * gib},
			{`node_filesystem_readonly{device="/dev/mapper/vg-u01",fstype="xfs",instance="erp-01:9100",job="node",mountpoint="/u01"}`, 0},
		}, reading{"filesystem-space/volume:erp-01:/u01", "host:erp-01", 70 * gib, 100 * gib, true}},
		{"a reserve for root, as df reckons", "filesystem-space", []sample{
			{`node_filesystem_avail_bytes{device="/dev/vda",fstype="ext4",instance="erp-01:9100",mountpoint="/"}`, 80 * gib},
			{`node_filesystem_free_bytes{device="/dev/vda",fstype="ext4",instance="erp-01:9100",mountpoint="/"}`, 90 * gib},
			{`node_filesystem_size_bytes{device="/dev/vda",fstype="ext4",instance="erp-01:9100",mountpoint="/"}`, 100 * gib},
		}, reading{"filesystem-space/volume:erp-01:/", "host:erp-01", 10 * gib, 90 * gib, true}},
		{"a disk of its own for containers", "filesystem-space", []sample{
			{`node_filesystem_avail_bytes{fstype="xfs",instance="erp-01:9100",mountpoint="/var/lib/docker"}`, gib},
			{`node_filesystem_size_bytes{fstype="xfs",instance="erp-01:9100",mountpoint="/var/lib/docker"}`, 2 * gib},
		}, reading{"filesystem-space/volume:erp-01:/var/lib/docker", "host:erp-01", gib, 2 * gib, true}},
		{"mounted read-only", "filesystem-space", []sample{
			{`node_filesystem_avail_bytes{fstype="ext4",instance="erp-01:9100",mountpoint="/media"}`, 0},
			{`node_filesystem_size_bytes{fstype="ext4",instance="erp-01:9100",mountpoint="/media"}`, gib},
			{`node_filesystem_readonly{fstype="ext4",instance="erp-01:9100",mountpoint="/media"}`, 1},
		}, reading{Key: "filesystem-space/volume:erp-01:/media", Root: "host:erp-01"}},
		{"tmpfs, node_exporter before 0.16", "filesystem-space", []sample{
			{`node_filesystem_avail{device="tmpfs",fstype="tmpfs",instance="erp-01:9100",mountpoint="/dev/shm"}`, gib},
			{`node_filesystem_size{device="tmpfs",fstype="tmpfs",instance="erp-01:9100",mountpoint="/dev/shm"}`, 4 * gib},
		}, reading{"filesystem-space/volume:erp-01:/dev/shm", "host:erp-01", 3 * gib, 4 * gib, true}},
		{"node_exporter", "filesystem-inodes", []sample{
			{`node_filesystem_files{device="/dev/vda",fstype="ext4",instance="erp-01:9100",mountpoint="/"}`, 16777216},
			{`node_filesystem_files_free{device="/dev/vda",fstype="ext4",instance="erp-01:9100",mountpoint="/"}`, 16218836},
		}, reading{"filesystem-inodes/volume:erp-01:/", "host:erp-01", 558380, 16777216, true}},
		{"vfat has none", "filesystem-inodes", []sample{
			{`node_filesystem_files{fstype="vfat",instance="erp-01:9100",mountpoint="/boot/efi"}`, 0},
			{`node_filesystem_files_free{fstype="vfat",instance="erp-01:9100",mountpoint="/boot/efi"}`, 0},
		}, reading{Key: "filesystem-inodes/volume:erp-01:/boot/efi", Root: "host:erp-01"}},
		{"node_exporter", "host-memory", []sample{
			{`node_memory_MemAvailable_bytes{instance="10.2.0.14:9100",job="node"}`, 8 * gib},
			{`node_memory_MemTotal_bytes{instance="10.2.0.14:9100",job="node"}`, 64 * gib},
		}, reading{"host-memory/host:10.2.0.14", "host:10.2.0.14", 56 * gib, 64 * gib, true}},
		{"node_exporter in a pod belongs to the host", "host-swap", []sample{
			{`node_memory_SwapFree_bytes{host="k8s-03",instance="10.0.3.7:9100",namespace="monitoring",pod="node-exporter-x2x9f"}`, gib},
			{`node_memory_SwapTotal_bytes{host="k8s-03",instance="10.0.3.7:9100",namespace="monitoring",pod="node-exporter-x2x9f"}`, 4 * gib},
		}, reading{"host-swap/host:k8s-03", "host:k8s-03", 3 * gib, 4 * gib, true}},
		{"no swap", "host-swap", []sample{
			{`node_memory_SwapFree_bytes{instance="erp-01:9100"}`, 0},
			{`node_memory_SwapTotal_bytes{instance="erp-01:9100"}`, 0},
		}, reading{Key: "host-swap/host:erp-01", Root: "host:erp-01"}},
		{"node_exporter", "host-file-descriptors", []sample{
			{`node_filefd_allocated{instance="erp-01:9100"}`, 655},
			{`node_filefd_maximum{instance="erp-01:9100"}`, 2466193},
		}, reading{"host-file-descriptors/host:erp-01", "host:erp-01", 655, 2466193, true}},
		{"unlimited", "host-file-descriptors", []sample{
			{`node_filefd_allocated{instance="erp-01:9100"}`, 655},
			{`node_filefd_maximum{instance="erp-01:9100"}`, 9.223372036854775807e18},
		}, reading{Key: "host-file-descriptors/host:erp-01", Root: "host:erp-01"}},
		{"node_exporter", "host-conntrack", []sample{
			{`node_nf_conntrack_entries{instance="gw-01:9100"}`, 250000},
			{`node_nf_conntrack_entries_limit{instance="gw-01:9100"}`, 262144},
		}, reading{"host-conntrack/host:gw-01", "host:gw-01", 250000, 262144, true}},
		{"client library", "process-file-descriptors", []sample{
			{`process_open_fds{instance="erp-01:8080",job="erp-app"}`, 900},
			{`process_max_fds{instance="erp-01:8080",job="erp-app"}`, 1024},
		}, reading{"process-file-descriptors/process:erp-01:erp-app:8080", "host:erp-01", 900, 1024, true}},
		{"own collector, no limit", "process-memory", []sample{
			{`process_resident_memory_bytes{host="erp-01",pid="1234",process="java"}`, 6 * gib},
			{`process_start_time_seconds{host="erp-01",pid="1234",process="java"}`, 1.79536077627e9},
		}, reading{"process-memory/process:erp-01:java:1234", "host:erp-01", 6 * gib, 0, true}},
		{"client library in a pod, with limit", "process-memory", []sample{
			{`process_resident_memory_bytes{instance="10.244.1.5:8080",job="erp",namespace="prod",pod="erp-0"}`, gib},
			{`process_memory_limit_bytes{instance="10.244.1.5:8080",job="erp",namespace="prod",pod="erp-0"}`, 2 * gib},
		}, reading{"process-memory/process:prod/erp-0:erp:8080", "pod:prod/erp-0", gib, 2 * gib, true}},
		{"kubelet", "container-memory", []sample{
			{`container_memory_working_set_bytes{container="app",id="/kubepods.slice/x",image="erp:1.2",name="d0c5",pod="erp-0",` + k8s + `}`, gib},
			{`container_spec_memory_limit_bytes{container="app",id="/kubepods.slice/x",image="erp:1.2",name="d0c5",pod="erp-0",` + k8s + `}`, 2 * gib},
		}, reading{"container-memory/container:prod/erp-0/app", "pod:prod/erp-0", gib, 2 * gib, true}},
		{"kubelet", "container-memory-growth", []sample{
			{`container_memory_working_set_bytes{container="app",pod="erp-0",` + k8s + `}`, gib},
			{`container_spec_memory_limit_bytes{container="app",pod="erp-0",` + k8s + `}`, 2 * gib},
		}, reading{"container-memory-growth/container:prod/erp-0/app", "pod:prod/erp-0", gib, 2 * gib, true}},
		{"cAdvisor", "docker-container-memory-growth", []sample{
			{`container_memory_working_set_bytes{id="/docker/4e1f",image="mysql:8",instance="dock-01:8080",job="cadvisor",name="mysql"}`, gib},
			{`container_spec_memory_limit_bytes{id="/docker/4e1f",image="mysql:8",instance="dock-01:8080",job="cadvisor",name="mysql"}`, 4 * gib},
		}, reading{"docker-container-memory-growth/container:dock-01/mysql", "host:dock-01", gib, 4 * gib, true}},
		{"without limit", "container-memory", []sample{
			{`container_memory_working_set_bytes{container="app",pod="erp-0",` + k8s + `}`, gib},
			{`container_spec_memory_limit_bytes{container="app",pod="erp-0",` + k8s + `}`, 0},
		}, reading{Key: "container-memory/container:prod/erp-0/app", Root: "pod:prod/erp-0"}},
		{"cAdvisor", "docker-container-memory", []sample{
			{`container_memory_working_set_bytes{id="/docker/4e1f",image="mysql:8",instance="dock-01:8080",job="cadvisor",name="mysql"}`, gib},
			{`container_spec_memory_limit_bytes{id="/docker/4e1f",image="mysql:8",instance="dock-01:8080",job="cadvisor",name="mysql"}`, 4 * gib},
		}, reading{"docker-container-memory/container:dock-01/mysql", "host:dock-01", gib, 4 * gib, true}},
		{"by its id", "guest-memory", []sample{
			{`container_memory_working_set_bytes{id="vm-17",instance="esx-01"}`, gib},
			{`container_spec_memory_limit_bytes{id="vm-17",instance="esx-01"}`, 4 * gib},
		}, reading{"guest-memory/container:esx-01/vm-17", "host:esx-01", gib, 4 * gib, true}},
		{"by its instance", "guest-memory-growth", []sample{
			{`container_memory_working_set_bytes{instance="vm-17"}`, gib},
			{`container_spec_memory_limit_bytes{instance="vm-17"}`, 4 * gib},
		}, reading{"guest-memory-growth/container:vm-17/vm-17", "host:vm-17", gib, 4 * gib, true}},
		{"kubelet", "kubernetes-volume-space", []sample{
			{`kubelet_volume_stats_used_bytes{persistentvolumeclaim="data-mysql-0",` + k8s + `}`, 9 * gib},
			{`kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-mysql-0",` + k8s + `}`, 10 * gib},
		}, reading{"kubernetes-volume-space/volume:prod/data-mysql-0", "volume:prod/data-mysql-0", 9 * gib, 10 * gib, true}},
		{"kubelet, a reserve for root", "kubernetes-volume-space", []sample{
			{`kubelet_volume_stats_used_bytes{persistentvolumeclaim="data-mysql-0",` + k8s + `}`, 5 * gib},
			{`kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-mysql-0",` + k8s + `}`, 10 * gib},
			{`kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-mysql-0",` + k8s + `}`, 4 * gib},
		}, reading{"kubernetes-volume-space/volume:prod/data-mysql-0", "volume:prod/data-mysql-0", 5 * gib, 9 * gib, true}},
		{"kubelet, two clusters", "kubernetes-volume-inodes", []sample{
			{`kubelet_volume_stats_inodes_used{cluster="sh",persistentvolumeclaim="data-mysql-0",` + k8s + `}`, 500},
			{`kubelet_volume_stats_inodes{cluster="sh",persistentvolumeclaim="data-mysql-0",` + k8s + `}`, 655360},
		}, reading{"kubernetes-volume-inodes/volume:prod/data-mysql-0@sh", "volume:prod/data-mysql-0@sh", 500, 655360, true}},
		{"Micrometer", "jvm-pool", []sample{
			{`jvm_memory_used_bytes{area="heap",id="G1 Old Gen",instance="erp-01:8080",job="erp"}`, gib},
			{`jvm_memory_max_bytes{area="heap",id="G1 Old Gen",instance="erp-01:8080",job="erp"}`, 4 * gib},
		}, reading{"jvm-pool/pool:erp-01:8080:G1 Old Gen", "host:erp-01", gib, 4 * gib, true}},
		{"client_java before 1.0", "jvm-pool", []sample{
			{`jvm_memory_pool_bytes_used{instance="erp-01:8080",job="erp",pool="G1 Old Gen"}`, gib},
			{`jvm_memory_pool_bytes_max{instance="erp-01:8080",job="erp",pool="G1 Old Gen"}`, 4 * gib},
		}, reading{"jvm-pool/pool:erp-01:8080:G1 Old Gen", "host:erp-01", gib, 4 * gib, true}},
		{"client_java", "jvm-pool", []sample{
			{`jvm_memory_pool_used_bytes{instance="erp-01:8080",job="erp",pool="G1 Old Gen"}`, gib},
			{`jvm_memory_pool_max_bytes{instance="erp-01:8080",job="erp",pool="G1 Old Gen"}`, 4 * gib},
		}, reading{"jvm-pool/pool:erp-01:8080:G1 Old Gen", "host:erp-01", gib, 4 * gib, true}},
		{"-1 is no limit", "jvm-pool", []sample{
			{`jvm_memory_used_bytes{area="nonheap",id="Metaspace",instance="erp-01:8080"}`, gib},
			{`jvm_memory_max_bytes{area="nonheap",id="Metaspace",instance="erp-01:8080"}`, -1},
		}, reading{Key: "jvm-pool/pool:erp-01:8080:Metaspace", Root: "host:erp-01"}},
		{"client_java before 1.0", "jvm-heap", []sample{
			{`jvm_memory_bytes_used{area="heap",instance="erp-01:8080"}`, gib},
			{`jvm_memory_bytes_max{area="heap",instance="erp-01:8080"}`, 4 * gib},
		}, reading{"jvm-heap/pool:erp-01:8080:heap", "host:erp-01", gib, 4 * gib, true}},
		{"client_java", "jvm-heap", []sample{
			{`jvm_memory_used_bytes{area="heap",instance="erp-01:8080"}`, gib},
			{`jvm_memory_max_bytes{area="heap",instance="erp-01:8080"}`, 4 * gib},
		}, reading{"jvm-heap/pool:erp-01:8080:heap", "host:erp-01", gib, 4 * gib, true}},
		{"blackbox_exporter", "certificate-of-endpoint", []sample{
			{`probe_ssl_earliest_cert_expiry{instance="erp.corp.cn:443",job="blackbox"}`, 1.79e9},
		}, reading{"certificate-of-endpoint/certificate:erp.corp.cn%3A443", "certificate:erp.corp.cn%3A443", 1.79e9, 0, true}},
		{"x509-certificate-exporter", "certificate-file", []sample{
			{`x509_cert_not_after{filename="erp.pem",filepath="/etc/nginx/erp.pem",instance="erp-01:9793",issuer_CN="ca",serial_number="7",subject_CN="erp.corp.cn"}`, 1.79e9},
		}, reading{"certificate-file/certificate:erp-01:/etc/nginx/erp.pem:erp.corp.cn", "host:erp-01", 1.79e9, 0, true}},
		{"Telegraf", "certificate-file", []sample{
			{`x509_cert_enddate{common_name="erp.corp.cn",host="erp-01",source="/etc/nginx/erp.pem",verification="valid"}`, 1.79e9},
		}, reading{"certificate-file/certificate:erp-01:/etc/nginx/erp.pem:erp.corp.cn", "host:erp-01", 1.79e9, 0, true}},
		{"cert-manager", "certificate-in-kubernetes", []sample{
			{`certmanager_certificate_expiration_timestamp_seconds{instance="10.0.0.7:9402",name="erp-tls",namespace="prod"}`, 1.79e9},
		}, reading{"certificate-in-kubernetes/certificate:prod/erp-tls", "certificate:prod/erp-tls", 1.79e9, 0, true}},
		{"node_exporter", "host-load", []sample{
			{`node_load1{instance="erp-01:9100",job="node"}`, 3.5},
		}, reading{"host-load/host:erp-01", "host:erp-01", 3.5, 0, true}},
		{"Micrometer", "tomcat-busy-threads", []sample{
			{`tomcat_threads_busy_threads{application="erp",instance="erp-01:8080",job="erp",name="http-nio-8080"}`, 12},
		}, reading{"tomcat-busy-threads/pool:erp-01:8080:http-nio-8080", "host:erp-01", 12, 0, true}},
		{"Micrometer in a pod", "hikaricp-connections", []sample{
			{`hikaricp_connections_active{application="erp",instance="10.1.2.3:8080",job="erp",namespace="prod",pod="erp-0",pool="HikariPool-1"}`, 4},
		}, reading{"hikaricp-connections/pool:prod/erp-0:8080:HikariPool-1", "pod:prod/erp-0", 4, 0, true}},
		{"Micrometer", "hikaricp-pending", []sample{
			{`hikaricp_connections_pending{application="erp",instance="erp-01:8080",job="erp",pool="HikariPool-1"}`, 2},
		}, reading{"hikaricp-pending/pool:erp-01:8080:HikariPool-1", "host:erp-01", 2, 0, true}},
		{"jmx_exporter", "tomcat-busy-threads", []sample{
			{`tomcat_threadpool_currentthreadsbusy{instance="erp-01:9404",job="tomcat",port="8080",protocol="http-nio"}`, 3},
		}, reading{"tomcat-busy-threads/pool:erp-01:8080:http-nio", "host:erp-01", 3, 0, true}},
		{"WebLogic Monitoring Exporter", "weblogic-hogging-threads", []sample{
			{`wls_threadpool_hogging_thread_count{instance="erp-01:7001",job="wls",name="ThreadPoolRuntime"}`, 5},
		}, reading{"weblogic-hogging-threads/pool:erp-01:7001:ThreadPoolRuntime", "host:erp-01", 5, 0, true}},
		{"WebLogic Monitoring Exporter", "weblogic-queue", []sample{
			{`wls_threadpool_queue_length{instance="erp-01:7001",job="wls",name="ThreadPoolRuntime"}`, 9},
		}, reading{"weblogic-queue/pool:erp-01:7001:ThreadPoolRuntime", "host:erp-01", 9, 0, true}},
		{"mysqld_exporter", "mysql-threads-running", []sample{
			{`mysql_global_status_threads_running{instance="db-01:9104",job="mysql"}`, 7},
		}, reading{"mysql-threads-running/database:db-01:9104", "host:db-01", 7, 0, true}},
		{"oracledb_exporter", "oracle-active-sessions", []sample{
			{`oracledb_sessions_value{instance="db-02:9161",job="oracle",status="ACTIVE",type="USER"}`, 31},
			{`oracledb_sessions_value{instance="db-02:9161",job="oracle",status="INACTIVE",type="USER"}`, 240},
			{`oracledb_sessions_value{instance="db-02:9161",job="oracle",status="ACTIVE",type="BACKGROUND"}`, 60},
		}, reading{"oracle-active-sessions/database:db-02:9161", "host:db-02", 31, 0, true}},
		{"kafka_exporter", "kafka-consumer-lag", []sample{
			{`kafka_consumergroup_lag_sum{consumergroup="ledger",instance="kafka-01:9308",job="kafka",topic="vouchers"}`, 1500},
		}, reading{"kafka-consumer-lag/application:ledger/vouchers", "application:ledger/vouchers", 1500, 0, true}},
		{"blackbox_exporter", "probe-duration", []sample{
			{`probe_duration_seconds{instance="https://erp.corp.cn",job="blackbox"}`, 0.18},
		}, reading{"probe-duration/endpoint:https%3A%2F%2Ferp.corp.cn", "endpoint:https%3A%2F%2Ferp.corp.cn", 0.18, 0, true}},
	}
	c := load0(t)
	tested := make(map[string]bool)
	for _, tt := range tests {
		t.Run(tt.rule+"/"+tt.name, func(t *testing.T) {
			got := read(t, c, tt.samples...)
			// readonly serves two rules, and so does what is judged twice; everything else serves one.
			delete(got, map[string]string{
				"filesystem-space": "filesystem-inodes", "filesystem-inodes": "filesystem-space",
				"container-memory": "container-memory-growth", "container-memory-growth": "container-memory",
				"docker-container-memory": "docker-container-memory-growth", "docker-container-memory-growth": "docker-container-memory",
				"guest-memory": "guest-memory-growth", "guest-memory-growth": "guest-memory",
			}[tt.rule])
			if diff := cmp.Diff(map[string]reading{tt.rule: tt.want}, got); diff != "" {
				t.Errorf("signals (-want +got):\n%s", diff)
			}
		})
		tested[tt.rule] = tested[tt.rule] || tt.want.OK
	}
	for _, r := range c.Rules() {
		if !tested[r.ID] && !r.counts() {
			t.Errorf("rule %s has no line above that ends in a signal; add one with labels as its exporter gives them", r.ID)
		}
	}
}

func TestBuiltinIgnores(t *testing.T) {
	c := load0(t)
	for _, series := range []string{
		`up{instance="erp-01:9100"}`,
		`node_filesystem_avail_bytes{fstype="xfs",mountpoint="/u01"}`,
		`node_filesystem_avail_bytes{fstype="squashfs",instance="erp-01:9100",mountpoint="/snap/core/1"}`,
		`node_filesystem_avail_bytes{fstype="iso9660",instance="erp-01:9100",mountpoint="/mnt/cd"}`,
		`node_filesystem_avail_bytes{fstype="overlay",instance="erp-01:9100",mountpoint="/var/lib/docker/overlay2/x/merged"}`,
		`node_filesystem_avail_bytes{fstype="tmpfs",instance="erp-01:9100",mountpoint="/sys/fs/cgroup"}`,
		`node_filesystem_avail_bytes{fstype="fuse.lxcfs",instance="erp-01:9100",mountpoint="/var/lib/lxcfs"}`,
		`container_memory_working_set_bytes{container="",id="/kubepods",instance="k:10250",namespace="prod",pod="erp-0"}`,
		`container_memory_working_set_bytes{container="POD",instance="k:10250",name="x",namespace="prod",pod="erp-0"}`,
		`container_memory_working_set_bytes{id="/system.slice",instance="dock-01:8080"}`,
		`jvm_memory_used_bytes{area="heap",id="G1 Eden Space",instance="erp-01:8080"}`,
		`jvm_memory_pool_bytes_used{instance="erp-01:8080",pool="PS Survivor Space"}`,
		`jvm_memory_used_bytes{area="heap",id="ZGC Young Generation",instance="erp-01:8080"}`,
		`jvm_memory_used_bytes{area="nonheap",instance="erp-01:8080"}`,
		`process_open_fds{instance="erp-01"}`,
	} {
		if got := c.Bind(labels(t, series)); got != nil {
			t.Errorf("%s is read by %s; want nothing", series, got[0].Key)
		}
	}
}

// absent returns n values of which none is there.
func absent(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = math.NaN()
	}
	return out
}
