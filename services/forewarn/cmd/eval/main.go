// Command eval measures the trend worker and today's usual rules on labelled series, and the incidents that faults and fleets give: see
// docs/evaluation.md.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/services/forewarn/internal/evaluation"
	"github.com/forewarn/forewarn/services/forewarn/internal/rehearsal"
)

func main() { os.Exit(realMain()) }

func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "eval: %v\n", err)
		return 1
	}
	return 0
}

type cli struct {
	Seed      uint64   `help:"Seed of the scenarios and of the bootstrap (${default})." default:"1"`
	HeldOut   bool     `help:"Measure on what nobody tunes on: further families, and seeds of their own."`
	Series    int      `help:"Series of each family (${default})." default:"10"`
	Families  []string `help:"Families that are measured; all by default." placeholder:"NAME"`
	Data      string   `help:"Use the *.csv.gz and *.truth.json in this folder instead of scenarios." placeholder:"DIR"`
	Methods   []string `help:"Methods that take part; all by default." placeholder:"NAME"`
	Priors    string   `help:"Fit the calibration that the release is shipped with, on this seed and the next, and write it to this file." placeholder:"FILE"`
	Revision  string   `help:"The version of the models that the calibration is fitted to." placeholder:"VERSION"`
	Faults    bool     `help:"Measure incidents instead: inject faults into a simulated landscape, through the whole stack."`
	Seeds     int      `help:"Cases of each fault (${default})." default:"3"`
	Scenarios []string `help:"Faults that are injected; all by default." placeholder:"NAME"`
	Fleet     bool     `help:"Measure incidents of a fleet that is well, through the whole stack."`
	Hosts     int      `help:"Hosts of the fleet (${default})." default:"200"`
	Weeks     int      `help:"Weeks that the fleet is watched, after three weeks of learning (${default})." default:"4"`
	Verbose   bool     `help:"Say each incident of faults and fleets."`
	Lines     string   `help:"Write samples, truth and all that was said to this folder, for other scorers." placeholder:"DIR"`
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("eval"), kong.Description("Measures the trend worker beside today's usual rules."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	if _, err = parser.Parse(args); exited || err != nil {
		return err
	}
	china, err := calendar.New(calendar.Config{Zone: time.FixedZone("UTC+8", 8*3600)})
	if err != nil {
		return err
	}
	switch {
	case c.Faults:
		return rehearsal.Faults(ctx, rehearsal.FaultOptions{
			Seed: c.Seed, Seeds: c.Seeds, HeldOut: c.HeldOut, Scenarios: c.Scenarios, Calendar: china, Verbose: c.Verbose, Progress: stderr,
		}, stdout)
	case c.Fleet:
		return rehearsal.Fleet(ctx, rehearsal.FleetOptions{
			Seed: c.Seed, HeldOut: c.HeldOut, Hosts: c.Hosts, Weeks: c.Weeks, Calendar: china, Verbose: c.Verbose, Progress: stderr,
		}, stdout)
	}
	o := evaluation.Options{
		Seed: c.Seed, HeldOut: c.HeldOut, Series: c.Series, Families: c.Families, Data: c.Data, Methods: c.Methods, Lines: c.Lines,
		Calendar: china, Progress: stderr,
	}
	if c.Priors != "" {
		r := evaluation.Release{Made: time.Now().UTC().Format(time.DateOnly), Revision: c.Revision}
		return evaluation.WritePrior(ctx, o, r, c.Priors, stdout)
	}
	return evaluation.Run(ctx, o, stdout)
}
