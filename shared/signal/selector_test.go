package signal

import "testing"

func TestSelector(t *testing.T) {
	erp := map[string]string{"host": "erp-01", "mountpoint": "/u01"}
	for _, c := range []struct {
		texts []string
		want  bool
	}{
		{nil, true},
		{[]string{`host=~"erp-.*"`}, true},
		{[]string{`host=~"erp-.*"`, `mountpoint!="/u01"`}, false},
		{[]string{`namespace=""`}, true},
		{[]string{`namespace="finance"`}, false},
	} {
		s, err := ParseSelector(c.texts...)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Selects(erp); got != c.want {
			t.Errorf("%q: %v", c.texts, got)
		}
	}
	if _, err := ParseSelector(`host`, `host=~"("`); err == nil {
		t.Error("nonsense is read")
	}
}
