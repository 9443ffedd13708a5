package bus_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/bustest"
)

// TestCommand: a command is done by the service that obeys its topic, whose error comes back; without one that is said.
func TestCommand(t *testing.T) {
	b := bustest.New(t)
	if _, err := b.Command(t.Context(), "notifier.silence", nil); !errors.Is(err, bus.ErrNoWorker) {
		t.Errorf("nobody obeys: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- b.Obey(ctx, "notifier.silence", func(request []byte) ([]byte, error) {
			if string(request) == "no" {
				return nil, errors.New("it is not done")
			}
			return append([]byte("done: "), request...), nil
		})
	}()
	bustest.Eventually(t, 10*time.Second, func() error {
		answer, err := b.Command(t.Context(), "notifier.silence", []byte("this"))
		if err == nil && string(answer) != "done: this" {
			t.Fatalf("answered %q", answer)
		}
		return err
	})
	if _, err := b.Command(t.Context(), "notifier.silence", []byte("no")); err == nil || !strings.Contains(err.Error(), "it is not done") {
		t.Errorf("refused by %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// TestCommandPermissions: who gives commands may publish on their subjects alone, who obeys may answer.
func TestCommandPermissions(t *testing.T) {
	gives, obeys := bus.Role{Name: "console", Commands: []string{"notifier.silence"}}, bus.Role{Name: "notifier", Obeys: []string{"notifier.silence"}}
	if p := gives.Permissions(1); !slices.Contains(p.Publish, "cmd.notifier.silence") || p.Responds {
		t.Errorf("%+v", p)
	}
	if p := obeys.Permissions(1); !slices.Contains(p.Subscribe, "cmd.notifier.silence") || !p.Responds {
		t.Errorf("%+v", p)
	}
}
