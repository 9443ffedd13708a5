package landscape

import (
	_ "embed"
	"slices"
)

//go:embed catalogue.yaml
var catalogue []byte

// Catalogue returns the rules that a user of such a landscape would add to the built-in ones, as a file of the catalogue.
func Catalogue() []byte { return slices.Clone(catalogue) }
