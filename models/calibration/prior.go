package calibration

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
)

//go:embed prior.json
var shipped []byte

// Prior is a table that an evaluation has measured, and where it comes from. It holds until an install has outcomes of
// its own, and is what those are shrunk towards.
type Prior struct {
	// Made is the date of the evaluation, Revision the version of the models that it measured (git describe).
	Made     string `json:"made"`
	Revision string `json:"revision"`
	// Fitted and Checked are the seeds of the scenarios that the table was fitted on, and of those that decided which
	// of its maps are better than none. Series is how many series each of the seeds gave, Outcomes how many forecasts
	// were resolved on both.
	Fitted   uint64 `json:"fitted"`
	Checked  uint64 `json:"checked"`
	Series   int    `json:"series"`
	Outcomes uint64 `json:"outcomes"`
	Table    *Table `json:"table"`

	// Basis identifies the prior, and with it the models: what was learned on another basis does not hold.
	Basis string `json:"-"`
}

// Shipped returns the prior of this release. It panics if the program was built with a file that cannot be read, which
// a test rules out.
func Shipped() *Prior {
	p := &Prior{Table: new(Table)}
	if err := json.Unmarshal(shipped, p); err != nil {
		panic(fmt.Errorf("prior.json: %w; make it anew with eval --priors", err))
	}
	h := fnv.New64a()
	_, _ = h.Write(shipped) // never fails
	p.Basis = fmt.Sprintf("%016x", h.Sum64())
	return p
}
