// Command pictures makes the pictures of the README anew, of a demo and by a real browser: docs/images.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/forewarn/forewarn/services/forewarn/internal/gallery"
)

func main() { os.Exit(realMain()) }

func realMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := gallery.Main(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "pictures: %v\n", err)
		return 1
	}
	return 0
}
