package backtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/trend"
)

// Explain asks what was believed of a series at a time, and why.
type Explain struct {
	// Series is in Prometheus notation, or words of it and of the names that people read, such as "/u01 erp-01".
	Series string
	At     time.Time
}

// explanation is a worker's account of a signal, and what was seen of its days until then.
type explanation struct {
	at time.Time
	trend.Account
	diary *diary
	seen  habits
}

// match tells how well an account answers to a question: 2 if it is meant by its full name, 1 if all words are in it, 0
// if not.
func match(question string, a *trend.Account) int {
	names := append([]string{a.State.Key, a.State.Series}, a.State.Sources...)
	if slices.Contains(names, canonical(question)) {
		return 2
	}
	text := strings.ToLower(strings.Join(append(names, a.State.Entity.Name), " "))
	whole := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(` ",={}:`, r) })
	score := 2
	for _, word := range strings.Fields(strings.ToLower(question)) {
		switch {
		case slices.Contains(whole, word):
		case strings.Contains(text, word):
			score = 1
		default:
			return 0
		}
	}
	return score
}

// canonical returns a series as the worker writes it, other text as it is.
func canonical(question string) string {
	if s, err := parseSeries([]byte(question)); err == nil {
		return s.Labels.String()
	}
	return question
}

// choose returns the accounts that a question is about: those of one series, which may be two signals. It is an error
// if there is none, or if the question may mean several series.
func choose(question string, all []explanation) ([]explanation, error) {
	var best []explanation
	most := 1
	for _, e := range all {
		switch score := match(question, &e.Account); {
		case score > most:
			most, best = score, append(best[:0], e)
		case score == most:
			best = append(best, e)
		}
	}
	if len(best) == 0 {
		return nil, fmt.Errorf("--explain: no signal that is known by then is called %q; there are %s", question, some(all))
	}
	slices.SortFunc(best, func(a, b explanation) int { return strings.Compare(a.State.Key, b.State.Key) })
	for i := range best {
		if best[i].State.Series != best[0].State.Series {
			return nil, fmt.Errorf("--explain: %q may mean several; add a word that tells them apart: %s", question, some(best))
		}
	}
	return best, nil
}

// some names a few signals.
func some(list []explanation) string {
	const most = 8
	var names []string
	for _, e := range list {
		if name := fmt.Sprintf("%q", e.State.Entity.Name); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "none"
	}
	if more := len(names) - most; more > 0 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
