package ticket

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestToken: a token is asked for once, again shortly before its end, and after it was dropped.
func TestToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		k := New(func(context.Context) (string, time.Duration, error) {
			asked++
			time.Sleep(time.Second) // as an API takes
			return strconv.Itoa(asked), 2 * time.Hour, nil
		})
		want := func(token string) {
			t.Helper()
			if got, err := k.Token(t.Context()); got != token || err != nil {
				t.Errorf("token %q, %v, want %q", got, err, token)
			}
		}
		var g sync.WaitGroup
		for range 8 {
			g.Go(func() { want("1") })
		}
		g.Wait()
		time.Sleep(114 * time.Minute)
		want("1")
		time.Sleep(time.Minute)
		want("2")
		k.Drop("1")
		want("2")
		k.Drop("2")
		want("3")
	})
}

// TestRefusal: after a failure the API is left alone for a while, unless it was we who broke it off.
func TestRefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, bad := 0, errors.New("no")
		k := New(func(ctx context.Context) (string, time.Duration, error) {
			asked++
			return "", 0, errors.Join(bad, ctx.Err())
		})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		k.Token(gone) //nolint:errcheck // asked or not, it is no failure of the API
		asked = 0
		for range 3 {
			if _, err := k.Token(t.Context()); !errors.Is(err, bad) {
				t.Errorf("error %v", err)
			}
		}
		if asked != 1 {
			t.Errorf("asked %d times, want once", asked)
		}
		time.Sleep(rest)
		if _, err := k.Token(t.Context()); !errors.Is(err, bad) || asked != 2 {
			t.Errorf("asked %d times after a rest, %v", asked, err)
		}
	})
}
