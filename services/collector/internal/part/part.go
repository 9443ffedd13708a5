// Package part keeps the collector's parts (host, scrape, logs) alive and honest.
//
// A part has members: one scrape target, one set of log files. Each member works in its own goroutine
// under [Part.Run], which recovers a panic, counts it and starts the member again. What members report is
// folded into one health check per part, so that a hundred targets do not make a hundred checks.
package part

import (
	"context"
	"fmt"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/obs"
)

const (
	firstRetry = time.Second
	lastRetry  = time.Minute
	// shown is how many troubled members the check's message names.
	shown = 3
)

// Part is the health and the guard of one part's members. It is safe for concurrent use.
type Part struct {
	name   string
	logger *zap.Logger
	health *obs.Health
	panics prometheus.Counter

	mu       sync.Mutex
	problems map[string]string // by member; "" is well
}

// New returns the part called name, whose check is "collector/<name>" and starts as starting.
// Panics of its members are counted in panics.
func New(name string, logger *zap.Logger, health *obs.Health, panics prometheus.Counter) *Part {
	p := &Part{name: name, logger: logger.Named(name), health: health, panics: panics, problems: map[string]string{}}
	health.Set(p.check(), obs.Starting, "")
	return p
}

// Logger returns the part's logger.
func (p *Part) Logger() *zap.Logger { return p.logger }

func (p *Part) check() string { return "collector/" + p.name }

// Report records a member's trouble, "" when it is well, and logs when that changes. The text says what
// happened and what to do, and holds no secret.
func (p *Part) Report(member, problem string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, known := p.problems[member]
	p.problems[member] = problem
	switch {
	case problem != "" && before == "":
		p.logger.Warn("member in trouble", zap.String("member", member), zap.String("problem", problem))
	case problem == "" && known && before != "":
		p.logger.Info("member is well again", zap.String("member", member))
	}
	if problem != before || !known {
		p.health.Set(p.check(), p.state(), p.message())
	}
}

// state is never failed: a dead target is no reason to restart the process.
func (p *Part) state() obs.State {
	for _, problem := range p.problems {
		if problem != "" {
			return obs.Degraded
		}
	}
	return obs.OK
}

func (p *Part) message() string {
	var all []string
	for member, problem := range p.problems {
		if problem != "" {
			all = append(all, member+": "+problem)
		}
	}
	if len(all) == 0 {
		return ""
	}
	sort.Strings(all)
	head := fmt.Sprintf("%d of %d in trouble. ", len(all), len(p.problems))
	if len(all) > shown {
		return head + strings.Join(all[:shown], "; ") + fmt.Sprintf("; and %d more", len(all)-shown)
	}
	return head + strings.Join(all, "; ")
}

// Run calls work until ctx ends. Should work return early or panic, that is reported, and it is called
// again after a pause that doubles from one second to one minute.
func (p *Part) Run(ctx context.Context, member string, work func(context.Context) error) {
	for pause := firstRetry; ; pause = min(2*pause, lastRetry) {
		began := time.Now()
		err := p.guard(ctx, member, work)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			p.Report(member, err.Error())
		}
		if time.Since(began) > lastRetry {
			pause = firstRetry
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (p *Part) guard(ctx context.Context, member string, work func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			p.panics.Inc()
			p.logger.Error("recovered from a panic", zap.String("member", member),
				zap.Any("panic", r), zap.ByteString("stack", debug.Stack()))
			err = fmt.Errorf("internal error: %v; it is tried again, please report it with the log", r)
		}
	}()
	return work(ctx)
}
