package message

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestShort: what and when can be said in a dozen characters, each way no longer than the one before.
func TestShort(t *testing.T) {
	f := func(lang i18n.Language, why incident.Reason, what, when string) {
		t.Helper()
		i := ledger()
		if why == incident.ReasonResolved {
			i.State, i.ResolvedAt, i.UpdatedAt = incident.Resolved, at(28, 3, 30), *at(28, 3, 30)
		}
		text := Reader{Language: lang, Zone: time.UTC}.Render(i, why)
		for _, ways := range [][]string{append([]string{text.What}, text.WhatShort...), append([]string{text.When}, text.WhenShort...)} {
			for k := 1; k < len(ways); k++ {
				if utf8.RuneCountInString(ways[k]) > utf8.RuneCountInString(ways[k-1]) {
					t.Errorf("%q is no shorter than %q", ways[k], ways[k-1])
				}
			}
		}
		if diff := cmp.Diff([]string{what, when}, []string{text.WhatShort[len(text.WhatShort)-1], fitting(text.WhenShort, 12)}); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", lang, why, diff)
		}
	}
	f(i18n.English, incident.ReasonOpened, "LEDGER_DATA on erp-01", "30 Jan 06:00")
	f(i18n.Chinese, incident.ReasonOpened, "LEDGER_DATA on erp-01", "1月30日06:00左右")
	f(i18n.English, incident.ReasonUnacknowledged, "LEDGER_DATA on erp-01", "30 Jan 06:00")
	f(i18n.English, incident.ReasonResolved, "[Resolved] LEDGER_DATA on erp-01", "28 Jan 03:30")
	f(i18n.Chinese, incident.ReasonResolved, "【已恢复】LEDGER_DATA on erp-01", "1月28日03:30恢复")
}

// fitting returns the first of some texts that has at most so many characters, "" if there is none.
func fitting(ways []string, most int) string {
	for _, w := range ways {
		if utf8.RuneCountInString(w) <= most {
			return w
		}
	}
	return ""
}

// TestMoved says by how much a forecast moved, if it is known what people had been told.
func TestMoved(t *testing.T) {
	f := func(was *time.Time, en, zh string) {
		t.Helper()
		i := ledger()
		i.Notified = &incident.Notice{Was: was}
		for lang, want := range map[i18n.Language]string{i18n.English: "[Critical, " + en + "] ", i18n.Chinese: "【严重·" + zh + "】"} {
			if got := (Reader{Language: lang}).Render(i, incident.ReasonMoved).What; !strings.HasPrefix(got, want) {
				t.Errorf("%s: %q does not begin with %q", lang, got, want)
			}
		}
	}
	f(at(30, 23, 0), "17 h earlier", "提前 17 小时")
	f(at(28, 6, 0), "2 days later", "推迟 2 天")
	f(nil, "forecast moved", "预测变化")
}

// TestPlainWithin: what is left of a text that is too long are whole lines, and a link only if it can be followed.
func TestPlainWithin(t *testing.T) {
	text := Reader{Language: i18n.Chinese, ConsoleURL: "https://ops.example", Zone: time.UTC}.Render(ledger(), incident.ReasonOpened)
	whole := text.Plain()
	for most := utf8.RuneCountInString(whole); most > 10; most-- {
		got := text.PlainWithin(most)
		if n := utf8.RuneCountInString(got); n > most {
			t.Fatalf("%d characters where %d are the most: %q", n, most, got)
		}
		lines := strings.Split(got, "\n")
		if last := lines[len(lines)-1]; strings.Contains(got, "https:") && !strings.HasSuffix(last, text.URL) {
			t.Errorf("the link is cut: %q", last)
		}
		if most > 120 && (lines[0] != text.What || lines[1] != text.When) || most > 36 && strings.Contains(got, "…") {
			t.Errorf("%d characters leave no room for what and when: %q", most, got)
		}
	}
}
