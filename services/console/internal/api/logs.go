package api

import (
	"errors"
	"net/http"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/logs"
)

// logPage is the answer of GET /api/v1/logs, in the order of the ids.
type logPage struct {
	Sources []logs.Source `json:"sources"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next"`
	// MissingPartitions did not answer in time: their logs are not in the answer.
	MissingPartitions []int `json:"missing_partitions"`
}

func (a *API) logs(r *http.Request, q query) (any, error) {
	text, err := q.text()
	if err != nil {
		return nil, err
	}
	limit, err := q.limit()
	if err != nil {
		return nil, err
	}
	f := pipeline.LogFilter{Entity: q["entity"], Text: text}
	list := a.source.Logs(r.Context())
	out := logPage{Sources: []logs.Source{}, MissingPartitions: append([]int{}, list.Missing...)}
	for i := range list.Sources {
		s := &list.Sources[i]
		if s.ID <= q["after"] || !f.Match(s) {
			continue
		}
		if len(out.Sources) == limit {
			out.Next = out.Sources[limit-1].ID
			break
		}
		out.Sources = append(out.Sources, *s)
	}
	return out, nil
}

// patternPage is the answer of GET /api/v1/logs/{source}, in the order of the patterns' ids.
type patternPage struct {
	Source   *logs.Source   `json:"source"`
	Patterns []logs.Pattern `json:"patterns"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next"`
}

func (a *API) log(r *http.Request, q query) (any, error) {
	names := logs.Names()
	level, err := q.oneOf("level", names[:]...)
	if err != nil {
		return nil, err
	}
	text, err := q.text()
	if err != nil {
		return nil, err
	}
	limit, err := q.limit()
	if err != nil {
		return nil, err
	}
	source, patterns, err := a.source.Log(r.Context(), r.PathValue("source"))
	if errors.Is(err, pipeline.ErrNoLog) {
		return nil, &failure{status: http.StatusNotFound, code: "not_found", message: "there is no log with this id; list them with GET /api/v1/logs"}
	}
	if err != nil {
		return nil, err
	}
	f := pipeline.PatternFilter{Level: level, Text: text}
	out := patternPage{Source: source, Patterns: []logs.Pattern{}}
	for i := range patterns {
		p := &patterns[i]
		if p.ID <= q["after"] || !f.Match(p) {
			continue
		}
		if len(out.Patterns) == limit {
			out.Next = out.Patterns[limit-1].ID
			break
		}
		out.Patterns = append(out.Patterns, *p)
	}
	return out, nil
}
