// Command storm measures what the notifier makes of thousands of findings in a minute: see docs/routing.md.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/forewarn/forewarn/services/forewarn/internal/storm"
)

func main() { os.Exit(realMain()) }

func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := storm.Main(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "storm: %v\n", err)
		return 1
	}
	return 0
}
