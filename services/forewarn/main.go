// Command forewarn is the whole pipeline in one program: collector, bus, history, workers, notifier and console.
//
//	forewarn up       watch this machine, with everything embedded
//	forewarn demo     show on a simulated finance system what it does
//	forewarn backtest show what it would have said about the past
//	forewarn digest   show the risk digest of a running install; --preview the coming one as a page
//	forewarn patterns show what the lines of a log have in common
//	forewarn backup   copy an install into an archive while it runs
//	forewarn restore  make an install of such an archive
//	forewarn keys     make the keys by which a NATS server tells the services apart
//	forewarn notify   send a test message by a channel
//	forewarn secrets  encrypt what the configuration holds of secrets
//	forewarn check    read the configuration and tell all that is wrong with it
//	forewarn version  say which version this is and how it was built
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/forewarn/forewarn/services/forewarn/internal/app"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/services/forewarn/internal/keys"
	"github.com/forewarn/forewarn/services/forewarn/internal/secrets"
	"github.com/forewarn/forewarn/shared/process"
	buildinfo "github.com/forewarn/forewarn/shared/version"
)

func main() { os.Exit(realMain()) }

func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP) // the last when its terminal is closed
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	process.HeedMemory(ctx)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintf(os.Stderr, "forewarn: %v\n", err)
	}
	var usage *kong.ParseError
	switch {
	case errors.As(err, &usage):
		return 2
	case err != nil:
		return 1
	}
	return 0
}

type cli struct {
	Up       up              `cmd:"" help:"Watch this machine and what the configuration names, with everything embedded."`
	Demo     demoCommand     `cmd:"" help:"Show on a simulated finance system, weeks in a minute, what it does; nothing is watched and nothing sent."`
	Backtest backtestCommand `cmd:"" help:"Show what would have been said, and when, about the samples of files or of a server."`
	Digest   digestCommand   `cmd:"" help:"Show the risk digest or monthly report of a running install, as a team gets it; nothing is sent. --preview shows the coming one."`
	Patterns patternsCommand `cmd:"" help:"Show of which patterns the lines of a log file are, and how many of each."`
	Backup   backupCommand   `cmd:"" help:"Copy an install into an archive while it runs: incidents, track record, states, configuration without secrets."`
	Restore  restoreCommand  `cmd:"" help:"Make an install of an archive of backup, in a new data directory."`
	Keys     keysCommand     `cmd:"" help:"Make, for services that are programs of their own, the keys by which a NATS server tells them apart, and what each may do there."`
	Notify   notifyCommand   `cmd:"" help:"Send a test message by a channel of the configuration, and say what its receiver answered."`
	Secrets  secretsCommand  `cmd:"" help:"Encrypt the secrets of the configuration, and replace the key that encrypts them."`
	Check    check           `cmd:"" help:"Read the configuration and tell all that is wrong with it."`
	Version  version         `cmd:"" help:"Say which version this is and how it was built."`
}

type file struct {
	Config string `help:"YAML file with the configuration; without it the defaults hold." placeholder:"FILE" env:"FOREWARN_CONFIG"`
}

type up struct {
	file
	DataDir string `help:"Directory that holds all state (${default})." placeholder:"DIR" default:"forewarn-data" env:"FOREWARN_DATA_DIR"`
	Listen  string `help:"Address of pages and API, instead of console.listen." placeholder:"ADDRESS" env:"FOREWARN_LISTEN"`
}

type demoCommand struct {
	Days    int     `help:"Days that pass, up to now (${default})." placeholder:"N" default:"60"`
	Seed    uint64  `help:"Seed of the story; the same seed tells the same (${default})." placeholder:"N" default:"1"`
	Speed   float64 `help:"Days that may pass in a second; 0 for as many as this machine can." placeholder:"N" default:"0"`
	Listen  string  `help:"Address of pages and API (${default})." placeholder:"ADDRESS" default:"127.0.0.1:8686"`
	DataDir string  `help:"New directory in which everything is kept; without it a temporary one is used, and removed at the end." placeholder:"DIR"`
}

type backtestCommand struct {
	file
	Input      []string      `help:"CSV (series,timestamp,value) or dumps in Prometheus' text format with timestamps; packed or not." placeholder:"FILE" required:"" xor:"source"`
	Prometheus string        `help:"Address of a server with Prometheus' API that is read instead of files." placeholder:"URL" required:"" xor:"source"`
	Query      []string      `help:"Selector of series to read from the server; without one, all that the catalogue's rules read." placeholder:"SELECTOR" sep:"none"`
	From       string        `help:"Where to begin on the server, such as 2026-01-31 or 2026-01-31T14:00:00+08:00." placeholder:"TIME"`
	To         string        `help:"Where to end on the server; now if it is not named." placeholder:"TIME"`
	Step       time.Duration `help:"Time between two samples of the server (${default})." placeholder:"DURATION" default:"1m"`
	Catalogue  string        `help:"YAML file that extends the catalogue." placeholder:"FILE"`
	Rules      []string      `help:"File with alerting rules in Prometheus' format that are evaluated, too; may be named again." placeholder:"FILE"`
	Calendar   string        `help:"YAML or .ics file that extends the calendar." placeholder:"FILE"`
	Timezone   string        `help:"Time zone of the calendar and of the printed times, instead of calendar.timezone." placeholder:"ZONE"`
	Workers    int           `help:"How many workers share the load; 0 takes one per CPU. The output is the same."`
	Output     string        `help:"Form of the output: ${enum}." enum:"text,jsonl,html" default:"text"`
	Explain    string        `help:"Say only of this series what was believed --at a time, why, and what came of it; words such as '/u01 erp-01' will do." placeholder:"SERIES"`
	At         string        `help:"The time for --explain." placeholder:"TIME"`
	Scores     bool          `help:"Print how unusual each sample of every series is, from 0 to 1, and what is evidence of trouble; with --output jsonl."`
	Forecasts  time.Duration `help:"Print every signal's forecast this often, such as 6h." placeholder:"DURATION"`
}

type digestCommand struct {
	file
	Preview  bool   `help:"Write the digest that is due next as a page for a browser, forewarn-digest.html if --output and --file say nothing; nothing is sent." xor:"time"`
	URL      string `help:"Address of the console; without it that of the configuration." placeholder:"URL"`
	Team     string `help:"Name of one of notifier.teams; without it everybody's." placeholder:"TEAM"`
	Week     string `help:"A week such as 2026-W47; without it the one that is due next." placeholder:"WEEK" xor:"time"`
	Month    string `help:"The report of a month such as 2026-10." placeholder:"MONTH" xor:"time"`
	Language string `help:"Language of the reader, en or zh-CN, instead of the team's." placeholder:"LANGUAGE"`
	Timezone string `help:"Time zone of the reader, instead of the team's." placeholder:"ZONE"`
	Output   string `help:"Form of the output: text, html, markdown, pdf or json; text, with --preview html." placeholder:"FORM" enum:",text,html,markdown,pdf,json" default:""`
	Into     string `name:"file" help:"Where it is written; without it, or by -, to the standard output." placeholder:"FILE"`
	File     string `arg:"" optional:"" help:"The same as --file."`
}

// Validate refuses two files for one digest.
func (d *digestCommand) Validate() error {
	if d.Into != "" && d.File != "" {
		return errors.New("name the file once, by --file or without it")
	}
	return nil
}

type patternsCommand struct {
	Input  string `help:"Log file in UTF-8, packed by gzip or not; - reads the standard input." placeholder:"FILE" required:""`
	Output string `help:"Form of the output: ${enum}; csv has a row for each line." enum:"text,csv" default:"text"`
}

type backupCommand struct {
	file
	DataDir string   `help:"Data directory of the install (${default})." placeholder:"DIR" default:"forewarn-data" env:"FOREWARN_DATA_DIR"`
	Output  string   `help:"The archive; - writes it to the standard output." placeholder:"FILE.tar.gz" required:""`
	History bool     `help:"Copy the samples of the embedded history, too, which may be large."`
	Include []string `help:"File to copy as it is, such as a key that the configuration names; may be named again." placeholder:"FILE" sep:"none"`
}

type restoreCommand struct {
	file
	Input   string `help:"The archive." placeholder:"FILE.tar.gz" required:""`
	DataDir string `help:"Data directory of the new install: empty, or not there." placeholder:"DIR" required:""`
}

type keysCommand struct {
	Dir        string `help:"Directory for the keys and the file that the server's configuration includes." placeholder:"DIR" required:""`
	Partitions int    `help:"Partitions of the install (${default})." placeholder:"N" default:"16"`
}

type notifyCommand struct {
	file
	Test string `help:"Channel to try; the message says that it is a test." placeholder:"CHANNEL" required:""`
	To   string `help:"Person of notifier.people whom the message is for as well." placeholder:"PERSON"`
}

type secretsCommand struct {
	Key     struct{} `cmd:"" help:"Print a new key, which belongs into a file that FOREWARN_SECRET_KEY_FILE names."`
	Encrypt struct {
		Config string `help:"Configuration file of which literal secrets are encrypted; without it one secret is read from the standard input." placeholder:"FILE"`
	} `cmd:"" help:"Encrypt the secrets of a configuration file in place, or one from the standard input."`
	Rotate struct {
		Config string `help:"Configuration file to work on." placeholder:"FILE" required:""`
	} `cmd:"" help:"Encrypt by the first key of the key file what any of its keys has encrypted, in place."`
}

type (
	check   struct{ file }
	version struct{}
)

// run parses the command line and carries it out. It returns nil when the work is done or ctx has ended it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var c cli
	exited := false
	parser, err := kong.New(&c, kong.Name("forewarn"), kong.Description("Tells what will break, when and why, early enough to prevent it."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	parsed, err := parser.Parse(args)
	if exited { // help was asked for and given
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w; see forewarn --help", err)
	}
	return c.carryOut(ctx, parsed.Command(), stdout, stderr)
}

// carryOut does what a command asks for.
func (c *cli) carryOut(ctx context.Context, command string, stdout, stderr io.Writer) error {
	switch command {
	case "up":
		return app.Up(ctx, app.Options{
			ConfigFile: c.Up.Config, DataDir: c.Up.DataDir, Listen: c.Up.Listen,
			Environ: os.Environ(), Stdout: stdout, Stderr: stderr,
		})
	case "demo":
		d := &c.Demo
		return app.Demo(ctx, app.DemoOptions{
			Days: d.Days, Seed: d.Seed, Speed: d.Speed,
			Options: app.Options{DataDir: d.DataDir, Listen: d.Listen, Environ: os.Environ(), Stdout: stdout, Stderr: stderr},
		})
	case "backtest":
		b := &c.Backtest
		return app.Backtest(ctx, app.BacktestOptions{
			ConfigFile: b.Config, CatalogueFile: b.Catalogue, CalendarFile: b.Calendar, RuleFiles: b.Rules,
			Timezone: b.Timezone, Environ: os.Environ(),
			Prometheus: b.Prometheus, Queries: b.Query, From: b.From, To: b.To, Step: b.Step,
			Explain: b.Explain, At: b.At,
			Options: backtest.Options{Inputs: b.Input, Workers: b.Workers, Output: b.Output, Forecasts: b.Forecasts, Scores: b.Scores},
		}, stdout, stderr)
	case "digest", "digest <file>":
		d := &c.Digest
		return app.Digest(ctx, app.DigestOptions{
			ConfigFile: d.Config, Environ: os.Environ(), URL: d.URL, Team: d.Team, Week: d.Week, Month: d.Month,
			Language: d.Language, Timezone: d.Timezone, Output: d.Output, File: cmp.Or(d.Into, d.File), Preview: d.Preview,
		}, stdout)
	case "patterns":
		p := &c.Patterns
		return app.Patterns(ctx, app.PatternsOptions{Input: p.Input, Output: p.Output, Stdin: os.Stdin, Environ: os.Environ()}, stdout, stderr)
	case "backup":
		b := &c.Backup
		return app.Backup(ctx, app.BackupOptions{
			Output: b.Output, History: b.History, Include: b.Include,
			Options: app.Options{ConfigFile: b.Config, DataDir: b.DataDir, Environ: os.Environ(), Stdout: stdout, Stderr: stderr},
		})
	case "restore":
		r := &c.Restore
		return app.Restore(ctx, app.RestoreOptions{
			Input:   r.Input,
			Options: app.Options{ConfigFile: r.Config, DataDir: r.DataDir, Environ: os.Environ(), Stdout: stdout, Stderr: stderr},
		})
	case "keys":
		return keys.Write(c.Keys.Dir, c.Keys.Partitions)
	case "notify":
		return app.Notify(ctx, app.NotifyOptions{ConfigFile: c.Notify.Config, Environ: os.Environ(), Channel: c.Notify.Test, To: c.Notify.To}, stdout)
	case "secrets key":
		return secrets.Key(stdout)
	case "secrets encrypt":
		return app.EncryptSecrets(app.SecretsOptions{ConfigFile: c.Secrets.Encrypt.Config, Stdin: os.Stdin, Stdout: stdout})
	case "secrets rotate":
		return app.RotateSecrets(app.SecretsOptions{ConfigFile: c.Secrets.Rotate.Config, Stdout: stdout})
	case "check":
		return app.Check(c.Check.Config, os.Environ(), stdout)
	default:
		_, err := fmt.Fprintln(stdout, buildinfo.Of("forewarn"))
		return err
	}
}
