package pipeline

import "testing"

// TestRecentListsEndWithAChange: what was read before a change is not shown after it, even if it is put afterwards, and
// nothing is kept while changes are not seen.
func TestRecentListsEndWithAChange(t *testing.T) {
	var r recent
	k := recentKey{limit: 5}
	kept := func(want bool) {
		t.Helper()
		if _, _, ok := r.get(k); ok != want {
			t.Errorf("kept: %v, want %v", ok, want)
		}
	}
	_, before, _ := r.get(k)
	r.put(k, IncidentPage{}, before)
	kept(false) // nobody watches yet
	r.forget(true)
	r.put(k, IncidentPage{}, before)
	kept(false) // it was read before the change
	_, now, _ := r.get(k)
	r.put(k, IncidentPage{Next: "x"}, now)
	kept(true)
	r.forget(true)
	kept(false)
	r.forget(false)
	_, now, _ = r.get(k)
	r.put(k, IncidentPage{}, now)
	kept(false)
	r.forget(true)
	for i := range 3 * maxRecent {
		_, now, _ = r.get(k)
		r.put(recentKey{limit: i}, IncidentPage{}, now)
	}
	if len(r.kept) > maxRecent {
		t.Errorf("%d lists are kept", len(r.kept))
	}
}
