// Command release builds what a release consists of: see docs/releases.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/forewarn/forewarn/services/forewarn/internal/release"
)

func main() { os.Exit(realMain()) }

func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		return 1
	}
	return 0
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	root := flags.String("root", ".", "root of the repository")
	dist := flags.String("dist", "dist", "directory for what is built; it is emptied first")
	platforms := flags.String("platforms", "", "platforms such as linux-amd64, separated by commas; all of a release if empty")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	o := release.Options{Root: *root, Dist: *dist, Platforms: release.Platforms(), Progress: os.Stderr}
	if *platforms != "" {
		o.Platforms = nil
		for _, s := range strings.Split(*platforms, ",") {
			p, err := release.ParsePlatform(s)
			if err != nil {
				return err
			}
			o.Platforms = append(o.Platforms, p)
		}
	}
	return release.Build(ctx, o)
}
