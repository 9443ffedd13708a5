package yamlfile

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Scalar gives the text of a single value to read. Its errors have the form that lets the decoder go on and collect further ones.
func Scalar(n *yaml.Node, read func(text string) error) error {
	if n.Kind != yaml.ScalarNode {
		return &yaml.TypeError{Errors: []string{Complaint(n, "a single value is needed here; write it behind the key")}}
	}
	if err := read(n.Value); err != nil {
		return &yaml.TypeError{Errors: []string{Complaint(n, err.Error())}}
	}
	return nil
}

// Complaint says what is wrong with a value, for the Errors of a [yaml.TypeError]. Unlike those of the decoder it begins with the
// column, too, since of several values in a line only that tells which one is meant: see [Place].
func Complaint(n *yaml.Node, problem string) string {
	return fmt.Sprintf("line %d column %d: %s", n.Line, n.Column, problem)
}

// Place splits one of the Errors of a [yaml.TypeError] into where and what. The column is 0 where the decoder itself said it, and the line,
// too, if there is none.
func Place(complaint string) (line, column int, problem string) {
	at, problem, found := strings.Cut(complaint, ": ")
	at, isLine := strings.CutPrefix(at, "line ")
	if !found || !isLine {
		return 0, 0, complaint
	}
	first, second, _ := strings.Cut(at, " column ")
	line, _ = strconv.Atoi(first)
	column, _ = strconv.Atoi(second)
	return line, column, problem
}
