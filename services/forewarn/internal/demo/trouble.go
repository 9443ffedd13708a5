package demo

import (
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// ledger is a table space that grows on working days only, four times as fast around a month's end, as postings do. It
// fills, and is given half as much again after some hours.
func (h *host) ledger() {
	s := h.story
	full := s.closing(s.before(3), 15)
	enlarged := full.Add(3 * time.Hour)
	r := h.volume("/oradata/LEDGER_DATA", 400, 0.0003, s.paced(s.level(0.7, full), full, func(m moment) float64 {
		switch {
		case !m.day.Working():
			return 0
		case m.day.Class == calendar.MonthEnd:
			return 4 * load(m)
		}
		return load(m)
	}))
	r.limit = func(m moment) float64 {
		if m.Before(enlarged) {
			return 1
		}
		return 1.5
	}
	h.writes(full, enlarged, 10*time.Minute, "oracle", "/u01/diag/alert_erp.log",
		"ORA-01653: unable to extend table NC.GL_DETAIL by 8192 in tablespace LEDGER_DATA")
	h.volume("/oradata/SYSTEM", 20, 0.0002, flat(0.92))
	h.harmless("/oradata/SYSTEM", i18n.Text{En: "has stood at 92 % for long", Zh: "长期保持在 92%"})
	h.volume("/oradata/UNDO", 64, 0.004, daily(0.25, 0.1))
	h.volume("/oradata/TEMP", 128, 0.003, func(m moment) float64 { return 0.08 + 0.2*stairs(m, 1, 1.5, 2, 4) })
	h.volume("/archivelog", 200, 0.002, func(m moment) float64 { return 0.2 + 0.3*between(m, 5, 24) })
}

// archive grows by a little every day: its end is weeks away when the past ends.
func (h *host) archive() {
	s, full := h.story, h.story.before(-24)
	h.volume("/oradata/ARCHIVE", 900, 0.0004, s.paced(s.level(0.5, full), full, func(moment) float64 { return 1 }))
}

// rotation is a volume to which the day's logs are packed three times, up to 95 %, and from which they are rotated away by
// night: day for day, and no trouble.
func (h *host) rotation() {
	h.volume("/var/log", 20, 0.001, func(m moment) float64 { return 0.5 + 0.1485*stairs(m, 8, 14, 20, 2) })
	h.harmless("/var/log", i18n.Text{En: "log rotation: touches 95 % every day", Zh: "日志轮转：每天达到约 95%"})
}

// leak is an application server that a release has made keep what it takes. It is started anew every third night. Once
// that is forgotten: then its memory ends, and the kernel kills it.
func (h *host) leak() {
	s := h.story
	const healthy, growth, period = 0.25, 0.6, 72 * time.Hour
	release := s.night(20)
	forgotten := release.Add(3 * period)
	started, level, killed := s.Start.Add(-30*time.Hour), healthy, time.Time{}
	h.process("weblogic", "7001", 8, 0.006, func(m moment) (float64, time.Time) {
		since := m.Sub(release)
		planned := since >= 0 && since%period == 0 && !m.Equal(forgotten)
		if planned || m.Equal(killed) {
			started, level = m.Time, healthy
		}
		now := level
		if since >= 0 {
			level += growth * Interval.Hours() / period.Hours() * (0.7 + load(m))
		}
		if now < 1 && level >= 1 {
			killed = m.Add(3 * Interval)
		}
		return min(now, 1), started
	})
}

// runaway is a trace that somebody left on: the volume of the log is full within hours, and cleaned up hours later.
func (h *host) runaway() {
	s := h.story
	from := s.workingHour(s.before(12), 10.5)
	const hours, stays = 9.0, 2.5
	h.volume("/var/log", 20, 0.001, func(m moment) float64 {
		rest := 0.3 + 0.06*between(m, 2, 24)
		if since := m.Sub(from).Hours(); since >= 0 && since < hours+stays {
			return min(1, rest+0.7*since/hours)
		}
		return rest
	})
	full := from.Add(time.Duration(hours * float64(time.Hour)))
	h.writes(full, full.Add(time.Duration(stays*float64(time.Hour))), 15*time.Minute, "weblogic", "/var/log/weblogic/server.log",
		"java.io.IOException: No space left on device at java.io.FileOutputStream.writeBytes")
	began := s.Start.Add(-50 * time.Hour)
	h.process("weblogic", "7001", 8, 0.01, func(m moment) (float64, time.Time) { return 0.42 + 0.06*load(m), began })
}

// certificate is that of the portal: its end is eleven days away when the past ends, and nobody has ordered another one.
func (h *host) certificate() {
	r := h.add("certificate", &resource{until: h.story.before(-11)})
	r.named(h.labels("blackbox", "443"), "probe_ssl_earliest_cert_expiry")
}

// writes adds entries of a log from one time until another.
func (h *host) writes(from, until time.Time, every time.Duration, service, file, body string) {
	origin := telemetry.NewLabels(telemetry.Label{Name: "host", Value: h.name}, telemetry.Label{Name: "service", Value: service},
		telemetry.Label{Name: "file", Value: file})
	for at := from; at.Before(until); at = at.Add(every) {
		h.story.entries = append(h.story.entries, entry{at, origin, body})
	}
}

// nightly is a batch that takes much by night and gives it back: no trouble.
func (h *host) nightly() {
	h.volume("/stage", 300, 0.003, func(m moment) float64 { return 0.22 + 0.21*stairs(m, 1, 2, 3, 4) })
	h.harmless("/stage", i18n.Text{En: "nightly batch: takes 63 % more and gives it back", Zh: "夜间批处理：占用增加 63% 后归还"})
	began := h.story.Start.Add(-200 * time.Hour)
	h.process("settlement", "9404", 4, 0.004, func(m moment) (float64, time.Time) {
		return 0.3 + 0.35*(between(m, 1, 1.5)-between(m, 4, 4.5)), began
	})
}

// exports are reports that nobody removes: they fill their volume a day and a half after the past ends.
func (h *host) exports() {
	s, full := h.story, h.story.before(-1.5)
	h.volume("/data/exports", 500, 0.0008, s.paced(s.level(0.75, full), full, func(m moment) float64 { return 0.5 + load(m) }))
}

// process adds one with its memory in GiB; course returns the share in use and when it was started.
func (h *host) process(job, port string, size, noise float64, course func(moment) (float64, time.Time)) {
	var began time.Time
	r := h.add(job, &resource{size: size * gibibyte, noise: noise})
	r.use = func(m moment) (use float64) {
		use, began = course(m)
		return use
	}
	r.restarted = func(moment) time.Time { return began }
	r.named(h.labels(job, port), "process_resident_memory_bytes", "process_memory_limit_bytes", "process_start_time_seconds")
}
