package landscape

import "strconv"

func digits(n uint64) string { return strconv.FormatUint(n, 10) }

// say writes into the alert log of Oracle.
func (o *oracle) say(l *Landscape, t *LedgerTrouble) {
	a, s := o.alert, &o.state
	switches := 24 + 6*s.busy // a day
	if s.stuck {
		switches = 0
	}
	for range int(count(o.dice, switches*l.hours()/24*4)) {
		o.sequence++
		a.info("Thread 1 advanced to log sequence %d (LGWR switch)", o.sequence)
	}
	if a.chance(48) {
		a.info("Archived Log entry %d added for thread 1 sequence %d ID 0x5c8e1f2a LAD:1", o.sequence+40, o.sequence)
	}
	if a.chance(0.1) {
		a.info("Thread 1 cannot allocate new log, sequence %d Checkpoint not complete", o.sequence+1)
	}
	if a.chance(0.03) {
		a.fail("ORA-00060: Deadlock detected. See Note 60.1 at My Oracle Support for Troubleshooting ORA-60 Errors. More info in file "+
			"/u01/app/oracle/diag/rdbms/erp/erp1/trace/erp1_ora_%d.trc.", a.dice.IntN(60000))
	}
	if s.full && a.chance(500) {
		a.fail("ORA-1653: unable to extend table NC.GL_DETAIL by 8192 in tablespace LEDGER_DATA")
	}
	if t.Sort > 0 && o.temporary >= 1 && a.chance(300) {
		a.fail("ORA-1652: unable to extend temp segment by 128 in tablespace TEMP [ERP]")
	}
	if s.stuck {
		o.sayStuck(a)
	}
}

// sayStuck is what the archiver says without space.
func (o *oracle) sayStuck(a *journal) {
	if a.chance(400) {
		a.fail("ARC2: Error 19502 Creating archive log file to '/archivelog/erp/1_%d_982736.arc'", o.sequence)
		a.fail("ORA-19502: write error on file \"/archivelog/erp/1_%d_982736.arc\", block number 409601 (block size=512)", o.sequence)
		a.fail("ORA-27072: File I/O error; Linux-x86_64 Error: 28: No space left on device")
		a.fail("ORACLE Instance erp1 - Archival Error. Archiver continuing. ORA-00257: archiver error. Connect internal only, until freed.")
	}
}

// say writes into the error log of MySQL, of the kernel, and of the pods that ask it.
func (m *mysql) say(l *Landscape, t *ReportsTrouble) {
	if t.Killed {
		m.system.fail("%s %s kernel: stress-backup invoked oom-killer: gfp_mask=0x6200ca(GFP_HIGHUSER_MOVABLE), order=0, oom_score_adj=0", m.system.syslog(), m.name)
		m.system.fail("%s %s kernel: Out of memory: Killed process 3127 (mysqld) total-vm:41219312kB, anon-rss:33912844kB, file-rss:0kB, "+
			"shmem-rss:0kB, UID:27 pgtables:68112kB oom_score_adj:0", m.system.syslog(), m.name)
		m.system.fail("%s %s systemd[1]: mysqld.service: main process exited, code=killed, status=9/KILL", m.system.syslog(), m.name)
	}
	if m.dead {
		return
	}
	e := m.errors
	if l.now.Equal(m.started) {
		e.info("%s 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.0.36' socket: '/var/lib/mysql/mysql.sock' "+
			"port: 3306", e.landscape.now.UTC().Format("2006-01-02T15:04:05.000000Z"))
	}
	if e.chance(30) {
		e.info("%s %d [Note] [MY-010914] [Server] Aborted connection %d to db: 'report' user: 'report' host: '10.8.2.%d' (Got an error reading "+
			"communication packets).",
			e.landscape.now.UTC().Format("2006-01-02T15:04:05.000000Z"), e.dice.IntN(90000), e.dice.IntN(90000), e.dice.IntN(250))
	}
}

// say writes into the log of Redis.
func (c *cache) say(down bool) {
	c.log.down = down || c.down
	for range c.log.times(1440) {
		c.log.info("1187:M %s * %d changes in 60 seconds. Saving...", c.log.landscape.now.UTC().Format("02 Jan 2006 15:04:05.000"), 1000+c.log.dice.IntN(9000))
		c.log.info("%d:C %s * DB saved on disk", 20000+c.log.dice.IntN(9000), c.log.landscape.now.UTC().Format("02 Jan 2006 15:04:05.000"))
	}
	if down && c.system.chance(30) {
		c.system.warn("%s %s systemd[1]: redis.service: main process exited, code=exited, status=1/FAILURE", c.system.syslog(), c.name)
	}
}
