package landscape

import "math"

// serverMetrics are what an application server exports: its own agent, and Micrometer in the application.
type serverMetrics struct {
	agent, app *target

	threads, latency, waiting float64

	resident, start, openFiles, mostFiles            *gauge
	old, oldMost, heap, heapMost                     *gauge
	busy, most, active, pending, poolMost, timeouts  *gauge
	requests, seconds, failed, pauses, paused, stuck *gauge
}

func newServerMetrics(l *Landscape, host *machine, kind string) serverMetrics {
	m := serverMetrics{agent: host.exporter(l, kind, "9404"), app: host.exporter(l, "erp", "8080", "application", "voucher")}
	a, b := m.agent, m.app
	m.resident, m.start = a.gauge("process_resident_memory_bytes"), a.gauge("process_start_time_seconds")
	m.openFiles, m.mostFiles = a.gauge("process_open_fds"), a.gauge("process_max_fds")
	m.old, m.oldMost = a.gauge("jvm_memory_pool_bytes_used", "pool", "G1 Old Gen"), a.gauge("jvm_memory_pool_bytes_max", "pool", "G1 Old Gen")
	m.heap, m.heapMost = a.gauge("jvm_memory_bytes_used", "area", "heap"), a.gauge("jvm_memory_bytes_max", "area", "heap")
	if kind == "tomcat" {
		m.busy = b.gauge("tomcat_threads_busy_threads", "name", "http-nio-8080")
		m.most = b.gauge("tomcat_threads_config_max_threads", "name", "http-nio-8080")
	} else {
		m.busy = a.gauge("wls_threadpool_execute_threads_busy", "name", "ThreadPoolRuntime")
		m.most = a.gauge("wls_threadpool_execute_thread_total_count", "name", "ThreadPoolRuntime")
		m.stuck = a.gauge("wls_threadpool_stuck_thread_count", "name", "ThreadPoolRuntime")
	}
	pool := []string{"pool", "ledger"}
	m.active, m.pending = b.gauge("hikaricp_connections_active", pool...), b.gauge("hikaricp_connections_pending", pool...)
	m.poolMost, m.timeouts = b.gauge("hikaricp_connections_max", pool...), b.gauge("hikaricp_connections_timeout_total", pool...)
	ok := []string{"uri", "/voucher/save", "method", "POST", "outcome", "SUCCESS", "status", "200"}
	m.requests, m.seconds = b.gauge("http_server_requests_seconds_count", ok...), b.gauge("http_server_requests_seconds_sum", ok...)
	m.failed = b.gauge("http_server_requests_seconds_count", "uri", "/voucher/save", "method", "POST", "outcome", "SERVER_ERROR", "status", "500")
	m.pauses = b.gauge("jvm_gc_pause_seconds_count", "action", "end of minor GC", "cause", "G1 Evacuation Pause")
	m.paused = b.gauge("jvm_gc_pause_seconds_sum", "action", "end of minor GC", "cause", "G1 Evacuation Pause")
	return m
}

// measure takes the samples of this step.
func (s *server) measure(l *Landscape) {
	m, seconds := &s.metrics, l.plan.Interval.Seconds()
	m.resident.set(math.Round(gibibyte * (7 + 0.25*s.heap)))
	m.start.set(float64(s.started.Unix()))
	m.openFiles.set(math.Round(400 + s.opened + 2*m.threads + s.connections))
	m.mostFiles.set(mostFiles)
	m.old.set(math.Round(gibibyte * (0.6 + s.retained + 0.1*s.heap/heapSize)))
	m.oldMost.set(heapSize * gibibyte)
	m.heap.set(math.Round(gibibyte * s.heap))
	m.heapMost.set(heapSize * gibibyte)
	m.busy.set(min(count(s.dice, m.threads), mostThreads))
	m.most.set(mostThreads)
	if m.stuck != nil {
		m.stuck.set(math.Round(s.hanging / 4))
	}
	m.active.set(min(count(s.dice, s.connections-s.leaked-s.hanging)+math.Floor(s.leaked+s.hanging), mostConnections))
	m.pending.set(count(s.dice, m.waiting))
	m.poolMost.set(mostConnections)
	if s.wait >= timeout/2 {
		m.timeouts.add(count(s.dice, s.requests*seconds/20))
	} else {
		m.timeouts.add(0)
	}
	good := count(s.dice, max(s.requests-s.errors, 0)*seconds)
	m.requests.add(good)
	m.seconds.add(good * m.latency * (0.9 + 0.2*s.dice.Float64()))
	m.failed.add(count(s.dice, (0.0005*s.requests+s.errors)*seconds))
	collections := count(s.dice, seconds*(0.02+s.requests*0.002)*(1+20*max(0, s.retained/heapSize-0.7)))
	m.pauses.add(collections)
	m.paused.add(collections * (0.03 + 0.8*max(0, s.heap/heapSize-0.85)))
}
