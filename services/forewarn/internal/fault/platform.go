package fault

import (
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
)

// cacheDown is a Redis that does not start after a change of its configuration.
func cacheDown(d *draw) Case {
	return Case{
		Truths: d.truth("cache-down", Cause{Entity: d.host("cache-01")}, Cause{Entity: d.within("database", "cache-01", "9121")}),
		lasts:  d.hours(2.5),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Cache = true },
	}
}

// networkLoss is a switch that loses packets between the applications and their database.
func networkLoss(d *draw) Case {
	loss := d.about(0.1)
	contact := []string{"log-oracle.ora-03113", "log-os.link", "log-network"}
	return Case{
		Truths: d.truth("network-loss", Cause{d.host("app-01"), contact}, Cause{d.host("app-02"), contact}, Cause{d.host("db-01"), append(contact, "host-retransmissions")}),
		lasts:  d.hours(2),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Network = loss },
	}
}

// resolverFails is a name server that does not answer.
func resolverFails(d *draw) Case {
	names := []string{"log-dns.failure"}
	return Case{
		Truths: d.truth("resolver-fails", Cause{d.host("app-01"), names}, Cause{d.host("app-02"), names}),
		lasts:  d.hours(1),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Resolver = true },
	}
}

// bankSlow is a bank whose interface takes a quarter of a minute.
func bankSlow(d *draw) Case {
	late := time.Duration(d.about(15) * float64(time.Second))
	return Case{
		Truths: d.truth("bank-slow", Cause{Entity: "endpoint:https%3A%2F%2F" + d.site + ".bank.example.cn%2Fapi"}),
		lasts:  d.hours(2.5),
		act:    func(_ time.Duration, t *landscape.Trouble) { t.Bank = late },
	}
}

// certificateExpires is an old certificate that somebody installed by mistake: it ends two days later, and is then replaced.
func certificateExpires(d *draw) Case {
	left := d.hours(40)
	return Case{
		Truths: d.truth("certificate-expires",
			Cause{Entity: "certificate:https%3A%2F%2F" + d.site + ".erp.example.cn%2Fvoucher"}, Cause{d.host("lb-01"), []string{"log-tls.expired"}}),
		lasts: left + d.hours(2),
		act: func(since time.Duration, t *landscape.Trouble) {
			t.Expires = left - since
		},
	}
}

// nodeMemoryPressure is a pod without a limit: the memory of its node ends, and the kubelet evicts the others.
func nodeMemoryPressure(d *draw) Case {
	full := d.hours(1.5)
	return Case{
		Truths: d.truth("node-memory-pressure", Cause{d.host("k8s-01"), []string{"host-memory", "host-swap", "log-kubernetes."}}),
		lasts:  full + d.hours(1.5),
		act: func(since time.Duration, t *landscape.Trouble) {
			t.Cluster.Hog = 45 * min(1, float64(since)/float64(full))
			t.Cluster.Evicting = since >= full
		},
	}
}

// claimFills is an import into the claim of the reports that nobody removes.
func claimFills(d *draw) Case {
	rate := d.about(0.1)
	return Case{
		Truths: d.truth("claim-fills", Cause{Entity: "volume:" + d.site + "-report/data-report-0"},
			Cause{"pod:" + d.site + "-report/report-0", []string{"log-os.no-space"}}, Cause{"pod:" + d.site + "-report/report-1", []string{"log-os.no-space"}},
			Cause{"pod:" + d.site + "-report/report-2", []string{"log-os.no-space"}}),
		lasts: time.Duration(0.6/rate*float64(time.Hour)) + d.hours(1),
		act:   func(_ time.Duration, t *landscape.Trouble) { t.Cluster.Claim = rate },
		mend:  func(t *landscape.Trouble) { t.Cluster.Expand = true },
	}
}
