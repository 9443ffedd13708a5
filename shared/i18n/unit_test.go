package i18n

import "testing"

func TestUnit(t *testing.T) {
	f := func(name, zh string) {
		t.Helper()
		if got := Unit(name); got.In(Chinese) != zh || got.In(English) != name {
			t.Errorf("%q is %+v, want %q", name, got, zh)
		}
	}
	f("seconds", "秒")
	f("requests/s", "个请求/秒")
	f("vouchers", "vouchers")
	f("vouchers/s", "vouchers/秒")
	f("", "")
}
