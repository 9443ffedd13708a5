// Command chaos kills and freezes the processes of an install at random moments, and holds what became of it against an
// undisturbed run: see docs/chaos.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/forewarn/forewarn/services/forewarn/internal/chaos"
)

func main() { os.Exit(realMain()) }

func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "chaos: %v\n", err)
		return 1
	}
	return 0
}

type cli struct {
	Run  runCommand  `cmd:"" default:"withargs" help:"Disturb an install, and compare."`
	Feed feedCommand `cmd:"" hidden:"" help:"Publish generated input; run calls it."`
	Node nodeCommand `cmd:"" hidden:"" help:"Be a NATS server; run calls it."`
}

// surroundings is what commands are given.
type surroundings struct {
	ctx            context.Context //nolint:containedctx // that of the program
	stdout, stderr io.Writer
}

type runCommand struct {
	Seed      uint64        `help:"Seed of the input and of the faults (${default})." default:"1"`
	Faults    int           `help:"How many faults (${default})." default:"100"`
	Duration  time.Duration `help:"Over which time (${default})." default:"10m"`
	Nodes     int           `help:"NATS nodes: 1, or 3 for a cluster (${default})." default:"3"`
	Lease     time.Duration `help:"Lease of the services; 0 is their default, 5s on one node and 15s on three." default:"0"`
	Takeovers int           `help:"How many take-overs are measured first (${default})." default:"3"`
	Keep      string        `help:"Keep logs and stores in this new directory." placeholder:"DIR"`
}

// Run disturbs and compares; differences are an error.
func (c runCommand) Run(s surroundings) (err error) {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	dir := c.Keep
	if dir == "" {
		above, err := os.MkdirTemp("", "chaos-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(above) //nolint:errcheck // what is left is the system's to remove
		dir = above
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	r, err := chaos.Run(s.ctx, chaos.Options{
		Seed: c.Seed, Faults: c.Faults, Duration: c.Duration, Nodes: c.Nodes, Lease: c.Lease, Takeovers: c.Takeovers,
		Dir: dir, Program: program, Log: s.stderr,
	})
	if err != nil {
		return err
	}
	if err := r.Write(s.stdout); err != nil {
		return err
	}
	if n := len(r.Differences()); n > 0 {
		return fmt.Errorf("%d differences from an undisturbed run; with --keep DIR logs and stores stay for a look", n)
	}
	return nil
}

type feedCommand struct {
	Name     string        `required:""`
	Seed     uint64        `required:""`
	URL      string        `name:"url" required:""`
	Key      string        `required:""`
	DataDir  string        `required:""`
	Ledger   string        `required:""`
	Interval time.Duration `required:""`
}

// Run publishes until the program is told to stop.
func (c feedCommand) Run(s surroundings) error {
	return chaos.Feed{
		Name: c.Name, Seed: c.Seed, URL: c.URL, Key: c.Key, DataDir: c.DataDir, Ledger: c.Ledger, Interval: c.Interval,
	}.Run(s.ctx)
}

type nodeCommand struct {
	File string `arg:""`
}

// Run serves until the program is told to stop.
func (c nodeCommand) Run(s surroundings) error { return chaos.Node(s.ctx, c.File) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("chaos"), kong.Description("Kills and freezes the processes of an install, and compares it with an undisturbed run."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	command, err := parser.Parse(args)
	if exited || err != nil {
		return errors.Join(err)
	}
	return command.Run(surroundings{ctx: ctx, stdout: stdout, stderr: stderr})
}
