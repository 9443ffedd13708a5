package guard

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	failureBurst      = 10              // wrong tokens that an address may present at once
	failureInterval   = 6 * time.Second // after which it may present one more
	maxFailing        = 4096            // addresses remembered; more of them share one allowance
	retryAfterSeconds = "6"
)

// failures limits the attempts of addresses that present wrong tokens. Its memory is bounded.
type failures struct {
	mu     sync.Mutex
	byAddr map[netip.Prefix]*rate.Limiter
	rest   *rate.Limiter
}

func newFailures() *failures {
	return &failures{byAddr: map[netip.Prefix]*rate.Limiter{}, rest: newAllowance()}
}

func newAllowance() *rate.Limiter { return rate.NewLimiter(rate.Every(failureInterval), failureBurst) }

// blocked reports whether the address has used up its failures.
func (f *failures) blocked(from netip.Prefix) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, ok := f.byAddr[from]
	if !ok {
		if len(f.byAddr) < maxFailing {
			return false
		}
		l = f.rest
	}
	return l.Tokens() < 1
}

// add counts a failure of the address.
func (f *failures) add(from netip.Prefix) {
	f.mu.Lock()
	defer f.mu.Unlock()
	l, ok := f.byAddr[from]
	if !ok {
		if len(f.byAddr) >= maxFailing {
			f.forget()
		}
		l = f.rest
		if len(f.byAddr) < maxFailing {
			l = newAllowance()
			f.byAddr[from] = l
		}
	}
	l.Allow()
}

// forget drops the addresses whose allowance is full again.
func (f *failures) forget() {
	for from, l := range f.byAddr {
		if l.Tokens() >= failureBurst {
			delete(f.byAddr, from)
		}
	}
}

// address returns who sent r: an IPv4 address or the /64 of an IPv6 one, which is what one subscriber gets.
// Headers that proxies set are not believed: anybody can set them.
func address(r *http.Request) netip.Prefix {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Prefix{}
	}
	ip := ap.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits) // cannot fail: bits fit the address
	return p
}
