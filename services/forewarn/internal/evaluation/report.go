package evaluation

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/forewarn/forewarn/services/forewarn/internal/scenario"
	"github.com/forewarn/forewarn/services/forewarn/internal/score"
)

// outcome is the JSON object that ends the output.
type outcome struct {
	Seed            uint64                               `json:"seed"`
	HeldOut         bool                                 `json:"held_out"`
	SeriesPerFamily int                                  `json:"series_per_family,omitempty"`
	Data            string                               `json:"data,omitempty"`
	Methods         map[string]map[string]*score.Summary `json:"methods"`
}

// scope is a part of the series that is told about by itself.
type scope struct {
	name, title string
	of          func([]score.Result) []score.Result
}

func scopes() []scope {
	only := func(k scenario.Kind) func([]score.Result) []score.Result {
		return func(r []score.Result) []score.Result { return score.Of(k, r) }
	}
	return []scope{
		{"exhaustion", "Disks, inodes, connections", only(scenario.Exhaustion)},
		{"leak", "Memory", only(scenario.Leak)},
		{"all", "All", func(r []score.Result) []score.Result { return r }},
	}
}

func report(o *Options, methods []entry, results [][]score.Result, w io.Writer) error {
	out := outcome{Seed: o.seed(), HeldOut: o.HeldOut, Data: o.Data, Methods: map[string]map[string]*score.Summary{}}
	if o.Data == "" {
		out.SeriesPerFamily = o.Series
	}
	for _, sc := range scopes() {
		rows := make([]score.Row, 0, len(methods))
		for m := range methods {
			s := score.Summarize(sc.of(results[m]), o.seed())
			rows = append(rows, score.Row{Method: methods[m].name, Summary: &s})
			if out.Methods[methods[m].name] == nil {
				out.Methods[methods[m].name] = map[string]*score.Summary{}
			}
			out.Methods[methods[m].name][sc.name] = &s
		}
		if _, err := fmt.Fprintf(w, "## %s: %d series, %d failures\n\n", sc.title, rows[0].Series, rows[0].Failures); err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		if err := score.WriteTables(w, rows); err != nil {
			return err
		}
	}
	if err := score.WriteFamilies(w, methods[0].name, out.Methods[methods[0].name]["all"]); err != nil {
		return err
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}
