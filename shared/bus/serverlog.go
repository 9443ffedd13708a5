package bus

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/zap"
)

// serverLog hands the embedded server's warnings and errors to zap, each text once a minute at most.
type serverLog struct {
	log   *zap.Logger
	fatal atomic.Pointer[string]
	// dead: a stream could not write. The server gives such a stream up until it is restarted, without telling
	// anybody but its log.
	dead atomic.Bool

	mu      sync.Mutex
	told    map[string]time.Time
	damaged map[string]bool // streams with a message that cannot be read, before which others wait
}

// damage matches what the server says of a stream that cannot store a message since it cannot read an older one.
var damage = regexp.MustCompile(`stream '\S+ > (\S+)' critical write error: malformed or corrupt message`)

// mostTold bounds how many texts are remembered.
const mostTold = 64

var _ server.Logger = (*serverLog)(nil)

// Noticef drops a notice.
func (l *serverLog) Noticef(string, ...any) {}

// Debugf drops debug output.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef drops trace output.
func (l *serverLog) Tracef(string, ...any) {}

// Warnf logs a warning.
func (l *serverLog) Warnf(format string, v ...any) {
	text := text(format, v)
	if strings.Contains(text, rebuilds) {
		if l.fresh(rebuilds) {
			l.log.Info("embedded bus was not stopped cleanly and reads its streams anew; nothing is lost")
		}
		return
	}
	if l.fresh(text) {
		l.log.Warn("embedded bus warns", zap.String("text", text))
	}
}

// Errorf logs an error, and notices the one that a stream does not survive.
func (l *serverLog) Errorf(format string, v ...any) {
	text := text(format, v)
	if low := strings.ToLower(text); strings.Contains(low, "critical write error") || strings.Contains(low, "no space left") {
		l.dead.Store(true)
	}
	if m := damage.FindStringSubmatch(text); m != nil {
		l.noteDamaged(m[1])
	}
	if l.fresh(text) {
		l.log.Error("embedded bus reports an error", zap.String("text", text))
	}
}

func (l *serverLog) noteDamaged(stream string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.damaged == nil {
		l.damaged = map[string]bool{}
	}
	l.damaged[stream] = true
}

// takeDamaged returns the streams that were noted, sorted, and forgets them: what could not be mended is noted again.
func (l *serverLog) takeDamaged() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := slices.Sorted(maps.Keys(l.damaged))
	l.damaged = nil
	return names
}

// Fatalf logs why the server cannot start; whoever started it returns that as an error.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := text(format, v)
	l.fatal.Store(&text)
	l.log.Error("embedded bus cannot go on", zap.String("text", text))
}

func text(format string, v []any) string { return strings.TrimSpace(fmt.Sprintf(format, v...)) }

// fresh tells whether a text was not logged within the last minute.
func (l *serverLog) fresh(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, ok := l.told[text]; ok && time.Since(at) < complainEvery {
		return false
	}
	if l.told == nil || len(l.told) >= mostTold {
		l.told = map[string]time.Time{}
	}
	l.told[text] = time.Now()
	return true
}

// rebuilds is what the server warns of, stream by stream, when it starts after a kill: its index is older than what is
// stored, so it reads that anew. Nothing is lost.
const rebuilds = "Recovering stream state from index errored"
