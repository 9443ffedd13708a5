// Package guard decides who may talk to the console, before anything else looks at a request.
//
// It guarantees, in this order, for every request that passes through [Guard.Wrap]:
//
//  1. Every answer carries the security headers, whoever wrote it.
//  2. A console on loopback answers only to loopback names and its external host, so that a foreign page
//     cannot reach it by rebinding its own name (421).
//  3. A state-changing request that a browser sends from another origin is refused (403).
//  4. With a token configured, nothing but open paths is served without one or a session that
//     was derived from it; failures are limited per address (401, 429).
//  5. A request that passes carries the name of whose token it is ([Actor]).
package guard

import (
	"context"
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
	// Tokens are the access tokens; without any everybody is let in.
	Tokens []Token
	// LoopbackOnly says that the listener is on loopback, where the Host header is checked.
	LoopbackOnly bool
	// External is where people reach the console from outside; nil if nowhere.
	External *url.URL
	// SecureCookies marks cookies for https only.
	SecureCookies bool
	// Refuse answers a refused request; status and Retry-After have been chosen by the guard.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, why Reason)
}

// Token is an access token and whose it is.
type Token struct{ Name, Secret string }

// Local is who asks when no token is configured: whoever is on this machine.
const Local = "local"

// Guard is safe for concurrent use.
type Guard struct {
	settings Settings
	holders  []holder
	failures *failures
	origin   *http.CrossOriginProtection
}

// holder is who has a token.
type holder struct {
	name     string
	digest   [sha256.Size]byte // of the token, so that a comparison takes the same time whatever its length
	sessions sessions
}

// New returns a guard; the tokens' lengths have been validated by the configuration.
func New(s Settings) *Guard {
	g := &Guard{
		settings: s,
		failures: newFailures(),
		origin:   http.NewCrossOriginProtection(),
	}
	for _, t := range s.Tokens {
		g.holders = append(g.holders, holder{t.Name, sha256.Sum256([]byte(t.Secret)), newSessions(t.Secret)})
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
			who, status, why := g.admit(w, r)
			if status != 0 {
				g.settings.Refuse(w, r, status, why)
				return
			}
			r = r.WithContext(context.WithValue(r.Context(), actorKey{}, who))
		}
		next.ServeHTTP(w, r)
	})
}

// actorKey is the key of the name of whose token a request carries.
type actorKey struct{}

// Actor returns whose token a request that passed the guard carries; "" on an open path.
func Actor(r *http.Request) string {
	name, _ := r.Context().Value(actorKey{}).(string)
	return name
}

// admit returns who asks if the request may pass, else the status to refuse it with.
func (g *Guard) admit(w http.ResponseWriter, r *http.Request) (string, int, Reason) {
	if who, ok := g.known(r); ok {
		return who, 0, ""
	}
	token, ok := bearer(r)
	if !ok {
		return "", http.StatusUnauthorized, NoToken
	}
	h, status, why := g.check(w, r, token)
	if status != 0 {
		return "", status, why
	}
	return h.name, 0, ""
}

// known returns who asks without a token: by a session, or because none is needed.
func (g *Guard) known(r *http.Request) (string, bool) {
	if len(g.holders) == 0 {
		return Local, true
	}
	for k := range g.holders {
		if g.holders[k].sessions.valid(r) {
			return g.holders[k].name, true
		}
	}
	return "", false
}

// check compares a presented token, unless the address has failed too often of late.
func (g *Guard) check(w http.ResponseWriter, r *http.Request, token string) (*holder, int, Reason) {
	h, status, why := g.judge(address(r), token)
	if why == TooMany {
		w.Header().Set("Retry-After", retryAfterSeconds)
	}
	return h, status, why
}

// judge returns the holder of a token, and 0; a wrong one counts as a failure of the address.
func (g *Guard) judge(from netip.Prefix, token string) (*holder, int, Reason) {
	if g.failures.blocked(from) {
		return nil, http.StatusTooManyRequests, TooMany
	}
	digest := sha256.Sum256([]byte(token))
	var found *holder
	for k := range g.holders { // all of them, so that the time tells nothing of whose it is
		if hmac.Equal(digest[:], g.holders[k].digest[:]) {
			found = &g.holders[k]
		}
	}
	if found == nil {
		g.failures.add(from)
		return nil, http.StatusUnauthorized, BadToken
	}
	return found, 0, ""
}

// Admitted reports whether the request carries the token or a session. It is for open paths that say more to those
// who may know more. A wrong token counts as a failure here too, lest it be guessed where nothing is refused.
func (g *Guard) Admitted(r *http.Request) bool {
	if _, ok := g.known(r); ok {
		return true
	}
	token, ok := bearer(r)
	if !ok {
		return false
	}
	_, status, _ := g.judge(address(r), token)
	return status == 0
}

// Login checks the token that a person typed and sets the session cookie. It returns 0 if they are in, else
// the status and the reason to show.
func (g *Guard) Login(w http.ResponseWriter, r *http.Request, token string) (int, Reason) {
	if len(g.holders) == 0 {
		return 0, ""
	}
	h, status, why := g.check(w, r, token)
	if status != 0 {
		return status, why
	}
	h.sessions.start(w, g.settings.SecureCookies)
	return 0, ""
}

// Logout removes the session cookie.
func (g *Guard) Logout(w http.ResponseWriter) { endSession(w, g.settings.SecureCookies) }

// Required reports whether a token is configured.
func (g *Guard) Required() bool { return len(g.holders) > 0 }

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
