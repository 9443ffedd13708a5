package bus

import (
	"fmt"
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

	mu   sync.Mutex
	last string
	at   time.Time
}

var _ server.Logger = (*serverLog)(nil)

// Noticef drops a notice.
func (l *serverLog) Noticef(string, ...any) {}

// Debugf drops debug output.
func (l *serverLog) Debugf(string, ...any) {}

// Tracef drops trace output.
func (l *serverLog) Tracef(string, ...any) {}

// Warnf logs a warning.
func (l *serverLog) Warnf(format string, v ...any) {
	if text := text(format, v); l.fresh(text) {
		l.log.Warn("embedded bus warns", zap.String("text", text))
	}
}

// Errorf logs an error, and notices the one that a stream does not survive.
func (l *serverLog) Errorf(format string, v ...any) {
	text := text(format, v)
	if low := strings.ToLower(text); strings.Contains(low, "critical write error") || strings.Contains(low, "no space left") {
		l.dead.Store(true)
	}
	if l.fresh(text) {
		l.log.Error("embedded bus reports an error", zap.String("text", text))
	}
}

// Fatalf logs why the server cannot start; whoever started it returns that as an error.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := text(format, v)
	l.fatal.Store(&text)
	l.log.Error("embedded bus cannot go on", zap.String("text", text))
}

func text(format string, v []any) string { return strings.TrimSpace(fmt.Sprintf(format, v...)) }

// fresh tells whether a text was not logged just before.
func (l *serverLog) fresh(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if text == l.last && time.Since(l.at) < complainEvery {
		return false
	}
	l.last, l.at = text, time.Now()
	return true
}
