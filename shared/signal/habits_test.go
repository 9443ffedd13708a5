package signal

import (
	"math"
	"testing"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// TestBuiltinHabits holds that rates and sums are read of series with the labels that their exporters give them; a value is
// what a counter rises by in a second.
func TestBuiltinHabits(t *testing.T) {
	c, tested := load0(t), map[string]bool{}
	f := func(key string, want float64, samples ...sample) {
		t.Helper()
		got := readings(t, c, samples)
		use, ok := got[key]
		if !ok || math.Abs(use-want) > 1e-9*max(1, want) {
			t.Errorf("%s: %v, %v of %v; want %v", key, use, ok, got, want)
		}
		for other := range got {
			tested[ruleIn(other)] = true
		}
	}
	cpu := func(n, mode string, v float64) sample {
		return sample{`node_cpu_seconds_total{cpu="` + n + `",instance="erp-01:9100",job="node",mode="` + mode + `"}`, v}
	}
	cores := []sample{
		cpu("0", "idle", 0.5), cpu("0", "iowait", 0.25), cpu("0", "user", 0.2), cpu("0", "system", 0.05),
		cpu("1", "idle", 0.75), cpu("1", "iowait", 0), cpu("1", "user", 0.25), cpu("1", "system", 0),
	}
	f("host-cpu/host:erp-01", 0.25, cores...)
	f("host-iowait/host:erp-01", 0.125, cores...)
	disk := `{device="sda",instance="erp-01:9100",job="node"}`
	f("disk-latency/disk:erp-01:sda", 0.004,
		sample{"node_disk_read_time_seconds_total" + disk, 0.1}, sample{"node_disk_reads_completed_total" + disk, 20},
		sample{"node_disk_write_time_seconds_total" + disk, 0.3}, sample{"node_disk_writes_completed_total" + disk, 80})
	f("disk-busy/disk:erp-01:sda", 0.4, sample{"node_disk_io_time_seconds_total" + disk, 0.4})
	nic := func(metric, device string, v float64) sample {
		return sample{metric + `{device="` + device + `",instance="erp-01:9100",job="node"}`, v}
	}
	f("network-errors/host:erp-01", 0.3*300,
		nic("node_network_receive_errs_total", "eth0", 0.1), nic("node_network_receive_errs_total", "eth1", 0),
		nic("node_network_transmit_errs_total", "eth0", 0.2), nic("node_network_transmit_errs_total", "eth1", 0),
		nic("node_network_receive_errs_total", "veth1a2b", 9), nic("node_network_transmit_errs_total", "lo", 9))
	f("network-drops/host:erp-01", 4*300,
		nic("node_network_receive_drop_total", "eth0", 1), nic("node_network_transmit_drop_total", "eth0", 3))
	f("tcp-retransmits/host:erp-01", 0.02,
		sample{`node_netstat_Tcp_RetransSegs{instance="erp-01:9100",job="node"}`, 4}, sample{`node_netstat_Tcp_OutSegs{instance="erp-01:9100",job="node"}`, 200})

	request := func(metric, status, uri string, v float64) sample {
		return sample{metric + `{application="erp",error="none",exception="none",instance="erp-01:8080",job="erp",method="GET",outcome="X",status="` +
			status + `",uri="` + uri + `"}`, v}
	}
	const count, sum = "http_server_requests_seconds_count", "http_server_requests_seconds_sum"
	requests := []sample{
		request(count, "200", "/vouchers", 8), request(sum, "200", "/vouchers", 1.6),
		request(count, "500", "/vouchers", 1.9), request(sum, "500", "/vouchers", 0.38),
		request(count, "200", "/actuator/prometheus", 100), request(sum, "200", "/actuator/prometheus", 900),
	}
	f("http-latency/application:erp-01:8080", 0.2, requests...)
	f("http-errors/application:erp-01:8080", 0.19, requests...)
	f("http-requests/application:erp-01:8080", 9.9, requests...)
	f("http-errors/application:erp-01:8080", 0, request(count, "200", "/vouchers", 8))
	call := func(metric, status string, v float64) sample {
		return sample{metric + `{client_name="tax",instance="erp-01:8080",job="erp",method="POST",outcome="X",status="` + status + `",uri="/invoice"}`, v}
	}
	calls := []sample{
		call("http_client_requests_seconds_count", "200", 1), call("http_client_requests_seconds_sum", "200", 0.9),
		call("http_client_requests_seconds_count", "IO_ERROR", 0.9), call("http_client_requests_seconds_sum", "IO_ERROR", 1),
	}
	f("http-client-latency/application:erp-01:8080:tax", 1, calls...)
	f("http-client-errors/application:erp-01:8080:tax", 0.45, calls...)
	f("jvm-gc-pauses/application:erp-01:8080", 0.03,
		sample{`jvm_gc_pause_seconds_sum{action="end of minor GC",cause="G1 Evacuation Pause",gc="G1 Young Generation",instance="erp-01:8080",job="erp"}`, 0.02},
		sample{`jvm_gc_pause_seconds_sum{action="end of major GC",cause="Ergonomics",gc="G1 Old Generation",instance="erp-01:8080",job="erp"}`, 0.01})
	f("jvm-gc-pauses/application:erp-01:9404", 0.02,
		sample{`jvm_gc_collection_seconds_sum{gc="PS MarkSweep",instance="erp-01:9404",job="tomcat"}`, 0.02})
	f("tomcat-latency/application:erp-01:8080", 0.05,
		sample{`tomcat_global_request_seconds_sum{application="erp",instance="erp-01:8080",job="erp",name="http-nio-8080"}`, 0.5},
		sample{`tomcat_global_request_seconds_count{application="erp",instance="erp-01:8080",job="erp",name="http-nio-8080"}`, 10})
	tomcat := []sample{
		{`tomcat_processingtime_total{instance="erp-01:9404",job="tomcat",port="8080",protocol="http-nio"}`, 500},
		{`tomcat_requestcount_total{instance="erp-01:9404",job="tomcat",port="8080",protocol="http-nio"}`, 9.9},
		{`tomcat_errorcount_total{instance="erp-01:9404",job="tomcat",port="8080",protocol="http-nio"}`, 1},
	}
	f("tomcat-latency-jmx/application:erp-01:8080", 0.5/9.9, tomcat...)
	f("tomcat-errors/application:erp-01:8080", 0.1, tomcat...)
	f("weblogic-latency/application:erp-01:7001", 0.25,
		sample{`weblogic_servlet_execution_time_total{app="ledger",instance="erp-01:7001",job="wls",name="ledger",servletName="Voucher"}`, 500},
		sample{`weblogic_servlet_invocation_total_count{app="ledger",instance="erp-01:7001",job="wls",name="ledger",servletName="Voucher"}`, 2})
	pool := `{application="erp",instance="erp-01:8080",job="erp",pool="HikariPool-1"}`
	f("hikaricp-acquisition/pool:erp-01:8080:HikariPool-1", 0.01,
		sample{"hikaricp_connections_acquire_seconds_sum" + pool, 0.1}, sample{"hikaricp_connections_acquire_seconds_count" + pool, 10})
	f("hikaricp-usage/pool:erp-01:8080:HikariPool-1", 0.1,
		sample{"hikaricp_connections_usage_seconds_sum" + pool, 1}, sample{"hikaricp_connections_usage_seconds_count" + pool, 10})

	mysql := func(name string, v float64) sample {
		return sample{"mysql_global_status_" + name + `{instance="db-01:9104",job="mysql"}`, v}
	}
	f("mysql-queries/database:db-01:9104", 300, mysql("queries", 300))
	f("mysql-slow-queries/database:db-01:9104", 30, mysql("slow_queries", 0.1))
	f("mysql-row-lock-waits/database:db-01:9104", 60, mysql("innodb_row_lock_waits", 0.2))
	f("mysql-aborted-connections/database:db-01:9104", 90, mysql("aborted_connects", 0.1), mysql("aborted_clients", 0.2))
	oracle := func(name string, v float64) sample {
		return sample{"oracledb_" + name + `{database="erp",instance="db-02:9161",job="oracle"}`, v}
	}
	activity := []sample{oracle("activity_user_commits", 8.9), oracle("activity_user_rollbacks", 1), oracle("activity_execute_count", 400)}
	f("oracle-commits/database:db-02:erp", 8.9, activity...)
	f("oracle-rollbacks/database:db-02:erp", 0.1, activity...)
	f("oracle-executions/database:db-02:erp", 400, activity...)
	f("oracle-waits/database:db-02:erp:User I/O", 2.5,
		sample{`oracledb_wait_time_time_waited_sec_total{con_id="0",database="erp",instance="db-02:9161",wait_class="User I/O"}`, 2.5},
		sample{`oracledb_wait_time_time_waited_sec_total{con_id="0",database="erp",instance="db-02:9161",wait_class="Idle"}`, 99})
	f("sqlserver-requests/database:db-03:9399", 120, sample{`mssql_batch_requests_total{instance="db-03:9399",job="mssql"}`, 120})
	f("sqlserver-requests/database:db-03:MSSQLSERVER", 120,
		sample{`windows_mssql_sqlstats_batch_requests{instance="db-03:9182",job="windows",mssql_instance="MSSQLSERVER"}`, 120})
	f("sqlserver-deadlocks/database:db-03:MSSQLSERVER", 30,
		sample{`windows_mssql_locks_deadlocks{instance="db-03:9182",job="windows",mssql_instance="MSSQLSERVER",resource="Key"}`, 0.1},
		sample{`windows_mssql_locks_deadlocks{instance="db-03:9182",job="windows",mssql_instance="MSSQLSERVER",resource="_Total"}`, 0.1})
	f("sqlserver-io-stalls/database:db-03:9399", 1.5,
		sample{`mssql_io_stall_seconds_total{db="erp",instance="db-03:9399",job="mssql",operation="read"}`, 1},
		sample{`mssql_io_stall_seconds_total{db="erp",instance="db-03:9399",job="mssql",operation="write"}`, 0.5})
	redis := func(name string, v float64) sample {
		return sample{"redis_" + name + `{instance="cache-01:9121",job="redis"}`, v}
	}
	f("redis-hit-rate/database:cache-01:9121", 0.9, redis("keyspace_hits_total", 900), redis("keyspace_misses_total", 100))
	f("redis-commands/database:cache-01:9121", 2000, redis("commands_processed_total", 2000))
	f("redis-evictions/database:cache-01:9121", 300, redis("evicted_keys_total", 1))
	for _, r := range c.Rules() {
		if r.counts() && !tested[r.ID] {
			t.Errorf("rule %s has no line above; add one with labels as its exporter gives them", r.ID)
		}
	}
}

func ruleIn(key string) string {
	for i := range key {
		if key[i] == '/' {
			return key[:i]
		}
	}
	return key
}

// readings plays counters that rise by so much a second for eleven minutes, and returns what is read at last, by key.
func readings(t *testing.T, c *Catalogue, samples []sample) map[string]float64 {
	t.Helper()
	known, out := map[string]*Reading{}, map[string]float64{}
	for second := int64(0); second <= 660; second += 60 {
		for i, s := range samples {
			ls := labels(t, s.series)
			for _, b := range c.Bind(ls) {
				if got := c.Root(ls, "test"); got != b.Entity.Root {
					t.Errorf("%s: goes to partition %s, its entity is in %s", s.series, got, b.Entity.Root)
				}
				if known[b.Key] == nil {
					r := NewReading(b.Rule)
					known[b.Key] = &r
				}
				known[b.Key].Hear(b.Input, uint64(i), telemetry.Sample{TimeMillis: 3_000_000 + second*1000, Value: 1000 + s.value*float64(second)})
			}
		}
		for key, r := range known {
			if use, _, ok := r.Evaluate(3_000_000 + second*1000); ok {
				out[key] = use
			}
		}
	}
	return out
}
