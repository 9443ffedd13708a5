package yamlfile

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// even is a number that is read as Scalar reads.
type even int

func (e *even) UnmarshalYAML(n *yaml.Node) error {
	return Scalar(n, func(text string) error {
		if text != "2" {
			return errors.New("is odd: not 2")
		}
		*e = 2
		return nil
	})
}

// TestScalar: each complaint about a line of several values has a place of its own, and none hides another.
func TestScalar(t *testing.T) {
	var got []even
	err := yaml.Unmarshal([]byte("- 2\n- 3\n"), &got)
	if err == nil || !strings.Contains(err.Error(), "line 2 column 3: is odd: not 2") {
		t.Error(err)
	}
	var te *yaml.TypeError
	if err := yaml.Unmarshal([]byte("[2, 3, [4]]"), &got); !errors.As(err, &te) {
		t.Fatal(err)
	}
	want := []string{"line 1 column 5: is odd: not 2", "line 1 column 8: a single value is needed here; write it behind the key"}
	if diff := cmp.Diff(want, te.Errors); diff != "" {
		t.Error(diff)
	}
}

func TestPlace(t *testing.T) {
	f := func(complaint string, line, column int, problem string) {
		t.Helper()
		if l, c, p := Place(complaint); l != line || c != column || p != problem {
			t.Errorf("%q: %d, %d, %q", complaint, l, c, p)
		}
	}
	f("line 12 column 5: is odd: not 2", 12, 5, "is odd: not 2")
	f("line 3: field x not found in type y", 3, 0, "field x not found in type y")
	f("something else: of the decoder", 0, 0, "something else: of the decoder")
	f("", 0, 0, "")
}
