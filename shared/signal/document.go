package signal

import (
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/yamlfile"
)

// form is what a catalogue is as a file.
func form() yamlfile.Form {
	return yamlfile.Form{Key: "catalogue.files", Noun: "a catalogue", Manual: "docs/catalogue.md"}
}

// document is a catalogue as it is written.
type document struct {
	Aliases  map[string]string `yaml:"aliases"`
	Rules    []draft           `yaml:"rules"`
	Releases []draftRelease    `yaml:"releases"`
	// Relations tell which series say what rests on what, Topology says it of what no series tells.
	Relations []draftRelation `yaml:"relations"`
	Topology  []draftTopology `yaml:"topology"`
}

// draft is a rule as it is written.
type draft struct {
	ID        string        `yaml:"id"`
	Disabled  bool          `yaml:"disabled"`
	Kind      Kind          `yaml:"kind"`
	Title     i18n.Text     `yaml:"title"`
	Measure   i18n.Text     `yaml:"measure"`
	Advice    i18n.Text     `yaml:"advice"`
	Runbook   oneOrEach     `yaml:"runbook"`
	Match     []string      `yaml:"match"`
	Inputs    []draftInput  `yaml:"inputs"`
	Use       string        `yaml:"use"`
	Limit     string        `yaml:"limit"`
	Skip      string        `yaml:"skip"`
	Entity    draftEntity   `yaml:"entity"`
	Join      []string      `yaml:"join"`
	Unit      string        `yaml:"unit"`
	Direction Direction     `yaml:"direction"`
	Near      bool          `yaml:"near"`
	Impact    int           `yaml:"impact"`
	TimeToFix time.Duration `yaml:"time_to_fix"`

	Accumulates bool     `yaml:"accumulates"`
	Least       *float64 `yaml:"least"`
	Aspect      string   `yaml:"aspect"`
}

type draftInput struct {
	Name     string   `yaml:"name"`
	Metric   oneOrAll `yaml:"metric"`
	Match    []string `yaml:"match"`
	Limit    bool     `yaml:"limit"`
	Optional bool     `yaml:"optional"`

	Rate time.Duration `yaml:"rate"`
	Sum  bool          `yaml:"sum"`
}

type draftEntity struct {
	Type   entity.Type `yaml:"type"`
	Root   Root        `yaml:"root"`
	Labels []string    `yaml:"labels"`
}

// draftRelease is a [releaseRule] as it is written.
type draftRelease struct {
	ID        string   `yaml:"id"`
	Disabled  bool     `yaml:"disabled"`
	Metric    oneOrAll `yaml:"metric"`
	Match     []string `yaml:"match"`
	On        []string `yaml:"on"`
	Component string   `yaml:"component"`
	Version   string   `yaml:"version"`
	Image     string   `yaml:"image"`
}

// oneOrAll is a list that may be written as its only element.
type oneOrAll []string

// UnmarshalYAML reads a scalar or a list of them.
func (o *oneOrAll) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode {
		return n.Decode((*[]string)(o))
	}
	*o = oneOrAll{n.Value}
	return nil
}

// oneOrEach is a text that may be written once for all languages.
type oneOrEach i18n.Text

// UnmarshalYAML reads a scalar, or a mapping with en and zh.
func (o *oneOrEach) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*o = oneOrEach{En: n.Value, Zh: n.Value}
		return nil
	}
	var t struct {
		i18n.Text `yaml:",inline"`
		Others    map[string]yaml.Node `yaml:",inline"`
	}
	if err := n.Decode(&t); err != nil {
		return err
	}
	for key := range t.Others {
		return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: field %s not found in type runbook", n.Line, key)}}
	}
	*o = oneOrEach(t.Text)
	return nil
}

// parsed is a file that was read: what it says, and where.
type parsed struct {
	name     string
	doc      document
	rules    []*yaml.Node // as long as doc.Rules
	releases []*yaml.Node // as long as doc.Releases

	relations, topology []*yaml.Node // as long as those of doc
}

// parse reads a catalogue strictly. All errors are returned, each with file and line.
func parse(f File) (*parsed, error) {
	p := &parsed{name: f.Name}
	if err := form().Decode(f.Name, f.Data, &p.doc); err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(f.Data, &root); err != nil {
		return nil, form().Explain(f.Name, err)
	}
	p.rules, p.releases = listed(&root, "rules"), listed(&root, "releases")
	p.relations, p.topology = listed(&root, "relations"), listed(&root, "topology")
	if len(p.rules) != len(p.doc.Rules) || len(p.releases) != len(p.doc.Releases) ||
		len(p.relations) != len(p.doc.Relations) || len(p.topology) != len(p.doc.Topology) {
		return nil, fmt.Errorf("%s: rules, releases, relations and topology must each be written as one plain list under its key", f.Name)
	}
	return p, nil
}

// listed returns the elements of the list under a key of a document.
func listed(root *yaml.Node, key string) []*yaml.Node {
	if len(root.Content) > 0 {
		if list := follower(root.Content[0], key); list != nil {
			return list.Content
		}
	}
	return nil
}

// follower returns the value of a key in a mapping, nil if n has none.
func follower(n *yaml.Node, key string) *yaml.Node {
	n = target(n)
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return target(n.Content[i+1])
		}
	}
	return nil
}

func target(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// place is where a rule, or what a later file changes of it, is written.
type place struct {
	file string
	node *yaml.Node
}

// line returns "<file>:<line>" of the value at the path of keys (strings) and indices (ints), or of as much
// of the path as is there; depth tells how much that was.
func (p place) line(path ...any) (where string, depth int) {
	n := target(p.node)
	at := n.Line
	for _, step := range path {
		var next *yaml.Node
		switch s := step.(type) {
		case string:
			next = follower(n, s)
		case int:
			if n.Kind == yaml.SequenceNode && s < len(n.Content) {
				next = target(n.Content[s])
			}
		}
		if next == nil {
			break
		}
		n, at = next, next.Line
		depth++
	}
	return fmt.Sprintf("%s:%d", p.file, at), depth
}
