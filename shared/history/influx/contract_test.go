package influx_test

import (
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/influx"
	"github.com/forewarn/forewarn/shared/history/servertest"
)

// settings returns the section for a bucket of a server.
func settings(url, bucket string) history.Config {
	c := history.DefaultConfig()
	c.Kind, c.InfluxDB.URL, c.InfluxDB.Bucket = history.InfluxDBKind, url, bucket
	return c
}

func open(tb testing.TB, c history.Config) *influx.Store {
	tb.Helper()
	if err := c.Validate(); err != nil {
		tb.Fatal(err)
	}
	s, err := influx.Open(tb.Context(), c, influx.Settings{Logger: zaptest.NewLogger(tb, zaptest.Level(zap.WarnLevel))})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() }) //nolint:errcheck // it never fails
	return s
}

// TestServer runs what needs a real InfluxDB 1.8: the contract over its v2-compatible API, and what it refuses.
func TestServer(t *testing.T) {
	server := servertest.InfluxDB(t, "auth-enabled = true")
	statement(t, server.URL, "CREATE USER admin WITH PASSWORD 'hush' WITH ALL PRIVILEGES")
	t.Run("contract", func(t *testing.T) {
		var places atomic.Int32
		historytest.Contract(t, func(tb testing.TB) func() history.Store {
			c := settings(server.URL, fmt.Sprintf("place %d/weeks", places.Add(1)))
			c.InfluxDB.Token = "admin:hush"
			return func() history.Store { return open(tb, c) }
		}, influx.Traits())
	})
	t.Run("bucket and retention are made", func(t *testing.T) { testCreated(t, server.URL) })
	t.Run("a point that cannot be stored costs no other", func(t *testing.T) { testConflictOfTypes(t, server.URL) })
	t.Run("who may not is told", func(t *testing.T) { testNotAllowed(t, server.URL) })
	t.Run("an answer too large is refused", func(t *testing.T) { testTooLarge(t, server.URL) })
}

// TestLiveContract: a real InfluxDB 2.x, in which the token may make buckets. They stay.
func TestLiveContract(t *testing.T) {
	url := os.Getenv("FOREWARN_INFLUXDB2_URL")
	if url == "" {
		t.Skip("set FOREWARN_INFLUXDB2_URL, FOREWARN_INFLUXDB2_ORG and FOREWARN_INFLUXDB2_TOKEN to those of an InfluxDB 2.x")
	}
	run, places := time.Now().Unix(), 0
	historytest.Contract(t, func(tb testing.TB) func() history.Store {
		places++
		c := settings(url, fmt.Sprintf("forewarn-test-%d-%d", run, places))
		c.InfluxDB.Org, c.InfluxDB.Token = os.Getenv("FOREWARN_INFLUXDB2_ORG"), config.Secret(os.Getenv("FOREWARN_INFLUXDB2_TOKEN"))
		return func() history.Store { return open(tb, c) }
	}, influx.Traits())
}
