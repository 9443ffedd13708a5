package bus

import (
	"strings"
	"testing"
)

// TestResponds: who is asked may answer, once and soon, and nobody else may publish where it was not told to.
func TestResponds(t *testing.T) {
	f := func(r Role, want bool) {
		t.Helper()
		text := r.Config("UA", 4)
		if got := strings.Contains(text, `allow_responses: { max: 1, expires: "10s" }`); got != want || r.Permissions(4).Responds != want {
			t.Errorf("%+v: responds %v, want %v:\n%s", r, got, want, text)
		}
	}
	f(Role{Name: "planner", Answers: []string{"planner"}}, true)
	f(Role{Name: "trend", Reads: []Reading{{Service: "trend", Input: Metrics}}}, true)
	f(Role{Name: "collector", Puts: []Kind{Metrics}, Asks: []string{"trend"}}, false)
}
