package landscape

import "math"

// few is how many lines stand for what fails: logs repeat themselves, but not for every request.
func (s *server) few(l *Landscape, rate float64) int {
	return int(count(s.dice, min(rate*l.plan.Interval.Seconds()*0.2, 6)))
}

// line writes an entry as the server does.
func (s *server) line(level, logger, text string) {
	write := s.app.info
	switch level {
	case "WARN":
		write = s.app.warn
	case "ERROR":
		write = s.app.fail
	}
	if s.index == 0 {
		kind := map[string]string{"INFO": "Info", "WARN": "Warning", "ERROR": "Error"}[level]
		write("####<%s CST> <%s> <%s> <%s> <erp_server1> <[ACTIVE] ExecuteThread: '%d' for queue: 'weblogic.kernel.Default (self-tuning)'> <<WLS "+
			"Kernel>> <> <> <%d> <BEA-000000> <%s>",
			s.app.landscape.now.UTC().Format("Jan 2, 2006 3:04:05 PM"), kind, logger, s.name, s.dice.IntN(60), s.app.landscape.now.millis, text)
		return
	}
	write("%s %5s 2417 --- [http-nio-8080-exec-%d] %s : %s", s.app.stamp(), level, s.dice.IntN(200), logger, text)
}

// say writes what the server has to say of this step.
func (s *server) say(l *Landscape) {
	if s.logs.full() {
		if s.app.chance(300) {
			s.system.fail("%s %s rsyslogd[811]: file '/var/log/messages': write error - see https://www.rsyslog.com/solving-rsyslog-write-errors/ "+
				"for help OS error: No space left on device [v8.24.0]", s.system.syslog(), s.name)
		}
		if s.app.chance(200) {
			s.line("ERROR", "c.e.voucher.Attachment", "Attachment cannot be written: java.io.IOException: No space left on device at "+
				"java.io.FileOutputStream.writeBytes(Native Method)")
		}
		return
	}
	s.chat(l)
	s.complain(l)
	s.complainOfOthers(l)
}

// chat is what it says in good health, and the little that always goes wrong.
func (s *server) chat(l *Landscape) {
	for range 1 + s.app.times(1440*(1+min(s.requests/20, 4))) {
		s.line("INFO", "c.e.voucher.VoucherService", "voucher saved id="+digits(s.dice.Uint64N(1e9))+" lines="+digits(s.dice.Uint64N(40))+" "+
			"took="+digits(40+s.dice.Uint64N(300))+"ms")
	}
	if s.app.chance(40) {
		s.line("WARN", "c.e.voucher.Validation", "voucher rejected: debit and credit differ, period 2026-0"+digits(1+s.dice.Uint64N(9)))
	}
	if s.app.chance(4) {
		s.line("ERROR", "c.e.voucher.Export", "export cancelled by client: org.apache.catalina.connector.ClientAbortException: java.io.IOException: Broken pipe")
	}
	if s.app.chance(1) {
		s.line("WARN", "c.e.bank.Client", "bank answered 503, retry 1 of 3")
	}
	if s.started.Equal(l.now.Time) {
		s.line("INFO", "c.e.voucher.Application", "Started Application in 41.7 seconds (JVM running for 44.1)")
	}
}

// complain tells of what is wrong with the server itself.
func (s *server) complain(l *Landscape) {
	if s.wait >= timeout/2 {
		for range s.few(l, s.requests/10) {
			s.line("ERROR", "o.h.e.jdbc.spi.SqlExceptionHelper", "ledger - Connection is not available, request timed out after 30001ms.")
		}
	}
	if s.retained >= heapSize-0.7 && s.app.chance(400) {
		s.line("ERROR", "c.e.voucher.VoucherService", "Handler dispatch failed; nested exception is java.lang.OutOfMemoryError: Java heap space")
	}
	if s.opened >= mostFiles*0.98 && s.app.chance(600) {
		s.line("ERROR", "o.a.tomcat.util.net.Acceptor", "Socket accept failed: java.io.IOException: Too many open files at "+
			"sun.nio.ch.ServerSocketChannelImpl.accept0(Native Method)")
	}
	if patience := [...]float64{10. / 60, 1. / 60}[s.index]; s.stuck > patience && s.app.chance(400) {
		s.stuckThread()
	}
}

func (s *server) stuckThread() {
	thread := s.dice.IntN(60)
	if s.index == 0 {
		s.app.fail("####<%s CST> <Error> <WebLogicServer> <%s> <erp_server1> <[STANDBY] ExecuteThread: '9' for queue: 'weblogic.kernel.Default "+
			"(self-tuning)'> <<WLS Kernel>> <> <> <%d> <BEA-000337> <[STUCK] ExecuteThread: '%d' for queue: 'weblogic.kernel.Default (self-tuning)' "+
			"has been busy for \"638\" seconds working on the request \"POST /voucher/save\", which is more than the configured time "+
			"(StuckThreadMaxTime) of \"600\" seconds in \"server-failure-trigger\".>",
			s.app.landscape.now.UTC().Format("Jan 2, 2006 3:04:05 PM"), s.name, s.app.landscape.now.millis, thread)
		return
	}
	s.app.warn("%s WARNING [Catalina-utility-1] org.apache.catalina.valves.StuckThreadDetectionValve.notifyStuckThreadDetected Thread "+
		"[http-nio-8080-exec-%d] (id=[%d]) has been active for [65,%03d] milliseconds (since [%s]) to serve the same request for "+
		"[http://%s:8080/voucher/save] and may be stuck",
		s.app.landscape.now.UTC().Format("02-Jan-2006 15:04:05.000"), thread, thread+40, s.dice.IntN(1000), s.app.stamp(), s.name)
}

// complainOfOthers tells of what the server does not get from others.
func (s *server) complainOfOthers(l *Landscape) {
	db := &l.ledger.state
	failing := math.Max(s.requests, 0.2)
	say := func(rate float64, logger, text string) {
		for range s.few(l, rate) {
			s.line("ERROR", logger, text)
		}
	}
	switch {
	case l.Trouble.Resolver:
		say(failing/4, "com.zaxxer.hikari.pool.HikariPool", "ledger - Exception during pool initialization: "+
			"java.net.UnknownHostException: db-01.erp.example.cn: Temporary failure in name resolution")
	case l.Trouble.Ledger.Refused:
		say(failing/4, "o.h.e.jdbc.spi.SqlExceptionHelper", "ORA-28000: the account is locked")
	case db.full:
		say(failing/4, "o.h.e.jdbc.spi.SqlExceptionHelper", "ORA-01653: unable to extend table NC.GL_DETAIL by 8192 in tablespace LEDGER_DATA")
	case db.stuck:
		say(failing/8, "o.h.e.jdbc.spi.SqlExceptionHelper", "ORA-00257: archiver error. Connect internal only, until freed.")
	case l.Trouble.Network > 0.02:
		say(failing*l.Trouble.Network/4, "o.h.e.jdbc.spi.SqlExceptionHelper", "IO Error: Connection reset by peer; ORA-03135: connection lost contact")
	}
	if l.Trouble.Ledger.Sort > 0 && l.ledger.temporary >= 1 {
		say(failing/30, "o.h.e.jdbc.spi.SqlExceptionHelper", "ORA-01652: unable to extend temp segment by 128 in tablespace TEMP")
	}
	if l.Trouble.Cache {
		say(failing/6, "c.e.voucher.Cache", "org.springframework.data.redis.RedisConnectionFailureException: Unable to connect to Redis; "+
			"nested exception is io.lettuce.core.RedisConnectionException: Unable to connect to "+l.cache.name+":6379")
	}
	if l.Trouble.Bank.Seconds() > 5 {
		say(s.requests*l.bank.share/3, "c.e.bank.Client", "POST "+l.BankEndpoint()+"/pay failed: java.net.SocketTimeoutException: Read timed out")
	}
}
