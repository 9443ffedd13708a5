package phone

import (
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

// TestFit: a variable has the longest way to say something that there is room for, and what a template of the channel says is the whole text.
func TestFit(t *testing.T) {
	text := message.Text{
		Language: i18n.Chinese, What: "【严重】表空间将耗尽：LEDGER_DATA on erp-01", WhatShort: []string{"【严重】LEDGER_DATA on erp-01", "LEDGER_DATA on erp-01"},
		When: "预计 1月30日（周五）14:00 左右达到上限（80% 可能在 1月29日 至 1月30日 之间）", WhenShort: []string{"预计 1月30日（周五）14:00 左右达到上限", "1月30日14:00左右", "1月30日"},
	}
	f := func(length int, voice bool, want map[string]string) {
		t.Helper()
		c := &Channel{s: Settings{Voice: voice, Options: Options{VariableLength: length, Variables: []string{"what", "when", "content=text", "advice"}}}}
		got := map[string]string{}
		for _, v := range c.values(&delivery.Message{Text: text, Incident: &incident.Incident{}}) {
			got[v.name] = v.text
			if n := utf8.RuneCountInString(v.text); n > length {
				t.Errorf("%s has %d characters of %d: %q", v.name, n, length, v.text)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d characters (-want +got):\n%s", length, diff)
		}
	}
	f(35, false, map[string]string{
		"what": "严重 表空间将耗尽：LEDGER_DATA on erp-01", "when": "预计 1月30日（周五）14:00 左右达到上限",
		"content": "LEDGER_DATA on erp-01，1月30日14:00左右", "advice": "无",
	})
	f(12, true, map[string]string{"what": "LEDGER DATA…", "when": "1月30日14点左右", "content": "LEDGER DATA…", "advice": "无"})
	text.Body = "own\ntext"
	f(12, false, map[string]string{"what": "LEDGER_DATA…", "when": "1月30日14:00左右", "content": "own text", "advice": "无"})
}
