package guard

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

const token = "correct-horse-battery-staple"

func newGuard(t *testing.T, s Settings) http.Handler {
	t.Helper()
	s.Refuse = func(w http.ResponseWriter, _ *http.Request, status int, why Reason) {
		http.Error(w, string(why), status)
	}
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return New(s).Wrap(ok, func(path string) bool { return path == "/open" })
}

func do(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestLoopbackAnswersOnlyToItsNames(t *testing.T) {
	external, err := url.Parse("https://forewarn.example.com")
	if err != nil {
		t.Fatal(err)
	}
	h := newGuard(t, Settings{LoopbackOnly: true, External: external})
	f := func(host string, want int) {
		t.Helper()
		if got := do(h, "GET", "/", "Host", host).Code; got != want {
			t.Errorf("Host %q: status %d, want %d", host, got, want)
		}
	}
	f("127.0.0.1:8686", 204)
	f("127.8.9.1", 204)
	f("localhost:8686", 204)
	f("LOCALHOST.", 204)
	f("[::1]:8686", 204)
	f("[::1]", 204)
	f("[::ffff:127.0.0.1]:1", 204)
	f("forewarn.example.com", 204)
	f("FOREWARN.example.com", 204)
	f("forewarn.example.com:8686", 421)
	f("evil.example", 421)
	f("localhost.evil.example", 421)
	f("127.0.0.1.evil.example:8686", 421)
	f("10.0.0.1", 421)
	f("0.0.0.0:8686", 421)
	f("", 421)
	f("[::1", 204) // no name of anybody else's
	f("::1]evil", 421)
}

func TestCrossOriginWritesAreRefused(t *testing.T) {
	h := newGuard(t, Settings{LoopbackOnly: true})
	f := func(method string, want int, header ...string) {
		t.Helper()
		if got := do(h, method, "/", append(header, "Host", "127.0.0.1:8686")...).Code; got != want {
			t.Errorf("%s %v: status %d, want %d", method, header, got, want)
		}
	}
	f("POST", 204)
	f("POST", 204, "Sec-Fetch-Site", "same-origin")
	f("POST", 204, "Origin", "http://127.0.0.1:8686")
	f("POST", 403, "Sec-Fetch-Site", "cross-site")
	f("POST", 403, "Sec-Fetch-Site", "same-site")
	f("POST", 403, "Origin", "http://evil.example")
	f("GET", 204, "Sec-Fetch-Site", "cross-site")
}

func TestTokenIsNeeded(t *testing.T) {
	h := newGuard(t, Settings{Tokens: []Token{{"operator", token}}})
	f := func(path string, want int, header ...string) {
		t.Helper()
		if got := do(h, "GET", path, header...).Code; got != want {
			t.Errorf("%s %v: status %d, want %d", path, header, got, want)
		}
	}
	f("/open", 204)
	f("/", 401)
	f("/", 204, "Authorization", "Bearer "+token)
	f("/", 204, "Authorization", "bearer  "+token)
	f("/", 401, "Authorization", "Bearer "+token+"x")
	f("/", 401, "Authorization", "Bearer ")
	f("/", 401, "Authorization", "Basic "+token)
	f("/", 401, "Authorization", token)
	f("/", 401, "Cookie", SessionCookie+"="+token)
}

func TestSessions(t *testing.T) {
	h := newGuard(t, Settings{Tokens: []Token{{"operator", token}}})
	s := newSessions(token)
	f := func(name, value string, want int) {
		t.Helper()
		if got := do(h, "GET", "/", "Cookie", SessionCookie+"="+value).Code; got != want {
			t.Errorf("%s: status %d, want %d", name, got, want)
		}
	}
	good := s.value(time.Now().Add(time.Hour))
	expiry, mac, _ := strings.Cut(good, ".")
	f("good", good, 204)
	f("ended", s.value(time.Now().Add(-time.Second)), 401)
	f("prolonged", expiry+"0."+mac, 401)
	f("of another token", newSessions(token+"2").value(time.Now().Add(time.Hour)), 401)
	f("without mac", expiry+".", 401)
	f("empty", "", 401)
	f("signed nonsense", "x."+s.sign("x"), 401)
	if strings.Contains(good, token) {
		t.Error("the cookie holds the token")
	}
}

func TestLoginCookie(t *testing.T) {
	f := func(secure bool) {
		t.Helper()
		g := New(Settings{Tokens: []Token{{"operator", token}}, SecureCookies: secure})
		w := httptest.NewRecorder()
		if status, why := g.Login(w, httptest.NewRequest("POST", "/login", nil), token); status != 0 {
			t.Fatalf("login: status %d, %s", status, why)
		}
		c := w.Result().Cookies()[0]
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != secure || c.Path != "/" {
			t.Errorf("secure=%v: cookie is %v", secure, c)
		}
	}
	f(false)
	f(true)
}

func TestFailuresAreLimitedPerAddress(t *testing.T) {
	h := newGuard(t, Settings{Tokens: []Token{{"operator", token}}})
	try := func(from, tok string) int {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = from
		r.Header.Set("Authorization", "Bearer "+tok)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	for i := range failureBurst {
		if got := try("192.0.2.1:1000", "wrong"); got != 401 {
			t.Fatalf("failure %d: status %d, want 401", i+1, got)
		}
	}
	if got := try("192.0.2.1:1001", token); got != 429 {
		t.Errorf("after the last failure: status %d, want 429", got)
	}
	if got := try("192.0.2.2:1000", token); got != 204 {
		t.Errorf("another address: status %d, want 204", got)
	}
	session := newSessions(token).value(time.Now().Add(time.Hour))
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.1:1002"
	r.AddCookie(&http.Cookie{Name: SessionCookie, Value: session})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 204 {
		t.Errorf("a session from the blocked address: status %d, want 204", w.Code)
	}
}

// TestOpenPathsCountFailures: an open path that tells a wrong token from the right one is limited like the others.
func TestOpenPathsCountFailures(t *testing.T) {
	g := New(Settings{Tokens: []Token{{"operator", token}}})
	admitted := func(tok string) bool {
		r := httptest.NewRequest("GET", "/healthz", nil)
		if tok != "" {
			r.Header.Set("Authorization", "Bearer "+tok)
		}
		return g.Admitted(r)
	}
	for range 2 * failureBurst {
		if admitted("") {
			t.Fatal("nobody is admitted without a token")
		}
	}
	if !admitted(token) {
		t.Error("probes without a token count as failures")
	}
	for range failureBurst {
		if admitted("wrong") {
			t.Fatal("a wrong token is admitted")
		}
	}
	if admitted(token) {
		t.Error("wrong tokens at an open path are not counted")
	}
}

// FuzzSession: whatever a cookie holds, only what was signed with the token is a session.
func FuzzSession(f *testing.F) {
	s := newSessions(token)
	f.Add(s.value(time.Now().Add(time.Hour)))
	f.Add(newSessions(token + "2").value(time.Now().Add(time.Hour)))
	f.Add("9999999999.")
	f.Add("x." + s.sign("x"))
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", SessionCookie+"="+value)
		expiry, mac, _ := strings.Cut(value, ".")
		if s.valid(r) && !strings.Contains(value, s.sign(strings.Trim(expiry, `"`))) {
			t.Errorf("%q is a session, signed by %q", value, mac)
		}
	})
}

func TestFailureMemoryIsBounded(t *testing.T) {
	f := newFailures()
	for i := range maxFailing + 100 {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "[2001:db8:" + hex4(i) + "::1]:1000"
		f.add(address(r))
	}
	if len(f.byAddr) > maxFailing {
		t.Errorf("%d addresses are remembered, want at most %d", len(f.byAddr), maxFailing)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "203.0.113.9:1"
	for range failureBurst {
		f.add(address(r))
	}
	if !f.blocked(address(r)) {
		t.Error("an address beyond the memory is not limited")
	}
}

func hex4(i int) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[i>>12&15], digits[i>>8&15], digits[i>>4&15], digits[i&15]})
}

func TestHeadersAreOnRefusalsToo(t *testing.T) {
	h := newGuard(t, Settings{LoopbackOnly: true, Tokens: []Token{{"operator", token}}})
	for _, host := range []string{"evil.example", "localhost"} {
		w := do(h, "GET", "/", "Host", host)
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy"} {
			if w.Header().Get(name) == "" {
				t.Errorf("Host %s: no %s", host, name)
			}
		}
	}
}

// TestActor: a request carries the name of whose token or session it has, and nobody's session outlives his token.
func TestActor(t *testing.T) {
	other := "another-" + token
	settings := Settings{Tokens: []Token{{"operator", token}, {"li.wei", other}}}
	settings.Refuse = func(w http.ResponseWriter, _ *http.Request, status int, _ Reason) { w.WriteHeader(status) }
	who := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write([]byte(Actor(r))) }) //nolint:errcheck // the test sees
	h := New(settings).Wrap(who, func(path string) bool { return path == "/open" })
	login := httptest.NewRecorder()
	if status, _ := New(settings).Login(login, httptest.NewRequest("POST", "/login", nil), other); status != 0 {
		t.Fatalf("login: %d", status)
	}
	cookie := login.Result().Cookies()[0]
	f := func(want string, header ...string) {
		t.Helper()
		if got := do(h, "GET", "/", header...); got.Body.String() != want {
			t.Errorf("%v: %d %q, want %q", header, got.Code, got.Body, want)
		}
	}
	f("operator", "Authorization", "Bearer "+token)
	f("li.wei", "Authorization", "Bearer "+other)
	f("li.wei", "Cookie", cookie.Name+"="+cookie.Value)
	f("")
	if got := do(h, "GET", "/open", "Authorization", "Bearer "+token).Body.String(); got != "" {
		t.Errorf("open path: %q", got)
	}
	settings.Tokens = settings.Tokens[:1]
	h = New(settings).Wrap(who, func(string) bool { return false })
	f("", "Cookie", cookie.Name+"="+cookie.Value)
	settings.Tokens = nil
	h = New(settings).Wrap(who, func(string) bool { return false })
	f(Local)
}
