package signature

import (
	"strings"

	"github.com/forewarn/forewarn/models/internal/strictyaml"
)

// ParseYAML reads a file of signatures as docs/signatures.md describes it. It is strict: an unknown key is an error. The
// error joins all there is to correct, each with line or key, value, rule and remedy. A file is at most 1 MiB long.
func ParseYAML(data []byte) (Additions, error) {
	var doc document
	form := strictyaml.Form{Name: "signatures", Manual: "docs/signatures.md", Wanted: wanted}
	if err := form.Decode(data, &doc); err != nil {
		return Additions{}, err
	}
	return doc.additions()
}

// document is the YAML file.
type document struct {
	Signatures []signatureDoc `yaml:"signatures"`
	Disable    []string       `yaml:"disable"`
	Quiet      []string       `yaml:"quiet"`
}

type signatureDoc struct {
	ID       string     `yaml:"id"`
	Kind     Kind       `yaml:"kind"`
	Severity Severity   `yaml:"severity"`
	Often    int        `yaml:"often"`
	Match    [][]string `yaml:"match"`
	Not      []string   `yaml:"not"`
	Beside   []string   `yaml:"beside"`
	General  bool       `yaml:"general"`
	Title    textDoc    `yaml:"title"`
	Advice   textDoc    `yaml:"advice"`
	Source   string     `yaml:"source"`
	Examples []string   `yaml:"examples"`
}

type textDoc struct {
	En string `yaml:"en"`
	Zh string `yaml:"zh"`
}

// wanted names what a Go type stands for in the file.
func wanted(goType string) string {
	switch {
	case goType == "[][]string":
		return "a list of lists of texts, such as [[first, both needed], [another]]"
	case goType == "bool":
		return "true or false"
	case goType == "[]string":
		return "a list of texts, such as [first, another]"
	case strings.HasPrefix(goType, "[]"):
		return "a list, each element behind a dash"
	case goType == "string", strings.HasSuffix(goType, ".Kind"), strings.HasSuffix(goType, ".Severity"):
		return "text in quotes"
	case goType == "int":
		return "a whole number"
	}
	return "keys below it, indented"
}
