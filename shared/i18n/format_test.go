package i18n

import (
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	f := func(d time.Duration, en, zh string) {
		t.Helper()
		if got := (Text{En: en, Zh: zh}); Span(d) != got {
			t.Errorf("Span(%v) = %+v, want %+v", d, Span(d), got)
		}
	}
	f(-time.Second, "0 s", "0 秒")
	f(40*time.Second, "40 s", "40 秒")
	f(119*time.Minute, "119 min", "119 分钟")
	f(2*time.Hour+11*time.Minute, "2 h 10 min", "2 小时 10 分钟")
	f(9*time.Hour+59*time.Minute, "10 h", "10 小时")
	f(30*time.Hour, "30 h", "30 小时")
	f(50*time.Hour, "2 days 2 h", "2 天 2 小时")
	f(9*24*time.Hour, "9 days", "9 天")
}

func TestAmount(t *testing.T) {
	f := func(v float64, unit, want string) {
		t.Helper()
		if got := Amount(v, unit); got != want {
			t.Errorf("Amount(%v, %q) = %q, want %q", v, unit, got, want)
		}
	}
	f(0, "bytes", "0 B")
	f(1023, "bytes", "1023 B")
	f(1536, "bytes", "1.5 KiB")
	f(1<<20-1, "bytes", "1.0 MiB")
	f(250<<30, "bytes", "250 GiB")
	f(1e22, "bytes", "8674 EiB")
	f(1234, "files", "1234 files")
	f(0.12345, "", "0.123")
}

func TestPercent(t *testing.T) {
	f := func(share float64, want string) {
		t.Helper()
		if got := Percent(share); got != want {
			t.Errorf("Percent(%v) = %q, want %q", share, got, want)
		}
	}
	f(0, "0 %")
	f(0.0001, "< 0.1 %")
	f(0.073, "7.3 %")
	f(0.42, "42 %")
	f(0.997, "> 99 %")
	f(1, "100 %")
	f(1.2, "120 %")
}

func TestTextIn(t *testing.T) {
	full, partial := Text{En: "a", Zh: "甲"}, Text{En: "a"}
	if full.In(Chinese) != "甲" || full.In(English) != "a" || partial.In(Chinese) != "a" || full.In("fr") != "a" {
		t.Error("the language was not chosen")
	}
	for _, l := range Languages() {
		if !l.Valid() {
			t.Errorf("%s is listed and not valid", l)
		}
	}
}
