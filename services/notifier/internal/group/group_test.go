package group

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/incident"
)

func TestCalls(t *testing.T) {
	o := Options{AtMobiles: []string{"13900000000"}, AtUserIDs: []string{"duty"}}
	m := delivery.Message{Reason: incident.ReasonOpened, To: []person.Person{
		{Name: "li.wei", Phone: "+8613800000000"},
		{Name: "wang", Phone: "+8613700000000", WeComUserID: "wang"},
		{Name: "duty", WeComUserID: "duty"},
		{Name: "john", Phone: "+15550100000"},
		{Name: "zhao"},
	}}
	id := func(p *person.Person) string { return p.WeComUserID }
	want := Calls{UserIDs: []string{"duty", "wang"}, Mobiles: []string{"13900000000", "13800000000"}}
	if diff := cmp.Diff(want, o.Calls(&m, id)); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	for _, quiet := range []incident.Reason{incident.ReasonMoved, incident.ReasonCause, incident.ReasonExamined, incident.ReasonResolved, incident.ReasonUnheard} {
		m.Reason = quiet
		if diff := cmp.Diff(Calls{}, o.Calls(&m, id)); diff != "" {
			t.Errorf("%s calls people:\n%s", quiet, diff)
		}
	}
}

func TestProblems(t *testing.T) {
	var keys []string
	o := Options{Keyword: "a\nb", AtMobiles: append(make([]string, 0, 60), "@all"), AtUserIDs: []string{"<@x>"}}
	for range 50 {
		o.AtMobiles = append(o.AtMobiles, "13800000000")
	}
	o.Problems(func(key, _ string) { keys = append(keys, key) })
	if want := []string{"keyword", "at_mobiles", "at_mobiles", "at_user_ids"}; !slices.Equal(keys, want) {
		t.Errorf("problems of %v, want %v", keys, want)
	}
}
