package notifier

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/obs"
)

// HeartbeatConfig says whom outside to tell that all is well, so that somebody hears of it when it is not: when the machine, the bus or
// all channels are gone, nothing here can tell.
type HeartbeatConfig struct {
	// URL is asked; "" has no heartbeat. It is a secret, since whoever knows it can pretend that all is well.
	URL config.Secret `yaml:"url" env:"URL"`
	// Interval is the time between two; 0 is a minute.
	Interval time.Duration `yaml:"interval" env:"INTERVAL"`
	// Method is GET, HEAD or POST; "" is GET.
	Method string `yaml:"method" env:"METHOD"`
}

// heartbeatCheck is the check that the heartbeat sets itself, and does not look at.
const heartbeatCheck = "notifier/heartbeat"

// heartbeatTimeout bounds one.
const heartbeatTimeout = 10 * time.Second

func (h *HeartbeatConfig) problems(bad func(key string, value any, rule string)) {
	if h.URL != "" && !httpURL(h.URL.Reveal()) {
		bad("heartbeat.url", h.URL, "is no http or https URL; copy the address of the check from the watching service")
	}
	if h.Interval != 0 && (h.Interval < 10*time.Second || h.Interval > 24*time.Hour) {
		bad("heartbeat.interval", h.Interval, "is out of range; set 10s to 24h, or leave it out for 1m")
	}
	switch h.Method {
	case "", http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		bad("heartbeat.method", h.Method, "is not known; set GET, HEAD or POST")
	}
	if h.URL == "" && (h.Interval != 0 || h.Method != "") {
		bad("heartbeat.url", `""`, "is missing; set the address to ask, or remove heartbeat")
	}
}

// beat tells the outside that all is well, as long as it is, until ctx ends.
func (n *notifier) beat(ctx context.Context) error {
	h := &n.cfg.Heartbeat
	if h.URL == "" {
		return nil
	}
	p, err := peer.New(h.URL.Reveal(), heartbeatTimeout, config.ClientTLS{})
	if err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	defer p.Close()
	interval := h.Interval
	if interval == 0 {
		interval = time.Minute
	}
	r := peer.Request{Method: h.Method}
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = interval
		if ill := n.ill(); ill != "" {
			wait = min(interval, 5*time.Second) // as soon as it is well again
			n.s.Logger.Debug("no heartbeat", zap.String("because", ill))
			continue
		}
		n.pulse(ctx, p, r)
	}
}

// pulse asks once.
func (n *notifier) pulse(ctx context.Context, p *peer.Client, r peer.Request) {
	reply, err := p.Call(ctx, r)
	if err == nil {
		err = p.Judge(reply)
	}
	switch {
	case err == nil:
		n.s.Health.Set(heartbeatCheck, obs.OK, "")
	case ctx.Err() == nil:
		n.s.Logger.Warn("heartbeat not taken, will try again", zap.Error(err))
		n.s.Health.Set(heartbeatCheck, obs.Degraded, "the outside was not told that all is well: "+err.Error())
	}
}

// ill returns the check for which there is no heartbeat: any of the process that has failed or not begun, and any of the notifier's own that is
// less than well; "" if there is none.
func (n *notifier) ill() string {
	for _, c := range n.s.Health.Checks() {
		own := c.Name == "notifier" || strings.HasPrefix(c.Name, "notifier/")
		if c.Name != heartbeatCheck && (c.State == obs.Failed || c.State == obs.Starting || own && c.State != obs.OK) {
			return c.Name
		}
	}
	return ""
}
