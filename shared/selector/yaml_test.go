package selector_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/selector"
)

func TestYAML(t *testing.T) {
	var doc struct {
		A, B selector.Selector
	}
	if err := yaml.Unmarshal([]byte("a: 'severity=\"critical\"'\nb: ['type=host', 'env=\"prod\", name=\"erp-*\"']\n"), &doc); err != nil {
		t.Fatal(err)
	}
	if got := doc.A.String() + " and " + doc.B.String(); got != `severity="critical" and type="host", env="prod", name="erp-*"` {
		t.Error(got)
	}
	err := yaml.Unmarshal([]byte("a: 'severity'\nb: ['type=host', 'x', {y: 1}]\n"), &doc)
	for _, want := range []string{"line 1 column 4: ", "line 2 column 18: selector \"x\"", "text in quotes"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
