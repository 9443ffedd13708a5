package fault

import (
	"slices"
	"strings"
)

// Scenarios returns all of them: those of one fault first, then those of two at a time.
func Scenarios() []Scenario {
	pair := func(name string, a, b func(*draw) Case) Scenario {
		return Scenario{Name: name, hour: 10, make: func(d *draw) Case { return both(a(d), b(d)) }}
	}
	return []Scenario{
		{Name: "tablespace-fills", hour: 9, make: tablespaceFills},
		{Name: "archive-full", hour: 8, make: archiveFull},
		{Name: "row-locks", hour: 9, make: rowLocks},
		{Name: "account-locked", hour: 9, make: accountLocked},
		{Name: "cpu-neighbour", hour: 9, make: cpuNeighbour},
		{Name: "slow-disk", hour: 9, make: slowDisk},
		{Name: "mysql-killed", hour: 9, make: mysqlKilled},
		{Name: "month-end-runaway", hour: 17, Closing: true, make: runawayBatch},
		{Name: "connection-leak", hour: 8, make: connectionLeak},
		{Name: "heap-leak", hour: 8, make: heapLeak},
		{Name: "files-exhausted", hour: 8, make: filesExhausted},
		{Name: "log-volume-full", hour: 8, make: logVolumeFull},
		{Name: "host-down", hour: 9, make: hostDown},
		{Name: "cache-down", hour: 9, make: cacheDown},
		{Name: "network-loss", hour: 9, make: networkLoss},
		{Name: "resolver-fails", hour: 9, make: resolverFails},
		{Name: "bank-slow", hour: 9, make: bankSlow},
		{Name: "certificate-expires", hour: 9, make: certificateExpires},
		{Name: "node-memory-pressure", hour: 9, make: nodeMemoryPressure},
		{Name: "claim-fills", hour: 8, make: claimFills},
		pair("log-volume-full+mysql-killed", logVolumeFull, mysqlKilled),
		pair("slow-disk+node-memory-pressure", slowDisk, nodeMemoryPressure),
		pair("cache-down+claim-fills", cacheDown, claimFills),
	}
}

// Named returns the scenarios of these names, all for none; of a name that is unknown it says so.
func Named(names []string) (out []Scenario, unknown string) {
	all := Scenarios()
	if len(names) == 0 {
		return all, ""
	}
	for _, name := range names {
		k := slices.IndexFunc(all, func(s Scenario) bool { return s.Name == strings.TrimSpace(name) })
		if k < 0 {
			return nil, name
		}
		out = append(out, all[k])
	}
	return out, ""
}
