package rehearsal

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/fault"
	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
)

// FleetOptions say how large the fleet that is well is, and how long it is watched after three weeks of learning.
type FleetOptions struct {
	Seed     uint64
	HeldOut  bool
	Hosts    int
	Weeks    int
	Calendar *calendar.Calendar
	Verbose  bool
	Progress io.Writer
}

const (
	fleetInterval   = 5 * time.Minute
	fleetPartitions = 4 // as an install has when it is new
	// hostsEach is how many hosts a landscape has.
	hostsEach = 8
)

// Fleet plays landscapes that are well and writes what people were told of them, as a table and a JSON line.
func Fleet(ctx context.Context, o FleetOptions, stdout io.Writer) error {
	if !o.HeldOut && o.Seed >= scenario.HeldOutSeed {
		return fmt.Errorf("seed %d is held out; use one below %d, or ask for what is held out", o.Seed, scenario.HeldOutSeed)
	}
	if o.HeldOut {
		o.Seed += scenario.HeldOutSeed
	}
	dir, err := os.MkdirTemp("", "forewarn-eval-")
	if err != nil {
		return fmt.Errorf("directory for the bus: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a leftover in the temporary directory
	p := o.play()
	r, err := perform(ctx, p, dir, o.Calendar)
	if err != nil {
		return err
	}
	return o.report(p.start.Add(fault.Learning), r, stdout)
}

// play makes as many landscapes as give so many hosts. It begins on a day of the year 2026 that follows from the seed.
func (o *FleetOptions) play() *play {
	start := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(o.Seed*37%280))
	p := &play{start: start, end: start.Add(fault.Learning).AddDate(0, 0, 7*o.Weeks), interval: fleetInterval, round: fleetInterval, partitions: fleetPartitions}
	p.close = p.end
	for k := range max(1, (o.Hosts+hostsEach-1)/hostsEach) {
		p.landscapes = append(p.landscapes, landscape.New(landscape.Plan{
			Seed: o.Seed, Site: fmt.Sprintf("s%02d", k), Start: start, Interval: fleetInterval, Calendar: o.Calendar, Patches: true,
		}))
	}
	day := 0
	p.reached = func(at time.Time) {
		if d := int(at.Sub(start).Hours() / 24); d > day {
			day = d
			tell(o.Progress, "day %d of %d\n", day, int(p.end.Sub(start).Hours()/24))
		}
	}
	return p
}
