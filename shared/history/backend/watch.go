package backend

import (
	"context"
	"time"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/obs"
)

// pinger is a store on a server that can be asked whether it answers.
type pinger interface {
	Ping(ctx context.Context) error
}

const (
	check     = "history"
	pingEvery = 30 * time.Second
)

// Watch keeps the health check "history" of a store that this program only reads until ctx ends. A store that cannot be asked has
// none: its queries say what is wrong.
func Watch(ctx context.Context, store history.Store, health *obs.Health) {
	if server, ok := store.(pinger); ok {
		watch(ctx, server, health)
	}
}

func watch(ctx context.Context, server pinger, health *obs.Health) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		err := server.Ping(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			health.Set(check, obs.Degraded, err.Error())
		default:
			health.Set(check, obs.OK, "")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
