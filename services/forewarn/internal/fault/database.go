package fault

import (
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
)

// host returns the entity of a host, and of something within it.
func (d *draw) host(role string) string { return "host:" + d.site + "-" + role }

func (d *draw) within(kind, role, name string) string {
	return kind + ":" + d.site + "-" + role + ":" + name
}

func (d *draw) truth(fault string, causes ...Cause) []Truth {
	return []Truth{{Fault: fault, Causes: causes}}
}

// tablespaceFills is an import that posts much: the ledger's tablespace is full a day and a half later. Then it is enlarged.
func tablespaceFills(d *draw) Case {
	rate := d.about(4.3) // GiB an hour
	return Case{
		Truths: d.truth("tablespace-fills",
			Cause{Entity: d.within("database", "db-01", "9161:LEDGER_DATA")},
			Cause{d.host("db-01"), []string{"log-oracle.ora-01653"}}),
		lasts: time.Duration(155 / rate * float64(time.Hour)),
		act:   func(_ time.Duration, t *landscape.Trouble) { t.Ledger.Posting = rate * d.step() },
		mend:  func(t *landscape.Trouble) { t.Ledger.Enlarge = true },
	}
}

// archiveFull is a backup that does not delete what it has saved: the archiver is stuck some hours later, and with it everybody.
func archiveFull(d *draw) Case {
	rate := d.about(0.14) // of the volume an hour
	return Case{
		Truths: d.truth("archive-full",
			Cause{Entity: d.within("volume", "db-01", "/archivelog")},
			Cause{d.host("db-01"), []string{"log-oracle.ora-00257", "log-os.no-space", "log-oracle.ora-19"}}),
		lasts: time.Duration(0.8/rate*float64(time.Hour)) + d.hours(1.2),
		act:   func(_ time.Duration, t *landscape.Trouble) { t.Ledger.Archive = rate * d.step() },
		mend:  func(t *landscape.Trouble) { t.Ledger.Purge = true },
	}
}

// rowLocks is somebody who has updated rows by hand and gone to lunch.
func rowLocks(d *draw) Case {
	share, spread := d.about(0.12), d.hours(0.3) // more and more vouchers want one of the rows
	return Case{
		Truths: d.truth("row-locks", Cause{Entity: d.within("database", "db-01", "9161")}, Cause{d.host("db-01"), []string{"log-"}}),
		lasts:  d.hours(1.5),
		act: func(since time.Duration, t *landscape.Trouble) {
			t.Ledger.Locked = share * min(1, float64(since+d.interval)/float64(spread))
		},
	}
}

// accountLocked is a wrong password in some script: the database locks the account of the applications.
func accountLocked(d *draw) Case {
	locked := []string{"log-oracle.ora-28000"}
	return Case{
		Truths: d.truth("account-locked", Cause{d.host("app-01"), locked}, Cause{d.host("app-02"), locked}, Cause{d.host("db-01"), locked}),
		lasts:  d.hours(1),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Ledger.Refused = true },
	}
}

// cpuNeighbour is something that takes the processors of the database's host.
func cpuNeighbour(d *draw) Case {
	cores := d.about(16)
	return Case{
		Truths: d.truth("cpu-neighbour", Cause{Entity: d.host("db-01")}),
		lasts:  d.hours(2.5),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Ledger.Neighbour = cores },
	}
}

// slowDisk is a storage array that rebuilds.
func slowDisk(d *draw) Case {
	slow := d.about(8)
	return Case{
		Truths: d.truth("slow-disk", Cause{Entity: d.host("db-01")}),
		lasts:  d.hours(2.5),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Ledger.Slow = slow },
	}
}

// mysqlKilled is a backup that takes the memory of the reports' database: the kernel kills the server, which is started an hour later.
func mysqlKilled(d *draw) Case {
	killed := time.Duration(d.about(20)) * time.Minute
	return Case{
		Truths: d.truth("mysql-killed", Cause{Entity: d.host("db-02")}, Cause{Entity: d.within("database", "db-02", "9104")}),
		lasts:  killed + d.hours(1),
		act: func(since time.Duration, t *landscape.Trouble) {
			t.Reports.Hog = 25 * min(1, float64(since)/float64(killed))
			t.Reports.Killed = since >= killed && since < killed+d.interval
			if t.Reports.Dead = since >= killed; t.Reports.Dead {
				t.Reports.Hog = 8
			}
		},
	}
}

// runawayBatch is a step of the close that joins without a condition: it reads all night and fills the temporary tablespace.
func runawayBatch(d *draw) Case {
	full := d.about(6) // hours
	return Case{
		Truths: d.truth("month-end-runaway",
			Cause{Entity: d.host("batch-01")}, Cause{Entity: d.within("process", "batch-01", "settlement:9404")},
			Cause{d.host("db-01"), []string{"log-oracle.ora-01652"}}),
		lasts: d.hours(9),
		act: func(since time.Duration, t *landscape.Trouble) {
			t.Batch.Runaway, t.Ledger.Sort = true, since.Hours()/full
		},
	}
}
