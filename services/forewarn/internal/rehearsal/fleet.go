package rehearsal

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/fault"
	"github.com/forewarn/forewarn/services/forewarn/internal/landscape"
	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
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
			Seed: o.Seed, Site: fmt.Sprintf("s%02d", k), Start: start, Interval: fleetInterval, Calendar: o.Calendar,
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

// report sums up by kind what was opened while the fleet was learnt and afterwards.
func (o *FleetOptions) report(from time.Time, r *Record, stdout io.Writer) error {
	type line struct {
		Kind      string `json:"kind"`
		Learning  int    `json:"learning"`
		Incidents int    `json:"incidents"`
		Notices   int    `json:"notices"`
		Notes     int    `json:"notes"`
	}
	byKind := map[string]*line{}
	at := func(kind string) *line {
		if byKind[kind] == nil {
			byKind[kind] = &line{Kind: kind}
		}
		return byKind[kind]
	}
	all := line{Kind: "all"}
	for _, i := range r.Incidents {
		l := at(kindOf(i))
		if i.OpenedAt.Before(from) {
			l.Learning++
			all.Learning++
		} else {
			l.Incidents++
			all.Incidents++
			l.Notices += len(r.Notices[i.ID])
			all.Notices += len(r.Notices[i.ID])
		}
		if o.Verbose {
			tell(o.Progress, "%s %s %s %s: %s\n", i.OpenedAt.Format(time.RFC3339), i.Worst, i.Kind, i.Signal, i.Message.En)
		}
	}
	for k := range r.Findings {
		if f := &r.Findings[k]; f.Severity == finding.Info && !f.Time.Before(from) {
			at(detector(string(f.Kind), f.Signal)).Notes++
			all.Notes++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| what | incidents while learning | incidents in %d weeks | a week | messages | notes |\n|---|---|---|---|---|---|\n", o.Weeks)
	var lines []line
	for _, l := range byKind {
		lines = append(lines, *l)
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.Kind, b.Kind) })
	for _, l := range append(lines, all) {
		fmt.Fprintf(&b, "| %s | %d | %d | %.2f | %d | %d |\n", l.Kind, l.Learning, l.Incidents, float64(l.Incidents)/float64(max(o.Weeks, 1)), l.Notices, l.Notes)
	}
	data, err := json.Marshal(struct {
		Seed  uint64 `json:"seed"`
		Hosts int    `json:"hosts"`
		Weeks int    `json:"weeks"`
		All   line   `json:"all"`
		Kinds []line `json:"kinds"`
	}{o.Seed, o.Hosts, o.Weeks, all, lines})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s\n%s\n", b.String(), data)
	return err
}

func kindOf(i *incident.Incident) string { return detector(string(i.Kind), i.Signal) }

// detector names what has spoken: the kind and the rule, without the entity and the log.
func detector(kind, signal string) string {
	rule, _, _ := strings.Cut(signal, "/")
	for _, odd := range []string{"log-new-", "log-spike-", "log-silent-", "log-shapeless-"} {
		if strings.HasPrefix(rule, odd) {
			rule = strings.TrimSuffix(odd, "-")
		}
	}
	return kind + " " + rule
}
