package selector

import (
	"fmt"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/yamlfile"
)

// UnmarshalYAML reads a selector written as one text, or as a list of texts which must all match. Its errors have the form that
// lets the decoder go on and collect further ones.
func (sel *Selector) UnmarshalYAML(n *yaml.Node) error {
	*sel = nil
	texts := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		texts = n.Content
	}
	var problems []string
	for _, text := range texts {
		if text.Kind != yaml.ScalarNode {
			problems = append(problems, yamlfile.Complaint(text, `a selector is text in quotes, or a list of such; write it as 'severity="critical"'`))
			continue
		}
		part, err := Parse(text.Value)
		if err != nil {
			problems = append(problems, yamlfile.Complaint(text, err.Error()))
		}
		*sel = append(*sel, part...)
	}
	if len(*sel) > maxMatchers {
		problems = append(problems, yamlfile.Complaint(n, fmt.Sprintf("a selector has more than %d matchers; join some by =~\"a|b\"", maxMatchers)))
	}
	if problems != nil {
		return &yaml.TypeError{Errors: problems}
	}
	return nil
}
