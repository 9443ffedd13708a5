package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/obs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestStackStopsInReverse: what was started last stops first, and only after that the one before it.
func TestStackStopsInReverse(t *testing.T) {
	s := newStack(zap.NewNop())
	var mu sync.Mutex
	var stopped []string
	for _, name := range []string{"bus", "historian", "collector"} {
		s.next()
		s.start(t.Context(), name, func(ctx context.Context) error {
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			stopped = append(stopped, name)
			return nil
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.wait(ctx); err != nil {
		t.Fatal(err)
	}
	s.stop()
	if want := []string{"collector", "historian", "bus"}; !slices.Equal(stopped, want) {
		t.Errorf("stopped in the order %v, want %v", stopped, want)
	}
}

// TestStackFails: a service that ends by itself ends the wait, with its name, whether or not it has an error.
func TestStackFails(t *testing.T) {
	f := func(result error, want string) {
		t.Helper()
		s := newStack(zap.NewNop())
		s.start(t.Context(), "calm", func(ctx context.Context) error { <-ctx.Done(); return nil })
		s.start(t.Context(), "broken", func(context.Context) error { return result })
		err := s.wait(t.Context())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		s.stop()
	}
	f(errors.New("disk on fire"), "broken: disk on fire")
	f(nil, "broken: ended without being asked to")
}

// TestStackLeavesBehind: services that hang are named, and all together cost less than ten seconds.
func TestStackLeavesBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		core, logged := observer.New(zap.ErrorLevel)
		s := newStack(zap.New(core))
		names := []string{"a", "b", "c", "d", "e", "f"}
		for i, name := range names {
			s.start(t.Context(), name, func(context.Context) error { <-release; return nil })
			if i%2 == 1 {
				s.next()
			}
		}
		began := time.Now()
		s.stop()
		if took := time.Since(began); took >= 9*time.Second {
			t.Errorf("stopping took %v, which leaves no time to close bus and history", took)
		}
		var said []string
		for _, e := range logged.All() {
			said = append(said, fmt.Sprint(e.ContextMap()["service"]))
		}
		slices.Sort(said)
		if !slices.Equal(said, names) {
			t.Errorf("said of %v, want %v", said, names)
		}
		close(release)
		synctest.Wait()
	})
}

func TestLanguage(t *testing.T) {
	f := func(want i18n.Language, environ ...string) {
		t.Helper()
		if got := language(environ); got != want {
			t.Errorf("%q: %s, want %s", environ, got, want)
		}
	}
	f(i18n.English)
	f(i18n.Chinese, "LANG=zh_CN.UTF-8")
	f(i18n.English, "LANG=zh_CN.UTF-8", "LC_ALL=C.UTF-8")
	f(i18n.Chinese, "LANG=en_US.UTF-8", "LC_MESSAGES=zh_TW")
	f(i18n.English, "LANGUAGE=zh")
}

func TestWatchingNamesFew(t *testing.T) {
	w := collector.Watching{Host: "erp-01", FileSystems: []string{"/", "/u01"}, Targets: []string{"node erp-02:9100"}}
	got := watching(w, i18n.English)
	if len(got) != 3 || !strings.HasSuffix(got[0], ": /, /u01") || got[2] != "node erp-02:9100" {
		t.Errorf("%q", got)
	}
	if got := watching(w, i18n.Chinese); got[0] != "主机 erp-01，2 个文件系统：/、/u01" {
		t.Errorf("%q", got)
	}
	w.FileSystems = slices.Repeat(w.FileSystems, 20)
	if got := watching(w, i18n.Chinese); strings.Contains(got[0], "/u01") || !strings.Contains(got[0], "40") {
		t.Errorf("%q", got)
	}
}

// TestHealthLine: trouble is said when it begins and when it gets worse, and its end once.
func TestHealthLine(t *testing.T) {
	troubled := map[string]obs.State{}
	f := func(state obs.State, message, want string) {
		t.Helper()
		if got := healthLine(troubled, obs.Check{Name: "bus/disk", State: state, Message: message}, i18n.English); got != want {
			t.Errorf("%s: %q, want %q", state, got, want)
		}
	}
	f(obs.Starting, "", "")
	f(obs.OK, "", "")
	f(obs.Degraded, "free space", "PIPELINE  bus/disk: free space")
	f(obs.Degraded, "free more space", "")
	f(obs.Failed, "no space", "PIPELINE  bus/disk: no space")
	f(obs.OK, "", "PIPELINE  bus/disk: well again")
	f(obs.OK, "", "")
}

// TestHostileLabels: what labels and peers say cannot command the terminal.
func TestHostileLabels(t *testing.T) {
	const hostile = "/mnt/\x1b]0;owned\a\x1b[2J\r\nRESOLVED\u202e"
	i := &incident.Incident{State: incident.Open, Severity: "critical", Message: i18n.Text{En: hostile}}
	for _, line := range []string{
		incidentLine(i, i18n.English),
		healthLine(map[string]obs.State{}, obs.Check{Name: "x", State: obs.Failed, Message: hostile}, i18n.English),
	} {
		if strings.ContainsAny(line, "\x1b\a\r\n\u202e") || !strings.Contains(line, "/mnt/]0;owned[2J RESOLVED") {
			t.Errorf("%q", line)
		}
	}
}

func TestWordAndWidth(t *testing.T) {
	i := &incident.Incident{State: incident.Open, Severity: "critical"}
	if got := word(i); got.En != "CRITICAL" || got.Zh != "严重" {
		t.Errorf("%+v", got)
	}
	i.State = incident.Resolved
	if got := word(i); got.En != "RESOLVED" {
		t.Errorf("%+v", got)
	}
	i.Notified = &incident.Notice{Reason: incident.ReasonUnheard}
	if got := word(i); got.En != "CLOSED" {
		t.Errorf("%+v", got)
	}
	if got := width("页面 ab"); got != 7 {
		t.Errorf("width %d, want 7", got)
	}
}
