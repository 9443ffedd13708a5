package web

import (
	"math"
	"testing"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/signal"
)

func TestAmountsStayWhole(t *testing.T) {
	en, zh := speakers()
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(en.Of(1<<30, 4<<30, "bytes"), "1.0\u00a0GiB of 4.0\u00a0GiB (25\u00a0%)")
	f(zh.Of(3, 1e5, "inodes"), "3 / 100,000\u00a0个\u00a0inode（<\u00a00.1\u00a0%）")
	f(en.Of(12, 0, "files"), "12\u00a0files")
	f(zh.Amount(2466193, "files"), "2,466,193\u00a0个文件")
	f(zh.Amount(12, "widgets"), "12\u00a0widgets")
	f(en.Amount(1234567.8, "files"), "1,234,568\u00a0files")
	f(en.Amount(-1000, ""), "-1,000")
	f(en.Amount(999.25, ""), "999")
	f(en.Amount(0.5, ""), "0.5")
	f(en.Amount(math.NaN(), ""), "NaN")
	f(en.Amount(math.Inf(-1), ""), "-Inf")
}

// TestBuiltinRulesHaveNames: the catalogue may grow; its new rules and units need words here.
func TestBuiltinRulesHaveNames(t *testing.T) {
	c, err := signal.Load()
	if err != nil {
		t.Fatal(err)
	}
	_, zh := speakers()
	for _, r := range c.Rules() {
		if n := ruleName(r.ID); n.En == "" || n.Zh == "" {
			t.Errorf("the rule %s has no short name", r.ID)
		}
		if r.Unit != "bytes" && r.Unit != "ratio" && zh.Pick(i18n.Unit(r.Unit)) == r.Unit {
			t.Errorf("the unit %q of %s has no Chinese name", r.Unit, r.ID)
		}
	}
	if got := zh.RuleName("ledger-lag"); got != "ledger-lag" {
		t.Errorf("a user's rule goes by %q", got)
	}
}
