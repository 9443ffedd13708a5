package backtest

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// report shows how much of the input is read until stop is called: a bar on a terminal, nothing elsewhere.
func report(w io.Writer, m *meter) (stop func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		began, tick := time.Now(), time.NewTicker(200*time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprint(w, bar(m.share(), time.Since(began))) //nolint:errcheck // nobody looks
			case <-quit:
				fmt.Fprint(w, "\r\x1b[K") //nolint:errcheck // nobody looks
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// bar draws a share of the whole and how long the rest will take.
func bar(share float64, since time.Duration) string {
	const width = 30
	share = min(max(share, 0), 1)
	n := int(share * width)
	left := ""
	if share > 0.02 {
		left = fmt.Sprintf("  %s left", time.Duration(float64(since)*(1-share)/share).Round(time.Second))
	}
	return fmt.Sprintf("\r%s%s %3.0f %%%s\x1b[K", strings.Repeat("█", n), strings.Repeat("░", width-n), 100*share, left)
}
