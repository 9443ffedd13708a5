package landscape

// say writes into the error log of the load balancer.
func (f *frontend) say(l *Landscape, requests, failing float64, expired bool) {
	n := f.log
	begin := n.landscape.now.UTC().Format("2006/01/02 15:04:05")
	request := "client: 10.8.3.17, server: erp.example.cn, request: \"POST /voucher/save HTTP/1.1\", upstream: " +
		"\"http://10.8.1.11:8080/voucher/save\", host: \"erp.example.cn\""
	if n.chance(200) {
		n.info("%s [info] 1204#1204: *%d client closed connection while waiting for request, client: 10.8.3.%d, server: "+
			"0.0.0.0:443", begin, n.dice.IntN(1e6), n.dice.IntN(250))
	}
	if n.chance(0.1) {
		n.fail("%s [error] 1204#1204: *%d upstream timed out (110: Connection timed out) while reading response header from upstream, "+
			"%s", begin, n.dice.IntN(1e6), request)
	}
	slow := 0.0
	for _, s := range l.servers {
		if s.metrics.latency > 10 {
			slow += s.requests
		}
		if s.down && n.chance(300) {
			n.fail("%s [error] 1204#1204: *%d connect() failed (113: No route to host) while connecting to upstream, %s", begin, n.dice.IntN(1e6), request)
		}
	}
	slow += failing * 0.1
	for range int(count(n.dice, min(slow*l.plan.Interval.Seconds()*0.02, 4))) {
		if requests > 0 && !expired && slow > 1 {
			n.fail("%s [error] 1204#1204: *%d upstream timed out (110: Connection timed out) while reading response header from upstream, "+
				"%s", begin, n.dice.IntN(1e6), request)
		}
	}
	if expired && n.chance(600) {
		n.fail("%s [crit] 1204#1204: *%d SSL_do_handshake() failed (SSL: error:0A000415:SSL routines::sslv3 alert certificate expired) while SSL "+
			"handshaking, client: 10.8.3.%d, server: 0.0.0.0:443", begin, n.dice.IntN(1e6), n.dice.IntN(250))
	}
}

// say writes into the logs of the kubelet and of the pods.
func (c *cluster) say(l *Landscape, t *ClusterTrouble) {
	k := c.kubelet
	if k.chance(60) {
		k.info("%s %s kubelet[1412]: I%s 1412 kubelet.go:2453] \"SyncLoop (PLEG): event for pod\" "+
			"pod=\"%s-report/report-%d\"", k.syslog(), c.name, k.landscape.now.UTC().Format("0102 15:04:05.000000"), l.plan.Site, k.dice.IntN(3))
	}
	if k.chance(0.05) {
		k.warn("%s %s kubelet[1412]: E%s 1412 prober.go:107] \"Probe failed\" probeType=\"Readiness\" pod=\"%s-report/report-1\" output=\"Get "+
			"\\\"http://10.244.1.8:8080/ready\\\": context deadline exceeded\"", k.syslog(), c.name, k.landscape.now.UTC().Format("0102 "+
			"15:04:05.000000"), l.plan.Site)
	}
	if t.Evicting {
		c.evict(l, k)
	}
	for _, p := range c.pods {
		p.say(l)
	}
}

func (c *cluster) evict(l *Landscape, k *journal) {
	begin := k.landscape.now.UTC().Format("0102 15:04:05.000000")
	if k.chance(300) {
		k.warn("%s %s kubelet[1412]: W%s 1412 eviction_manager.go:330] \"Eviction manager: attempting to reclaim\" "+
			"resourceName=\"memory\"", k.syslog(), c.name, begin)
		k.warn("%s %s kubelet[1412]: I%s 1412 kubelet_node_status.go:696] \"Recording event message for node\" node=\"%s\" "+
			"event=\"NodeHasInsufficientMemory\"", k.syslog(), c.name, begin, c.name)
	}
	if k.chance(100) {
		k.warn("%s %s kubelet[1412]: I%s 1412 eviction_manager.go:571] \"Eviction manager: pod is evicted successfully\" "+
			"pod=\"%s-report/report-%d\" message=\"The node was low on resource: memory. Threshold quantity: 100Mi, available: "+
			"61204Ki.\"", k.syslog(), c.name, begin, l.plan.Site, 1+k.dice.IntN(2))
	}
}

// say writes into the log of a pod.
func (p *pod) say(l *Landscape) {
	j := p.log
	for range j.times(2000) {
		j.info("%s  INFO 1 --- [scheduling-1] c.e.report.Import : imported %d rows of period 2026-%02d", j.stamp(), j.dice.IntN(5000), 1+j.dice.IntN(12))
	}
	if j.chance(2) {
		j.warn("%s  WARN 1 --- [scheduling-1] c.e.report.Layout : column without title in report %d", j.stamp(), j.dice.IntN(400))
	}
	if l.reports.dead && j.chance(500) {
		j.fail("%s ERROR 1 --- [scheduling-1] o.h.engine.jdbc.spi.SqlExceptionHelper : Communications link failure The last packet sent "+
			"successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.", j.stamp())
	}
	if l.cluster.claim >= 0.9995 && j.chance(300) {
		j.fail("%s ERROR 1 --- [scheduling-1] c.e.report.Import : java.nio.file.FileSystemException: /data/import/batch.csv: No space left on device", j.stamp())
	}
}

// say writes into the log of the postings.
func (b *batchHost) say(l *Landscape) {
	for range b.log.times(2000 * oneIf(b.running)) {
		b.log.info("%s INFO  [posting-%d] posted %d vouchers of ledger %d", b.log.stamp(), b.dice.IntN(4), b.dice.IntN(900), b.dice.IntN(30))
	}
	if b.log.chance(24) {
		b.log.info("%s INFO  [scheduler] next run at 01:00", b.log.stamp())
	}
	if l.Trouble.Batch.Runaway && b.log.chance(20) {
		b.log.warn("%s WARN  [close] step DEPRECIATION runs for longer than 3 times its mean", b.log.stamp())
	}
}
