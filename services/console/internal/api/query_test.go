package api

import (
	"strings"
	"testing"
)

func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"", "q=a&limit=5", "q=%ff", "a=1;b=2", "limit=&limit=", "q=" + strings.Repeat("x", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := parseQuery(raw, []string{"q", "limit"})
		if err != nil {
			return
		}
		for name := range q {
			if name != "q" && name != "limit" {
				t.Errorf("%q is let in", name)
			}
		}
		if n, err := q.limit(); err == nil && (n < 1 || n > maxLimit) {
			t.Errorf("limit %d", n)
		}
	})
}
