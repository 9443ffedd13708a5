package host

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// clockTicks is USER_HZ, which the kernel fixes at 100 for what it tells programs.
const clockTicks = 100

// processes returns the n processes with the most resident memory. It reads one short file per process, and
// a second one of those that are returned. boot is the time of boot in Unix seconds.
func processes(_ context.Context, n int, boot float64, buf []process) ([]process, error) {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	page := uint64(os.Getpagesize())
	var data [512]byte
	all := buf[:0]
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if pages := residentPages(readSmall("/proc/"+name+"/statm", data[:])); pages > 0 { // 0: a thread of the kernel
			all = append(all, process{pid: pid, resident: pages * page})
		}
	}
	all = most(all, n)
	for i := range all {
		stat := readSmall("/proc/"+strconv.Itoa(all[i].pid)+"/stat", data[:])
		var ticks uint64
		if all[i].name, ticks = nameAndStart(stat); ticks > 0 && boot > 0 {
			all[i].startTime = boot + float64(ticks)/clockTicks
		}
	}
	return all, nil
}

// readSmall reads a file that fits buf, or its beginning; nil if it is gone.
func readSmall(path string, buf []byte) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	n, err := f.Read(buf)
	if err != nil {
		return nil
	}
	return buf[:n]
}

// residentPages returns the second field of statm, 0 if there is none.
func residentPages(statm []byte) uint64 {
	_, rest, _ := bytes.Cut(statm, []byte(" "))
	field, _, _ := bytes.Cut(rest, []byte(" "))
	n, err := strconv.ParseUint(string(field), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// nameAndStart returns the command name of a stat line and when it started, in ticks since boot; "" and 0
// if the process is gone. The name is in parentheses and may itself hold any character.
func nameAndStart(stat []byte) (name string, ticks uint64) {
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return "", 0
	}
	fields := bytes.Fields(stat[end+1:])
	if len(fields) < 20 {
		return "", 0
	}
	ticks, err := strconv.ParseUint(string(fields[19]), 10, 64)
	if err != nil {
		return "", 0
	}
	return strings.ToValidUTF8(string(stat[open+1:end]), "?"), ticks
}
