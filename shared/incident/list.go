package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/shared/finding"
)

const (
	defaultLimit, maxLimit = 50, 500
	// maxPassed bounds how many incidents one page reads, however rare a match is.
	maxPassed = 1000
)

// Query selects incidents. The zero value selects all.
type Query struct {
	State       State            // "" for any
	MinSeverity finding.Severity // "" for any
	Root        string           // entity root such as "host:erp-01", "" for any
	// Before is the Next of the previous page, "" for the first page.
	Before string
	// Limit bounds the page; 50 if it is not 1 to 500.
	Limit int
}

func (q *Query) matches(i *Incident) bool {
	return (q.State == "" || i.State == q.State) &&
		(q.MinSeverity == "" || i.Severity.Rank() >= q.MinSeverity.Rank()) &&
		(q.Root == "" || i.Entity.Root == q.Root)
}

// Page is a part of a list. It covers the incidents passed between the page before and Next.
type Page struct {
	Incidents []*Incident `json:"incidents"`
	// Next is what to ask for with Query.Before to go on, "" if there is no more.
	Next string `json:"next,omitempty"`
	// Unreadable counts the incidents left out because they cannot be read: damaged, or of a newer release.
	// Whether they match is not known.
	Unreadable int `json:"unreadable,omitempty"`
}

// List returns the incidents that match, newest first. It reads the keys of all incidents (of the open
// ones only, for State Open), then one incident after the other until the page is full. A page that has passed
// 1000 incidents ends there: it may be short, even empty, with Next set.
func (s *Store) List(ctx context.Context, q Query) (*Page, error) {
	ids, err := s.ids(ctx, q.State)
	if err != nil {
		return nil, err
	}
	if q.Limit < 1 || q.Limit > maxLimit {
		q.Limit = defaultLimit
	}
	if q.Before != "" {
		ids = slices.DeleteFunc(ids, func(id string) bool { return id >= q.Before })
	}
	page := &Page{Incidents: []*Incident{}}
	for k, id := range ids {
		if k == maxPassed {
			page.Next = ids[k-1]
			break
		}
		i, err := s.Get(ctx, id)
		switch {
		case errors.Is(err, ErrNotFound): // pruned since its key was read
		case errors.Is(err, ErrUnreadable):
			page.Unreadable++
		case err != nil:
			return nil, err
		case !q.matches(i):
		case len(page.Incidents) == q.Limit:
			page.Next = ids[k-1]
			return page, nil
		default:
			page.Incidents = append(page.Incidents, i)
		}
	}
	return page, nil
}

// ids returns the ids of all incidents, or of the open ones, newest first.
func (s *Store) ids(ctx context.Context, state State) ([]string, error) {
	prefix := ""
	if state == Open {
		prefix = openPrefix
	}
	return s.keys(ctx, prefix)
}

// keys returns what follows a prefix in keys, one token, the greatest first.
func (s *Store) keys(ctx context.Context, prefix string) ([]string, error) {
	l, err := s.kv.ListKeysFiltered(ctx, prefix+"*")
	if err != nil {
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	var rest []string
	for key := range l.Keys() {
		rest = append(rest, strings.TrimPrefix(key, prefix))
	}
	if err := ctx.Err(); err != nil { // a list cut short looks complete otherwise
		return nil, fmt.Errorf("list incidents: %w", err)
	}
	slices.Sort(rest)
	slices.Reverse(rest)
	return rest, nil
}
