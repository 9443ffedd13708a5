package backtest

import (
	"fmt"
	"io"
	"slices"

	"github.com/forewarn/forewarn/shared/i18n"
)

// complaints counts what could not be read and keeps the first few.
type complaints struct {
	count int
	first []string
	// ahead counts the rows that were refused since their clock was ahead; firstAhead is the first of them.
	ahead      int
	firstAhead string
	warnings   []string
}

// mostComplaints is how many are told; the rest is a number.
const mostComplaints = 5

func (c *complaints) add(text string) {
	if c.count++; len(c.first) < mostComplaints {
		c.first = append(c.first, text)
	}
}

// warn keeps a warning, once.
func (c *complaints) warn(text string) {
	if len(c.warnings) < mostComplaints && !slices.Contains(c.warnings, text) {
		c.warnings = append(c.warnings, text)
	}
}

// refuse counts rows whose clock was ahead.
func (c *complaints) refuse(first string, rows int) {
	if c.ahead == 0 {
		c.firstAhead = first
	}
	c.ahead += rows
}

// tell says what could not be read.
func (c *complaints) tell(w io.Writer) {
	for _, line := range c.first {
		fmt.Fprintf(w, "skipped: %s\n", line) //nolint:errcheck // nobody looks
	}
	if more := c.count - len(c.first); more > 0 {
		fmt.Fprintf(w, "skipped: %d further lines\n", more) //nolint:errcheck // nobody looks
	}
	if c.ahead > 0 {
		fmt.Fprintf(w, "refused: %d samples more than 10 min ahead of those around them, such as %s\n", c.ahead, c.firstAhead) //nolint:errcheck // nobody looks
	}
	for _, text := range c.warnings {
		fmt.Fprintln(w, i18n.Line(text)) //nolint:errcheck // nobody looks
	}
}
