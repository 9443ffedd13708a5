package scenario

import "fmt"

// metric is what kind of resource a series measures. The zero value leaves it to the dice.
type metric int

const (
	anyMetric metric = iota
	inodes
	connections
)

// identity is what a series is called, and its limit in its own unit.
type identity struct {
	series, limit string
	unit          float64
	free          bool // counts what is left
}

const gibibyte = 1 << 30

// identify names the series as exporters do. One disk in six counts inodes, one memory in two is a JVM's heap.
func (s *site) identify(m metric) identity {
	n := s.number
	size := float64(int64(1) << s.IntN(6)) // 1 to 32
	switch {
	case m == connections:
		of := fmt.Sprintf(`{instance="gw-%04d:9100"}`, n)
		return identity{"node_nf_conntrack_entries" + of, "node_nf_conntrack_entries_limit" + of, 65_536 * size, false}
	case s.kind == Leak && s.IntN(2) == 0:
		of := fmt.Sprintf(`{area="heap",instance="nc-app-%04d:9404",job="tomcat"}`, n)
		return identity{"jvm_memory_used_bytes" + of, "jvm_memory_max_bytes" + of, size * gibibyte, false}
	case s.kind == Leak:
		of := fmt.Sprintf(`{namespace="finance",pod="ledger-%04d",container="app"}`, n)
		return identity{"container_memory_working_set_bytes" + of, "container_spec_memory_limit_bytes" + of, size * gibibyte, false}
	}
	of := fmt.Sprintf(`{instance="erp-%04d:9100",device="/dev/mapper/vg0-lv%d",fstype="xfs",mountpoint="/u%02d"}`, n, n%10, n%100)
	if m == inodes || s.IntN(6) == 0 {
		return identity{"node_filesystem_files_free" + of, "node_filesystem_files" + of, 1e6 * size, true}
	}
	return identity{"node_filesystem_avail_bytes" + of, "node_filesystem_size_bytes" + of, 50 * gibibyte * size, true}
}
