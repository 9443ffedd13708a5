package fault

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
)

// role is that of the application server that was drawn.
func (d *draw) role() string { return fmt.Sprintf("app-%02d", d.server+1) }

// kind is what it runs.
func (d *draw) kind() string { return [...]string{"weblogic", "tomcat"}[d.server] }

func (d *draw) restart(t *landscape.Trouble) { t.Servers[d.server].Restart = true }

// connectionLeak is a release that forgets to close: the pool is exhausted within the day. The server is started anew in the evening.
func connectionLeak(d *draw) Case {
	rate := d.about(12)
	return Case{
		Truths: d.truth("connection-leak",
			Cause{Entity: d.within("pool", d.role(), "8080:ledger")}, Cause{d.host(d.role()), []string{"log-pool.", "log-weblogic.pool"}}),
		lasts: d.hours(8),
		act:   func(_ time.Duration, t *landscape.Trouble) { t.Servers[d.server].Connections = rate },
		mend:  d.restart,
	}
}

// heapLeak is a cache without a bound: the heap is full two days later.
func heapLeak(d *draw) Case {
	rate := d.about(0.17)
	return Case{
		Truths: d.truth("heap-leak",
			Cause{Entity: d.within("pool", d.role(), "9404:heap")}, Cause{Entity: d.within("pool", d.role(), "9404:G1 Old Gen")},
			Cause{Entity: d.within("process", d.role(), d.kind()+":9404")},
			Cause{d.host(d.role()), []string{"log-java.", "jvm-"}}),
		lasts: time.Duration(9/rate) * time.Hour,
		act:   func(_ time.Duration, t *landscape.Trouble) { t.Servers[d.server].Heap = rate },
		mend:  d.restart,
	}
}

// filesExhausted is a client that is never closed: no file can be opened some hours later.
func filesExhausted(d *draw) Case {
	rate := d.about(12000)
	return Case{
		Truths: d.truth("files-exhausted",
			Cause{Entity: d.within("process", d.role(), d.kind()+":9404")}, Cause{d.host(d.role()), []string{"log-os.too-many-files"}}),
		lasts: time.Duration(80000/rate*float64(time.Hour)) + d.hours(1),
		act:   func(_ time.Duration, t *landscape.Trouble) { t.Servers[d.server].Files = rate },
		mend:  d.restart,
	}
}

// logVolumeFull is a trace that somebody left on. It is cleaned after some time in which nothing can be written.
func logVolumeFull(d *draw) Case {
	rate := d.about(0.14)
	return Case{
		Truths: d.truth("log-volume-full",
			Cause{Entity: d.within("volume", d.role(), "/var/log")}, Cause{d.host(d.role()), []string{"log-os.no-space"}}),
		lasts: time.Duration(0.7/rate*float64(time.Hour)) + d.hours(1.5),
		act:   func(_ time.Duration, t *landscape.Trouble) { t.Servers[d.server].Log = rate * d.step() },
		mend:  func(t *landscape.Trouble) { t.Servers[d.server].Clean = true },
	}
}

// hostDown is a machine without power: nothing of it is heard.
func hostDown(d *draw) Case {
	return Case{
		Truths: d.truth("host-down", Cause{Entity: d.host(d.role())}),
		lasts:  d.hours(3),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Servers[d.server].Down = true },
		mend:   d.restart,
	}
}
