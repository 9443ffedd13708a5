package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

const (
	langCookie = "forewarn_lang"
	zoneCookie = "forewarn_tz"
	// prefLife is how long a choice of language or time zone lasts, in seconds.
	prefLife = 365 * 24 * 60 * 60
	// maxZoneName bounds what is looked up in the time zone database.
	maxZoneName = 64
)

// locale is how one reader wants to read.
type locale struct {
	Lang i18n.Language
	Zone *time.Location
	// ZoneName is what the reader asked for, empty for the server's zone.
	ZoneName string
	// ZoneError says that the zone that was asked for is not known.
	ZoneError bool
}

// chooseLocale reads ?lang= and ?tz=, which are then remembered in cookies, else those cookies, else
// Accept-Language and the server's zone.
func chooseLocale(w http.ResponseWriter, r *http.Request, secure bool) locale {
	l := locale{Lang: preferred(r.Header.Get("Accept-Language")), Zone: time.Local}
	if v := asked(w, r, "lang", langCookie, secure, func(v string) bool { return i18n.Language(v).Valid() }); v != "" {
		l.Lang = i18n.Language(v)
	}
	query := r.URL.Query()
	if _, err := parseZone(query.Get("tz")); query.Get("tz") != "" && err != nil {
		l.ZoneError = true
	}
	if v := asked(w, r, "tz", zoneCookie, secure, func(v string) bool { _, err := parseZone(v); return err == nil }); v != "" {
		l.Zone, _ = parseZone(v) // checked just now
		l.ZoneName = v
	}
	return l
}

// asked returns the valid value of a parameter, which it remembers, or else of its cookie.
func asked(w http.ResponseWriter, r *http.Request, param, cookie string, secure bool, valid func(string) bool) string {
	if v := r.URL.Query().Get(param); v != "" && valid(v) {
		http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure wherever the console speaks TLS
			Name: cookie, Value: v, Path: "/", MaxAge: prefLife,
			HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
		})
		return v
	}
	if c, err := r.Cookie(cookie); err == nil && valid(c.Value) {
		return c.Value
	}
	return ""
}

// preferred returns the language that an Accept-Language header wants most, English if it wants none of ours.
func preferred(header string) i18n.Language {
	best, quality := i18n.English, 0.0
	for i, part := range strings.Split(header, ",") {
		if i == 20 { // no browser sends more; the header is a stranger's
			break
		}
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		q := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			parsed, err := strconv.ParseFloat(v, 64)
			if err != nil {
				continue
			}
			q = parsed
		}
		lang, ok := map[string]i18n.Language{"zh": i18n.Chinese, "en": i18n.English}[strings.ToLower(strings.SplitN(tag, "-", 2)[0])]
		if ok && q > quality {
			best, quality = lang, q
		}
	}
	return best
}

// parseZone reads an IANA name such as Asia/Shanghai or an offset such as UTC+08:00, +8 or -03:30.
func parseZone(s string) (*time.Location, error) {
	if len(s) > maxZoneName || s == "" || s == "Local" {
		return nil, fmt.Errorf("no time zone: %.80q", s)
	}
	offset := strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(s, " ", "+"), "UTC"), "GMT")
	if offset != "" && (offset[0] == '+' || offset[0] == '-') {
		return parseOffset(offset)
	}
	return time.LoadLocation(s)
}

// parseOffset reads +8, +08, +0800 or +08:00.
func parseOffset(s string) (*time.Location, error) {
	hours, minutes, colon := strings.Cut(s[1:], ":")
	if !colon && len(hours) == 4 {
		hours, minutes = hours[:2], hours[2:]
	}
	h, err := strconv.ParseUint(hours, 10, 8)
	if err != nil || h > 14 {
		return nil, fmt.Errorf("no offset: %q", s)
	}
	m := uint64(0)
	if minutes != "" {
		if m, err = strconv.ParseUint(minutes, 10, 8); err != nil || m > 59 {
			return nil, fmt.Errorf("no offset: %q", s)
		}
	}
	seconds := int(h*60+m) * 60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("", seconds), nil
}

// zoneLabel names the zone at time t for people, such as "UTC+08:00".
func zoneLabel(t time.Time) string {
	return "UTC" + t.Format("-07:00")
}
