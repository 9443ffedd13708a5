package embedded_test

import (
	"testing"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/embedded"
	"github.com/forewarn/forewarn/shared/history/historytest"
)

func TestContract(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	historytest.Contract(t, func(tb testing.TB) func() history.Store {
		dir := tb.TempDir()
		return func() history.Store { return open(tb, dir, nil) }
	}, history.Traits{})
}

// config returns the configuration of stores under test.
func config() history.Config {
	c := history.DefaultConfig()
	c.OutOfOrderWindow = historytest.Window
	c.Reserve = 64 << 20
	return c
}

// open opens the store in dir, logging to the test unless a logger is given.
func open(tb testing.TB, dir string, logger *zap.Logger) *embedded.Store {
	tb.Helper()
	if logger == nil {
		logger = zaptest.NewLogger(tb, zaptest.Level(zap.WarnLevel))
	}
	s, err := embedded.Open(config(), embedded.Settings{Logger: logger, Dir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}
