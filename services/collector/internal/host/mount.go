package host

import (
	"context"
	"regexp"
	"sync"
	"time"

	"github.com/shirou/gopsutil/v4/disk"
)

// maxMounts bounds how many file systems are watched, and so how many goroutines may hang in them.
const maxMounts = 512

// Mount is a mounted file system.
type Mount struct {
	Device, FSType, Point string
	ReadOnly              bool
}

// usage is what a file system answers; ok is false if it failed or hangs.
type usage struct {
	stat disk.UsageStat
	ok   bool
}

// mounts asks file systems for their usage. A hanging one, a network mount whose server is gone, keeps one
// goroutine until the kernel lets it go, and is not asked again before.
type mounts struct {
	skipPoint, skipType *regexp.Regexp
	timeout             time.Duration
	// usage is disk.UsageWithContext but for tests of hanging.
	usage func(ctx context.Context, path string) (*disk.UsageStat, error)

	mu      sync.Mutex
	hanging map[string]bool
}

func newMounts(c Config) (*mounts, error) {
	points, err := exclusion(c.MountsExclude)
	if err != nil {
		return nil, err
	}
	types, err := exclusion(c.FSTypesExclude)
	if err != nil {
		return nil, err
	}
	return &mounts{
		skipPoint: points, skipType: types, timeout: c.MountTimeout,
		usage: disk.UsageWithContext, hanging: map[string]bool{},
	}, nil
}

// list returns the file systems to watch; of several mounted over each other, the one on top. The root is
// watched whatever its type is: in a container it is an overlay.
func (m *mounts) list(ctx context.Context) ([]Mount, error) {
	all, err := readMounts(ctx)
	if err != nil {
		return nil, err
	}
	at := make(map[string]int, len(all))
	var out []Mount
	for _, mt := range all {
		if m.skipPoint.MatchString(mt.Point) || mt.Point != "/" && m.skipType.MatchString(mt.FSType) {
			continue
		}
		if i, ok := at[mt.Point]; ok {
			out[i] = mt
			continue
		}
		if len(out) < maxMounts {
			at[mt.Point] = len(out)
			out = append(out, mt)
		}
	}
	return out, nil
}

// ask returns the usage of each file system, in order, after at most the time-out.
func (m *mounts) ask(ctx context.Context, list []Mount) []usage {
	type answer struct {
		i int
		u usage
	}
	answers := make(chan answer, len(list)) // room for all: a late answer blocks nobody
	out := make([]usage, len(list))
	waiting := 0
	for i, mt := range list {
		if !m.enter(mt.Point) {
			continue
		}
		waiting++
		go func() {
			stat, err := m.usage(ctx, mt.Point)
			m.leave(mt.Point)
			if err != nil {
				stat = &disk.UsageStat{}
			}
			answers <- answer{i, usage{*stat, err == nil}}
		}()
	}
	deadline := time.NewTimer(m.timeout)
	defer deadline.Stop()
	for ; waiting > 0; waiting-- {
		select {
		case a := <-answers:
			out[a.i] = a.u
		case <-deadline.C:
			return out
		case <-ctx.Done():
			return out
		}
	}
	return out
}

// enter reports whether the file system may be asked: no earlier question to it is open.
func (m *mounts) enter(point string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hanging[point] {
		return false
	}
	m.hanging[point] = true
	return true
}

func (m *mounts) leave(point string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.hanging, point)
}
