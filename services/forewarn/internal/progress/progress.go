// Package progress shows people at a terminal how far a long piece of work is.
package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// Show draws a bar of what share, 0 to 1, returns until stop is called, which wipes it away: on a terminal only, nothing
// elsewhere. What note returns stands behind it; nil writes nothing. Both are called from a goroutine of its own.
func Show(w io.Writer, share func() float64, note func() string) (stop func()) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func() {}
	}
	if note == nil {
		note = func() string { return "" }
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		began, tick := time.Now(), time.NewTicker(200*time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				fmt.Fprint(w, bar(share(), time.Since(began), note())) //nolint:errcheck // nobody looks
			case <-quit:
				fmt.Fprint(w, "\r\x1b[K") //nolint:errcheck // nobody looks
				return
			}
		}
	}()
	return func() { close(quit); <-done }
}

// bar draws a share of the whole, how long the rest will take, and a note.
func bar(share float64, since time.Duration, note string) string {
	const width = 30
	share = min(max(share, 0), 1)
	n := int(share * width)
	left := ""
	if share > 0.02 {
		left = fmt.Sprintf("  %s left", time.Duration(float64(since)*(1-share)/share).Round(time.Second))
	}
	if note != "" {
		left += "  " + note
	}
	return fmt.Sprintf("\r%s%s %3.0f %%%s\x1b[K", strings.Repeat("█", n), strings.Repeat("░", width-n), 100*share, left)
}
