package backend

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/obs"
)

type server struct{ well atomic.Bool }

func (s *server) Ping(context.Context) error {
	if !s.well.Load() {
		return errors.New("away")
	}
	return nil
}

// TestWatch: health tells when the server of a history that others write does not answer, and when it does again.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		health, s := &obs.Health{}, &server{}
		done := make(chan struct{})
		go func() {
			watch(ctx, s, health)
			close(done)
		}()
		synctest.Wait()
		if got := health.Checks(); len(got) != 1 || got[0].Name != "history" || got[0].State != obs.Degraded || got[0].Message != "away" {
			t.Errorf("health %+v", got)
		}
		s.well.Store(true)
		time.Sleep(pingEvery)
		synctest.Wait()
		if got := health.Checks(); got[0].State != obs.OK {
			t.Errorf("health %+v", got)
		}
		cancel()
		<-done
	})
}

// TestReadOnlyStoreCanBeAsked: what a read-only configuration opens says whether its server answers.
func TestReadOnlyStoreCanBeAsked(t *testing.T) {
	c := history.DefaultConfig()
	c.Kind, c.Prometheus.URL, c.Prometheus.ReadOnly = history.PrometheusKind, "http://127.0.0.1:1", true
	store, err := Open(t.Context(), c, Settings{Logger: zap.NewNop(), DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() //nolint:errcheck // it never fails
	if p, ok := store.(pinger); !ok || p.Ping(t.Context()) == nil {
		t.Error("a server that is away answers, or cannot be asked")
	}
}
