package chaos

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/alecthomas/kong"
)

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
	Rolling   bool          `help:"Instead of faults: end every process with SIGTERM, one after the other, and start it again, as an upgrade does."`
	Nodes     int           `help:"NATS nodes: 1, or 3 for a cluster (${default})." default:"3"`
	Lease     time.Duration `help:"Lease of the services; 0 is their default, 5s on one node and 15s on three." default:"0"`
	Pools     int           `help:"Connection pools that each of the two publishers tells of besides, in each of the four partitions and twice a second (${default})." default:"0"`
	Takeovers int           `help:"How many take-overs are measured first (${default})." default:"3"`
	Programs  string        `help:"Use the services' programs in this directory instead of building them." placeholder:"DIR"`
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
	r, err := Run(s.ctx, Options{
		Seed: c.Seed, Faults: c.Faults, Duration: c.Duration, Rolling: c.Rolling, Nodes: c.Nodes, Lease: c.Lease, Pools: c.Pools, Takeovers: c.Takeovers,
		Dir: dir, Programs: c.Programs, Program: program, Log: s.stderr,
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
	Pools    int           `required:""`
}

// Run publishes until the program is told to stop.
func (c feedCommand) Run(s surroundings) error {
	return Feed(c).Run(s.ctx)
}

type nodeCommand struct {
	File string `arg:""`
}

// Run serves until the program is told to stop.
func (c nodeCommand) Run(s surroundings) error { return Node(s.ctx, c.File) }

// Main runs the program with a command line: it returns an error if that is wrong, if it could not be found out what became of the
// install, and if that differs from an undisturbed run.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("chaos"), kong.Description("Kills and freezes the processes of an install, and compares it with an undisturbed run."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	command, err := parser.Parse(args)
	if exited || err != nil {
		return err
	}
	return command.Run(surroundings{ctx: ctx, stdout: stdout, stderr: stderr})
}
