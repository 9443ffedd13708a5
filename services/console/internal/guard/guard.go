// Package guard decides who may talk to the console, before anything else looks at a request.
//
// It guarantees, in this order, for every request that passes through [Guard.Wrap]:
//
//  1. Every answer carries the security headers, whoever wrote it.
//  2. A console on loopback answers only to loopback names and its external host, so that a foreign page
//     cannot reach it by rebinding its own name (421).
//  3. A state-changing request that a browser sends from another origin is refused (403).
//  4. With a token configured, nothing but open paths is served without the token or a session that
//     was derived from it; failures are limited per address (401, 429).
package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Reason says why a request was refused; it is from a closed set and fit for a label.
type Reason string

// The reasons for a refusal.
const (
	BadHost   Reason = "host"
	BadOrigin Reason = "origin"
	NoToken   Reason = "no_token"
	BadToken  Reason = "bad_token"
	TooMany   Reason = "too_many_failures"
)

// Settings configure a [Guard].
type Settings struct {
	// Token is the access token; empty lets everybody in.
	Token string
	// LoopbackOnly says that the listener is on loopback, where the Host header is checked.
	LoopbackOnly bool
	// External is where people reach the console from outside; nil if nowhere.
	External *url.URL
	// SecureCookies marks cookies for https only.
	SecureCookies bool
	// Refuse answers a refused request; status and Retry-After have been chosen by the guard.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, why Reason)
}

// Guard is safe for concurrent use.
type Guard struct {
	settings Settings
	digest   [sha256.Size]byte // of the token, so that a comparison takes the same time whatever its length
	sessions sessions
	failures *failures
	origin   *http.CrossOriginProtection
}

// New returns a guard; the token's length has been validated by the configuration.
func New(s Settings) *Guard {
	g := &Guard{
		settings: s,
		digest:   sha256.Sum256([]byte(s.Token)),
		sessions: newSessions(s.Token),
		failures: newFailures(),
		origin:   http.NewCrossOriginProtection(),
	}
	if s.External != nil {
		// The error is about malformed origins; scheme and host come from a validated URL.
		_ = g.origin.AddTrustedOrigin(s.External.Scheme + "://" + s.External.Host)
	}
	return g
}

// Wrap puts the guard before next. Paths for which open returns true need no token.
func (g *Guard) Wrap(next http.Handler, open func(path string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		SetHeaders(w.Header())
		if !g.hostAllowed(r.Host) {
			g.settings.Refuse(w, r, http.StatusMisdirectedRequest, BadHost)
			return
		}
		if err := g.origin.Check(r); err != nil {
			g.settings.Refuse(w, r, http.StatusForbidden, BadOrigin)
			return
		}
		if !open(r.URL.Path) {
			if status, why := g.admit(w, r); status != 0 {
				g.settings.Refuse(w, r, status, why)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// admit returns 0 if the request may pass, else the status to refuse it with.
func (g *Guard) admit(w http.ResponseWriter, r *http.Request) (int, Reason) {
	if g.settings.Token == "" || g.sessions.valid(r) {
		return 0, ""
	}
	token, ok := bearer(r)
	if !ok {
		return http.StatusUnauthorized, NoToken
	}
	return g.check(w, r, token)
}

// check compares a presented token, unless the address has failed too often of late.
func (g *Guard) check(w http.ResponseWriter, r *http.Request, token string) (int, Reason) {
	status, why := g.judge(address(r), token)
	if why == TooMany {
		w.Header().Set("Retry-After", retryAfterSeconds)
	}
	return status, why
}

// judge returns 0 for the right token; a wrong one counts as a failure of the address.
func (g *Guard) judge(from netip.Prefix, token string) (int, Reason) {
	if g.failures.blocked(from) {
		return http.StatusTooManyRequests, TooMany
	}
	digest := sha256.Sum256([]byte(token))
	if !hmac.Equal(digest[:], g.digest[:]) {
		g.failures.add(from)
		return http.StatusUnauthorized, BadToken
	}
	return 0, ""
}

// Admitted reports whether the request carries the token or a session. It is for open paths that say more to those
// who may know more. A wrong token counts as a failure here too, lest it be guessed where nothing is refused.
func (g *Guard) Admitted(r *http.Request) bool {
	if g.settings.Token == "" || g.sessions.valid(r) {
		return true
	}
	token, ok := bearer(r)
	if !ok {
		return false
	}
	status, _ := g.judge(address(r), token)
	return status == 0
}

// Login checks the token that a person typed and sets the session cookie. It returns 0 if they are in, else
// the status and the reason to show.
func (g *Guard) Login(w http.ResponseWriter, r *http.Request, token string) (int, Reason) {
	if g.settings.Token == "" {
		return 0, ""
	}
	if status, why := g.check(w, r, token); status != 0 {
		return status, why
	}
	g.sessions.start(w, g.settings.SecureCookies)
	return 0, ""
}

// Logout removes the session cookie.
func (g *Guard) Logout(w http.ResponseWriter) { g.sessions.end(w, g.settings.SecureCookies) }

// Required reports whether a token is configured.
func (g *Guard) Required() bool { return g.settings.Token != "" }

// hostAllowed reports whether the Host header names this console. Outside of loopback the token and the
// certificate protect, and any name that leads here is fine.
func (g *Guard) hostAllowed(host string) bool {
	if !g.settings.LoopbackOnly {
		return true
	}
	if g.settings.External != nil && strings.EqualFold(host, g.settings.External.Host) {
		return true
	}
	name := hostname(host)
	if strings.EqualFold(strings.TrimSuffix(name, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Unmap().IsLoopback()
}

// hostname strips the port and the brackets from a Host header.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

// bearer returns the token of the Authorization header.
func bearer(r *http.Request) (string, bool) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, ok && token != "" && strings.EqualFold(scheme, "Bearer")
}

// SetHeaders sets what every answer must carry. Pages load a style sheet, pictures and a script from here and nothing else.
func SetHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; "+
		"img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// Reasons lists all reasons for a refusal.
func Reasons() []Reason { return []Reason{BadHost, BadOrigin, NoToken, BadToken, TooMany} }
