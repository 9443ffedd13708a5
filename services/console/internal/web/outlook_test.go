package web

import (
	"math"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/finding"
)

func TestOutlookInWords(t *testing.T) {
	en, zh := speakers()
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	with := func(s speaker, eta finding.ETA) outlook { return outlook{speaker: s, eta: eta, share: 0.5} }
	at := func(d time.Duration) *time.Time { v := now().Add(d); return &v }
	f(with(en, finding.ETA{P50: at(11 * time.Hour)}).Expected(), "Sun 22 Nov 21:00 (in 11\u00a0h)")
	f(with(en, finding.ETA{P50: at(-time.Hour)}).Expected(), "any moment")
	f(outlook{speaker: en, eta: finding.ETA{P50: at(-time.Hour)}, share: 1}.Expected(), "now")
	f(outlook{speaker: en, rising: true, share: 0.5}.Expected(), "climbing, seen too briefly for a date")
	f(outlook{speaker: en, rising: true, share: 0.5}.Risk(), "climbing, seen too briefly for a date")
	known := outlook{speaker: en, eta: finding.ETA{P10: at(time.Hour), P50: at(time.Hour), P90: at(time.Hour)}, certain: true}
	f(known.Event()+" "+known.Expected()+known.Interval(), "Expires Sun 22 Nov 11:00 (in 60\u00a0min)")
	f(with(zh, finding.ETA{}).Event(), "到达上限")
	silent := outlook{speaker: en, eta: finding.ETA{P10: at(-time.Hour), P50: at(-time.Hour)}, horizons: finding.Horizons{H4: 0.99}, share: 1, silent: now().Add(-time.Hour)}
	f(silent.Expected(), "not known: no data since Sun 22 Nov 09:00")
	f(silent.Interval(), "")
	f(silent.Odds(0.99), "")
	f(outlook{speaker: en, share: 0.01, episode: true}.Odds(1), "")
	f(outlook{speaker: en, share: 0.5, eta: finding.ETA{P50: at(time.Hour)}, horizons: finding.Horizons{H4: 0.9, H24: 0.9, D7: 0.9, D30: 0.9}}.Odds(0.4), "90\u00a0% within 4 h")
	gone := outlook{speaker: en, eta: finding.ETA{P50: at(-time.Second)}, share: 0.7, heard: now().Add(-2 * time.Minute)}
	f(gone.Expected(), "not known: no data since Sun 22 Nov 09:58")
	f(with(en, finding.ETA{P10: at(time.Hour)}).Expected(), "probably not within 180 days")
	f(with(en, finding.ETA{}).Interval(), "")
	f(with(en, finding.ETA{P10: at(-2 * time.Hour), P90: at(-time.Hour)}).Interval(), "")
	f(with(en, finding.ETA{P10: at(11 * time.Hour)}).Interval(), "80\u00a0%: from Sun 22 Nov 21:00 to later than 180 days")
	f(with(en, finding.ETA{P10: at(-time.Hour), P90: at(11 * time.Hour)}).Interval(), "80\u00a0%: Sun 22 Nov 09:00 to 21:00")
	f(with(zh, finding.ETA{P10: at(-time.Hour), P90: at(11 * time.Hour)}).Interval(), "80\u00a0% 可能：11月22日 周日 17:00 至 11月23日 周一 05:00")
	f(with(zh, finding.ETA{P10: at(11 * time.Second), P90: at(42 * time.Second)}).Interval(), "80\u00a0% 可能：11月22日 周日 18:00:11 至 18:00:42")
	f(with(zh, finding.ETA{P10: at(11 * time.Second), P90: at(11 * time.Second)}).Interval(), "80\u00a0% 可能：11月22日 周日 18:00:11")

	f(outlook{speaker: en, horizons: finding.Horizons{H24: 0.93, D7: 0.99, D30: 1}}.Risk(), "93\u00a0% within 24 h")
	f(outlook{speaker: zh, horizons: finding.Horizons{D30: 0.25}}.Risk(), "30 天内 25\u00a0%")
	f(outlook{speaker: en, horizons: finding.Horizons{H24: 0.93, D7: 0.99}}.Chance(0.42), "42\u00a0%")
}

func TestNoDateIsNoAllClear(t *testing.T) {
	en, zh := speakers()
	eta := finding.ETA{P50: new(now().Add(time.Hour))}
	for _, c := range []struct {
		name                  string
		o                     outlook
		expected, risk, badge string
		chances               int
	}{
		{"calm", outlook{speaker: en, share: 0.94}, "no sign of it", "no sign of it", "", 4},
		{"calm in Chinese", outlook{speaker: zh, share: 0.94}, "没有迹象", "没有迹象", "", 4},
		{"without a limit", outlook{speaker: en, share: math.NaN()}, "no sign of it", "no sign of it", "", 4},
		{"nearly full", outlook{speaker: en, share: 0.98}, "no date can be given", "no date can be given", "nearly full", 0},
		{"nearly full in Chinese", outlook{speaker: zh, share: 0.98, episode: true}, "暂无法给出日期", "暂无法给出日期", "即将用满", 0},
		{"open below", outlook{speaker: en, share: 0.9, episode: true}, "no date can be given", "no date can be given", "nearly full", 0},
		{"open far below", outlook{speaker: en, share: 0.4, episode: true}, "no date can be given", "no date can be given", "incident open", 0},
		{"open without a limit", outlook{speaker: en, share: math.NaN(), episode: true}, "no date can be given", "no date can be given", "incident open", 0},
		{"full", outlook{speaker: en, share: 1, episode: true}, "no date can be given", "no date can be given", "limit reached", 0},
		{
			"worth saying",
			outlook{speaker: en, share: 0.98, episode: true, horizons: finding.Horizons{H4: 0.009, D7: 0.01, D30: 0.2}},
			"no date can be given", "20\u00a0% within 30 days", "nearly full", 2,
		},
		{
			"predicted",
			outlook{speaker: en, share: 0.98, episode: true, eta: eta, horizons: finding.Horizons{H4: 0.9, H24: 1, D7: 1, D30: 1}},
			"Sun 22 Nov 11:00 (in 60\u00a0min)", "90\u00a0% within 4 h", "predicted to fail", 4,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.o.Expected(); got != c.expected {
				t.Errorf("expected %q, want %q", got, c.expected)
			}
			if got := c.o.Risk(); got != c.risk {
				t.Errorf("risk %q, want %q", got, c.risk)
			}
			if got := c.o.Badge(); got != c.badge {
				t.Errorf("badge %q, want %q", got, c.badge)
			}
			if got := c.o.Chances(); len(got) != c.chances {
				t.Errorf("%d probabilities, want %d: %v", len(got), c.chances, got)
			}
			if got := c.o.Chance(0); (got == "") != (c.chances < 4) {
				t.Errorf("chance of 0: %q", got)
			}
		})
	}
}

func TestSpareTimeInWords(t *testing.T) {
	en, zh := speakers()
	at := func(d time.Duration) *time.Time { v := now().Add(d); return &v }
	f := func(s speaker, left, fix time.Duration, want string) {
		t.Helper()
		if got := (outlook{speaker: s, eta: finding.ETA{P50: at(left)}}).spare(fix); got != want {
			t.Errorf("%v left, %v to fix: %q, want %q", left, fix, got, want)
		}
	}
	f(en, 11*time.Hour, 4*time.Hour, "7\u00a0h, as a repair takes about 4\u00a0h")
	f(zh, 11*time.Hour, 4*time.Hour, "7\u00a0小时（修复约需 4\u00a0小时）")
	f(en, 4*time.Hour, 4*time.Hour, "none: a repair takes about 4\u00a0h")
	f(en, -time.Hour, 4*time.Hour, "")
	f(en, time.Hour, 0, "")
}
