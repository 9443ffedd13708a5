package queryapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// maxFound bounds what a search lists, about 30 MB of series; a client may ask for less.
const maxFound = 100_000

// search is a request for series, label names or label values.
type search struct {
	storage.Querier
	sets       [][]*labels.Matcher
	start, end int64
	limit      int // at least 1
}

// search reads the parameters that these requests share and opens a querier, which the caller closes.
func (a *api) search(r *http.Request) (search, *failure) {
	p := params{Values: r.Form}
	start, end := p.within()
	s := search{sets: p.selectors(a.parser), start: start.UnixMilli(), end: end.UnixMilli(), limit: p.limit()}
	if p.fail != nil {
		return s, p.fail
	}
	if s.limit == 0 || s.limit > maxFound {
		s.limit = maxFound
	}
	var err error
	if s.Querier, err = a.Store.Querier(s.start, s.end); err != nil {
		return s, explain(err)
	}
	return s, nil
}

// hintLimit asks the store for one more than is shown, so that it is seen when there are more.
func (s search) hintLimit() int { return s.limit + 1 }

// series lists the series that any of the selectors selects.
func (a *api) series(r *http.Request) (answer, *failure) {
	if len(r.Form["match[]"]) == 0 {
		return answer{}, &failure{badData, "no match[] parameter provided"}
	}
	s, fail := a.search(r)
	if fail != nil {
		return answer{}, fail
	}
	defer s.Close()
	hints := &storage.SelectHints{Start: s.start, End: s.end, Func: "series", Limit: s.hintLimit()}
	sets := make([]storage.SeriesSet, len(s.sets))
	for i, matchers := range s.sets {
		sets[i] = s.Select(r.Context(), true, hints, matchers...)
	}
	set := storage.NewMergeSeriesSet(sets, 0, storage.ChainedSeriesMerge)
	found := []labels.Labels{}
	for len(found) <= s.limit && r.Context().Err() == nil && set.Next() {
		found = append(found, set.At().Labels())
	}
	if err := cmp.Or(set.Err(), r.Context().Err()); err != nil {
		return answer{}, explain(err)
	}
	said := set.Warnings()
	data := []byte{'['}
	for i, ls := range cut(found, s.limit, &said) {
		if i > 0 {
			data = append(data, ',')
		}
		data = appendLabels(data, ls)
	}
	return answer{data: append(data, ']'), annotations: said}, nil
}

// labelNames lists the names of labels.
func (a *api) labelNames(r *http.Request) (answer, *failure) {
	return a.strings(r, func(ctx context.Context, s search, m []*labels.Matcher) ([]string, annotations.Annotations, error) {
		return s.LabelNames(ctx, &storage.LabelHints{Limit: s.hintLimit()}, m...)
	})
}

// labelValues lists the values of the label that the path names. Names that are no identifiers come escaped as
// U__, as Grafana sends them.
func (a *api) labelValues(r *http.Request) (answer, *failure) {
	name := r.PathValue("name")
	if strings.HasPrefix(name, "U__") {
		name = model.UnescapeName(name, model.ValueEncodingEscaping)
	}
	if !model.UTF8Validation.IsValidLabelName(name) {
		return answer{}, &failure{badData, fmt.Sprintf("invalid label name: %q", name)}
	}
	return a.strings(r, func(ctx context.Context, s search, m []*labels.Matcher) ([]string, annotations.Annotations, error) {
		return s.LabelValues(ctx, name, &storage.LabelHints{Limit: s.hintLimit()}, m...)
	})
}

// strings lists, sorted and once each, what list finds for any of the selectors, or at all where there is none.
func (a *api) strings(r *http.Request, list func(context.Context, search, []*labels.Matcher) ([]string, annotations.Annotations, error)) (answer, *failure) {
	s, fail := a.search(r)
	if fail != nil {
		return answer{}, fail
	}
	defer s.Close()
	if len(s.sets) == 0 {
		s.sets = [][]*labels.Matcher{nil}
	}
	found := map[string]struct{}{}
	var said annotations.Annotations
	for _, matchers := range s.sets {
		names, warnings, err := list(r.Context(), s, matchers)
		if err != nil {
			return answer{}, explain(err)
		}
		said.Merge(warnings)
		for _, name := range names {
			found[name] = struct{}{}
		}
	}
	sorted := cut(slices.Sorted(maps.Keys(found)), s.limit, &said)
	return answer{data: appendStrings(nil, sorted), annotations: said}, nil
}

// buildInfo names a version of Prometheus whose API this is, by which Grafana chooses what to ask for.
func (a *api) buildInfo(*http.Request) (answer, *failure) {
	data, err := json.Marshal(struct {
		Version   string `json:"version"`
		Revision  string `json:"revision"`
		Branch    string `json:"branch"`
		BuildUser string `json:"buildUser"`
		BuildDate string `json:"buildDate"`
		GoVersion string `json:"goVersion"`
	}{promVersion, a.Version, "forewarn", "", "", runtime.Version()})
	if err != nil {
		return answer{}, explain(err)
	}
	return answer{data: data}, nil
}

// promVersion is the Prometheus of which the engine and the shapes are.
const promVersion = "3.12.0"
