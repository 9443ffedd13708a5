package host

import (
	"context"
	"errors"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"
)

func (w *Watcher) cpu(ctx context.Context) error {
	times, err := cpu.TimesWithContext(ctx, true)
	for _, t := range times {
		n := strings.TrimPrefix(t.CPU, "cpu")
		mode := func(name string, v float64) { w.emit("node_cpu_seconds_total", v, "cpu", n, "mode", name) }
		mode("user", t.User)
		mode("nice", t.Nice)
		mode("system", t.System)
		mode("idle", t.Idle)
		mode("iowait", t.Iowait)
		mode("irq", t.Irq)
		mode("softirq", t.Softirq)
		mode("steal", t.Steal)
	}
	return err
}

func (w *Watcher) load(ctx context.Context) error {
	l, err := load.AvgWithContext(ctx)
	if err != nil {
		return err
	}
	w.emit("node_load1", l.Load1)
	w.emit("node_load5", l.Load5)
	w.emit("node_load15", l.Load15)
	return nil
}

func (w *Watcher) memory(ctx context.Context) error {
	m, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return err
	}
	bytes := func(name string, v uint64) { w.emit("node_memory_"+name+"_bytes", float64(v)) }
	bytes("MemTotal", m.Total)
	bytes("MemFree", m.Free)
	bytes("MemAvailable", m.Available)
	bytes("Buffers", m.Buffers)
	bytes("Cached", m.Cached-min(m.Cached, m.Sreclaimable)) // gopsutil adds the one to the other, the kernel does not
	bytes("SReclaimable", m.Sreclaimable)
	bytes("SUnreclaim", m.Sunreclaim)
	bytes("Slab", m.Slab)
	bytes("Shmem", m.Shared)
	bytes("Active", m.Active)
	bytes("Inactive", m.Inactive)
	bytes("Dirty", m.Dirty)
	bytes("Writeback", m.WriteBack)
	bytes("CommitLimit", m.CommitLimit)
	bytes("Committed_AS", m.CommittedAS)
	bytes("SwapTotal", m.SwapTotal)
	bytes("SwapFree", m.SwapFree)
	bytes("SwapCached", m.SwapCached)
	return nil
}

func (w *Watcher) filesystems(ctx context.Context) error {
	list, err := w.mounts.list(ctx)
	if err != nil {
		return err
	}
	w.Metrics.fileSystems.Set(float64(len(list)))
	for i, u := range w.mounts.ask(ctx, list) {
		m := list[i]
		fs := func(name string, v float64) {
			w.emit("node_filesystem_"+name, v, "device", m.Device, "fstype", m.FSType, "mountpoint", m.Point)
		}
		fs("device_error", flag(!u.ok))
		if !u.ok || u.stat.Total == 0 { // node_exporter shows none of the latter either
			continue
		}
		fs("size_bytes", float64(u.stat.Total))
		fs("free_bytes", float64(u.stat.Total-u.stat.Used))
		fs("avail_bytes", float64(u.stat.Free))
		fs("files", float64(u.stat.InodesTotal))
		fs("files_free", float64(u.stat.InodesFree))
		fs("readonly", flag(m.ReadOnly))
	}
	return nil
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (w *Watcher) disks(ctx context.Context) error {
	all, err := disk.IOCountersWithContext(ctx)
	if errors.Is(err, os.ErrNotExist) {
		return nil // a container without block devices
	}
	for name, d := range all {
		if w.noDisk.MatchString(name) {
			continue
		}
		total := func(what string, v float64) { w.emit("node_disk_"+what+"_total", v, "device", name) }
		total("read_bytes", float64(d.ReadBytes))
		total("written_bytes", float64(d.WriteBytes))
		total("reads_completed", float64(d.ReadCount))
		total("writes_completed", float64(d.WriteCount))
		total("read_time_seconds", float64(d.ReadTime)/1000)
		total("write_time_seconds", float64(d.WriteTime)/1000)
		total("io_time_seconds", float64(d.IoTime)/1000)
		total("io_time_weighted_seconds", float64(d.WeightedIO)/1000)
	}
	return err
}

func (w *Watcher) network(ctx context.Context) error {
	all, err := net.IOCountersWithContext(ctx, true)
	for _, n := range all {
		total := func(what string, v uint64) { w.emit("node_network_"+what+"_total", float64(v), "device", n.Name) }
		total("receive_bytes", n.BytesRecv)
		total("receive_packets", n.PacketsRecv)
		total("receive_errs", n.Errin)
		total("receive_drop", n.Dropin)
		total("transmit_bytes", n.BytesSent)
		total("transmit_packets", n.PacketsSent)
		total("transmit_errs", n.Errout)
		total("transmit_drop", n.Dropout)
	}
	w.tcp(ctx)
	return err
}

// tcp tells how much was sent, and sent again, over TCP; where the system does not count that, nothing.
func (w *Watcher) tcp(ctx context.Context) {
	all, err := net.ProtoCountersWithContext(ctx, []string{"tcp"})
	if err != nil {
		return // Linux alone counts by protocol
	}
	for _, p := range all {
		for _, name := range []string{"OutSegs", "RetransSegs"} {
			if v, ok := p.Stats[name]; ok {
				w.emit("node_netstat_Tcp_"+name, float64(v))
			}
		}
	}
}

func (w *Watcher) kernel(ctx context.Context) error {
	if boot, err := host.BootTimeWithContext(ctx); err == nil {
		w.boot = steadyBoot(w.boot, float64(boot))
		w.emit("node_boot_time_seconds", w.boot)
	}
	if allocated, maximum, ok := fileDescriptors(); ok {
		w.emit("node_filefd_allocated", allocated)
		w.emit("node_filefd_maximum", maximum)
	}
	// There is no such table without connection tracking: that is no error.
	if tables, err := net.FilterCountersWithContext(ctx); err == nil {
		for _, t := range tables {
			w.emit("node_nf_conntrack_entries", float64(t.ConnTrackCount))
			w.emit("node_nf_conntrack_entries_limit", float64(t.ConnTrackMax))
		}
	}
	id, err := uname()
	if err != nil {
		return err
	}
	w.emit("node_uname_info", 1, "domainname", id.domain, "machine", id.machine, "nodename", id.node,
		"release", id.release, "sysname", id.system, "version", id.version)
	return nil
}

func (w *Watcher) top(ctx context.Context) error {
	if w.config.Processes == 0 {
		return nil
	}
	all, err := processes(ctx, w.config.Processes, w.boot, w.processes)
	if err != nil {
		return err
	}
	w.processes = all[:0]
	for _, p := range all {
		if p.name == "" {
			continue // it has ended meanwhile
		}
		pid := strconv.Itoa(p.pid)
		w.emit("process_resident_memory_bytes", float64(p.resident), "process", p.name, "pid", pid)
		if p.startTime > 0 {
			w.emit("process_start_time_seconds", p.startTime, "process", p.name, "pid", pid)
		}
	}
	return nil
}

// steadyBoot returns the time of boot to go by, Unix seconds: the one known, unless the clock was set since. In a
// container it is reckoned from the uptime, and differs by a second from one time to the next; the start of a process,
// reckoned from it, would look like a restart each time.
func steadyBoot(known, now float64) float64 {
	if math.Abs(now-known) <= 2 {
		return known
	}
	return now
}
