package api

import (
	"encoding/json"
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

// FuzzDecodeBody: whatever is accepted can be written again and is then the same.
func FuzzDecodeBody(f *testing.F) {
	f.Add([]byte(`{"id":"a","action":"acknowledge","version":2,"text":"seen"}`))
	f.Add([]byte(`{"action":"link","url":"https://a.example","title":"4711"} `))
	f.Add([]byte(`{} {}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var body commandBody
		err := decodeBody(data, &body)
		if err != nil {
			return
		}
		again, err := json.Marshal(&body)
		if err != nil {
			t.Fatal(err)
		}
		var back commandBody
		if err := decodeBody(again, &back); err != nil || back != body {
			t.Errorf("%+v became %+v, %v", body, back, err)
		}
	})
}
