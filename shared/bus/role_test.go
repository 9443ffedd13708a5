package bus

import (
	"slices"
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
	f(Role{Name: "notifier", Obeys: []string{"notifier"}}, true)
	f(Role{Name: "console", Commands: []string{"notifier"}}, false)
	f(Role{Name: "collector", Puts: []Kind{Metrics}, Asks: []string{"trend"}}, false)
}

// TestCommands: who may ask a service may not command it, and who may command it may do no more than that.
func TestCommands(t *testing.T) {
	f := func(r Role, publish, subscribe bool) {
		t.Helper()
		p := r.Permissions(4)
		if got := slices.Contains(p.Publish, "cmd.notifier"); got != publish {
			t.Errorf("%+v: may command %v, want %v", r, got, publish)
		}
		if got := slices.Contains(p.Subscribe, "cmd.notifier"); got != subscribe {
			t.Errorf("%+v: may obey %v, want %v", r, got, subscribe)
		}
	}
	f(Role{Name: "console", Commands: []string{"notifier"}}, true, false)
	f(Role{Name: "notifier", Obeys: []string{"notifier"}}, false, true)
	f(Role{Name: "planner", Asks: []string{"notifier"}}, false, false)
}
