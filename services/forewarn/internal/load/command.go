package load

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"
)

type cli struct {
	Run   runCommand   `cmd:"" default:"withargs" help:"Measure how many samples a second everything in one process takes."`
	Scale scaleCommand `cmd:"" help:"Measure what more processes of one service bring."`

	Memory memoryCommand `cmd:"" help:"Measure what memory the processes of the workers take."`
}

type runCommand struct {
	Series     int           `help:"Series of the fleet (${default})." default:"200000"`
	Interval   time.Duration `help:"Between two samples of a series, in the time of the samples (${default})." default:"15s"`
	Duration   time.Duration `help:"Of the measurement (${default})." default:"10m"`
	Partitions int           `help:"Of the bus (${default})." default:"4"`
	History    bool          `help:"Store the samples, too (${default})." default:"true" negatable:""`
	Profile    string        `help:"Write a profile of the processors; go tool pprof -tags FILE tells the share of each service." placeholder:"FILE"`
	Heap       string        `help:"Write a profile of the memory that is left without the generator." placeholder:"FILE"`
}

// surroundings is what commands are given.
type surroundings struct {
	ctx            context.Context //nolint:containedctx // that of the program
	stdout, stderr io.Writer
}

// Run measures and reports.
func (c runCommand) Run(s surroundings) error {
	return within(func(dir string) error {
		r, err := Run(s.ctx, Options{
			Series: c.Series, Interval: c.Interval, Duration: c.Duration, Partitions: c.Partitions, History: c.History,
			Dir: dir, Profile: c.Profile, Heap: c.Heap, Log: s.stderr,
		})
		if err != nil {
			return err
		}
		return r.Write(s.stdout)
	})
}

type scaleCommand struct {
	Processes  []int `help:"How many processes share the work, one measurement each (${default})." default:"1,2,4"`
	Series     int   `help:"Series of the fleet (${default})." default:"20000"`
	Partitions int   `help:"Of the bus (${default})." default:"16"`
	Rounds     int   `help:"Samples of each series that wait for them (${default})." default:"250"`
}

// Run measures each number of processes, and reports.
func (c scaleCommand) Run(s surroundings) error {
	return within(func(dir string) error {
		r, err := Scale(s.ctx, ScaleOptions{
			Processes: c.Processes, Series: c.Series, Partitions: c.Partitions, Rounds: c.Rounds, Dir: dir, Log: s.stderr,
		})
		if err != nil {
			return err
		}
		return r.Write(s.stdout)
	})
}

type memoryCommand struct {
	Series     int           `help:"Series of the fleet (${default})." default:"1000000"`
	Interval   time.Duration `help:"Between two samples of a series (${default})." default:"1m"`
	Partitions int           `help:"Of the bus (${default})." default:"16"`
	Duration   time.Duration `help:"Of the measurement (${default})." default:"5m"`
}

// Run measures and reports.
func (c memoryCommand) Run(s surroundings) error {
	return within(func(dir string) error {
		r, err := Memory(s.ctx, MemoryOptions{
			Series: c.Series, Interval: c.Interval, Partitions: c.Partitions, Duration: c.Duration, Dir: dir, Log: s.stderr,
		})
		if err != nil {
			return err
		}
		return r.Write(s.stdout)
	})
}

// within calls f with a directory that is there as long as f runs.
func within(f func(dir string) error) error {
	dir, err := os.MkdirTemp("", "load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left is the system's to remove
	return f(dir)
}

// Main runs the program with a command line.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("load"), kong.Description("Measures how many samples a second the pipeline takes."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	command, err := parser.Parse(args)
	if exited || err != nil {
		return err
	}
	return command.Run(surroundings{ctx, stdout, stderr})
}
