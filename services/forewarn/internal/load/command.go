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
	Series     int           `help:"Series of the fleet (${default})." default:"200000"`
	Interval   time.Duration `help:"Between two samples of a series, in the time of the samples (${default})." default:"15s"`
	Duration   time.Duration `help:"Of the measurement (${default})." default:"10m"`
	Partitions int           `help:"Of the bus (${default})." default:"4"`
	History    bool          `help:"Store the samples, too (${default})." default:"true" negatable:""`
	Profile    string        `help:"Write a profile of the processors; go tool pprof -tags FILE tells the share of each service." placeholder:"FILE"`
	Heap       string        `help:"Write a profile of the memory that is left without the generator." placeholder:"FILE"`
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
	if _, err = parser.Parse(args); exited || err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left is the system's to remove
	r, err := Run(ctx, Options{
		Series: c.Series, Interval: c.Interval, Duration: c.Duration, Partitions: c.Partitions, History: c.History,
		Dir: dir, Profile: c.Profile, Heap: c.Heap, Log: stderr,
	})
	if err != nil {
		return err
	}
	return r.Write(stdout)
}
