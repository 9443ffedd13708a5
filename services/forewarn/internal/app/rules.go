package app

import (
	"fmt"
	"io"

	"github.com/forewarn/forewarn/services/anomaly"
)

// tellRules says of each rule where it is evaluated, and why not from the stream.
func tellRules(out io.Writer, rules *anomaly.Rules) error {
	for _, r := range rules.List() {
		where := "from the stream"
		if !r.Streamed {
			where = "by queries of the history: " + r.Why
		}
		if _, err := fmt.Fprintf(out, "rule %s (%s) is evaluated %s\n", r.Name, r.Origin, where); err != nil {
			return err
		}
	}
	return nil
}
