package guard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// SessionCookie is the name of the cookie that a login sets.
const SessionCookie = "forewarn_session"

// sessionLife is how long a login lasts: a phone on call should not ask for the token at night.
const sessionLife = 7 * 24 * time.Hour

// sessions makes and checks cookie values of the form <expiry>.<HMAC of it>. They need no storage, hold for
// every process with the same token, and all end when the token changes.
type sessions struct{ key []byte }

// newSessions derives the signing key, so that a cookie's MAC is never one of the token itself.
func newSessions(token string) sessions {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("forewarn console session key, version 1"))
	return sessions{key: mac.Sum(nil)}
}

// sign returns the MAC of an expiry in hex.
func (s sessions) sign(expiry string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(expiry))
	return hex.EncodeToString(mac.Sum(nil))
}

// value returns the cookie value of a session that ends at the given time.
func (s sessions) value(end time.Time) string {
	expiry := strconv.FormatInt(end.Unix(), 10)
	return expiry + "." + s.sign(expiry)
}

// valid reports whether r carries a session that has not ended.
func (s sessions) valid(r *http.Request) bool {
	c, err := r.Cookie(SessionCookie)
	if err != nil {
		return false
	}
	expiry, mac, _ := strings.Cut(c.Value, ".")
	if !hmac.Equal([]byte(mac), []byte(s.sign(expiry))) {
		return false
	}
	end, err := strconv.ParseInt(expiry, 10, 64)
	return err == nil && time.Now().Before(time.Unix(end, 0))
}

// start sets the cookie of a new session.
func (s sessions) start(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, sessionCookie(s.value(time.Now().Add(sessionLife)), int(sessionLife/time.Second), secure))
}

// endSession removes the cookie.
func endSession(w http.ResponseWriter, secure bool) {
	http.SetCookie(w, sessionCookie("", -1, secure))
}

func sessionCookie(value string, maxAge int, secure bool) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure wherever the console speaks TLS
		Name: SessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode,
	}
}
