package web

import (
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/i18n"
)

// now is a Sunday.
func now() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

func speakers() (en, zh speaker) {
	shanghai := time.FixedZone("", 8*3600)
	return speaker{locale{Lang: i18n.English, Zone: time.UTC}, now()}, speaker{locale{Lang: i18n.Chinese, Zone: shanghai}, now()}
}

func TestTimesInWords(t *testing.T) {
	en, zh := speakers()
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	at := now().Add(11 * time.Hour)
	next := now().AddDate(0, 2, 0)
	f(en.When(at), "Sun 22 Nov 21:00")
	f(zh.When(at), "11月23日 周一 05:00")
	f(en.When(next), "Fri 22 Jan 2027 10:00")
	f(zh.When(next), "2027年1月22日 周五 18:00")
	f(en.Away(at), "in 11\u00a0h")
	f(zh.Away(now().Add(-3*time.Minute)), "3\u00a0分钟前")
	f(en.Away(now()), "now")
	f(en.Machine(at), "2026-11-22T21:00:00Z")
}

func TestShareOfOddNumbers(t *testing.T) {
	en, _ := speakers()
	for _, c := range [][2]float64{{1, 0}, {1, -1}, {math.NaN(), 1}, {math.Inf(1), 1}, {1, math.Inf(1)}} {
		if got := en.Share(c[0], c[1]); !math.IsNaN(got) {
			t.Errorf("Share(%v, %v) = %v, want NaN", c[0], c[1], got)
		}
		if b := newBar(&page{speaker: en}, c[0], c[1], ""); b.Width != "0" {
			t.Errorf("bar of %v of %v is %s wide", c[0], c[1], b.Width)
		}
	}
	if b := newBar(&page{speaker: en}, 3, 2, ""); b.Width != "100.0" || b.Level != "full" {
		t.Errorf("bar of 3 of 2: %+v", b)
	}
}

func TestPreferredLanguage(t *testing.T) {
	f := func(header string, want i18n.Language) {
		t.Helper()
		if got := preferred(header); got != want {
			t.Errorf("preferred(%q) = %s, want %s", header, got, want)
		}
	}
	f("", i18n.English)
	f("zh-CN,zh;q=0.9,en;q=0.8", i18n.Chinese)
	f("de,en;q=0.5,zh;q=0.4", i18n.English)
	f("de,en;q=0.3,zh-Hant;q=0.4", i18n.Chinese)
	f("zh;q=0", i18n.English)
	f("zh;q=x, fr", i18n.English)
}

func TestZones(t *testing.T) {
	f := func(name string, offset int, ok bool) {
		t.Helper()
		z, err := parseZone(name)
		if (err == nil) != ok {
			t.Errorf("parseZone(%q): error %v", name, err)
			return
		}
		if err != nil {
			return
		}
		if _, got := now().In(z).Zone(); got != offset {
			t.Errorf("parseZone(%q) is %d s, want %d", name, got, offset)
		}
	}
	f("Asia/Shanghai", 8*3600, true)
	f("UTC", 0, true)
	f("UTC+08:00", 8*3600, true)
	f("UTC 08:00", 8*3600, true) // what a + becomes in a query
	f("+8", 8*3600, true)
	f("-0330", -12600, true)
	f("GMT-3", -3*3600, true)
	f("+15", 0, false)
	f("+08:60", 0, false)
	f("+", 0, false)
	f("", 0, false)
	f("Local", 0, false)
	f("../../etc/passwd", 0, false)
	f("/etc/localtime", 0, false)
	f(strings.Repeat("A", 65), 0, false)
}

func FuzzLocale(f *testing.F) {
	f.Add("zh-CN,zh;q=0.9", "Asia/Shanghai", "zh-CN")
	f.Add(";;q=,", "+08:00", "")
	f.Add("*", "UTC+99", "en")
	f.Fuzz(func(t *testing.T, header, zone, lang string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", header)
		q := r.URL.Query()
		q.Set("tz", zone)
		q.Set("lang", lang)
		r.URL.RawQuery = q.Encode()
		l := chooseLocale(httptest.NewRecorder(), r, false)
		if !l.Lang.Valid() || l.Zone == nil {
			t.Errorf("locale %+v", l)
		}
	})
}

func FuzzNames(f *testing.F) {
	en, _ := speakers()
	for _, s := range []string{"/u01", "\xff\xfe", "\u202Ex", strings.Repeat("界", 500), "a\x00b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if cut := en.Cut(s); !utf8.ValidString(cut) || utf8.RuneCountInString(cut) > maxText+1 {
			t.Errorf("Cut(%q) = %q", s, cut)
		}
		if plain := en.Plain(s); strings.ContainsAny(plain, "\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\u200E\u200F\n\x00") {
			t.Errorf("Plain(%q) = %q", s, plain)
		}
	})
}

func TestLocalPath(t *testing.T) {
	f := func(next, want string) {
		t.Helper()
		if got := localPath(next); got != want {
			t.Errorf("localPath(%q) = %q, want %q", next, got, want)
		}
	}
	f("/", "/")
	f("/incidents/1?lang=en#x", "/incidents/1?lang=en#x")
	f("//evil.example", "/")
	f(`/\evil.example`, "/")
	f("/\t/evil.example", "/")
	f("https://evil.example", "/")
	f("", "/")
}
