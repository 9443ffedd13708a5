package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestBodiesAreReadStrictly: every address that takes a body refuses what is no JSON, too long, misspelt or more than one object, with one
// status and code each, in the form of all errors.
func TestBodiesAreReadStrictly(t *testing.T) {
	f := start(t, nil, nil)
	const js = "application/json"
	for _, path := range []string{"/api/v1/silences", "/api/v1/incidents/01KFYV8M40G2Y7Q3N5J1T8R6XE/commands"} {
		refused := func(mediaType, body string, status int, code, says string) {
			t.Helper()
			resp, answer := f.do(http.MethodPost, path, strings.NewReader(body), "Content-Type", mediaType)
			var e struct {
				Error struct{ Code, Message string }
			}
			if err := json.Unmarshal([]byte(answer), &e); err != nil || resp.StatusCode != status || e.Error.Code != code || !strings.Contains(e.Error.Message, says) {
				t.Errorf("%s: %.40s: %d %s, want %d %s with %q", path, body, resp.StatusCode, answer, status, code, says)
			}
		}
		refused("text/plain", `{}`, http.StatusUnsupportedMediaType, "not_json", js)
		refused("", `{}`, http.StatusUnsupportedMediaType, "not_json", js)
		refused(js, `{"comment":"`+strings.Repeat("x", 64<<10)+`"}`, http.StatusRequestEntityTooLarge, "too_large", "65536 bytes")
		refused(js, ``, http.StatusBadRequest, "bad_body", "no JSON object")
		refused(js, `null`, http.StatusBadRequest, "bad_body", "no JSON object")
		refused(js, `[{}]`, http.StatusBadRequest, "bad_body", "no JSON object")
		refused(js, `{"x`, http.StatusBadRequest, "bad_body", "cannot be read")
		refused(js, `{"coment":"x"}`, http.StatusBadRequest, "bad_body", `unknown field "coment"`)
		refused(js, `{} {}`, http.StatusBadRequest, "bad_body", "one at a time")
		refused(js+"; charset=utf-8", `{}`, http.StatusBadRequest, "bad_body", "") // read, and then lacks what it must have
	}
}
