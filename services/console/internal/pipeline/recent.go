package pipeline

import (
	"context"
	"sync"
	"time"
)

const (
	// recentLife bounds how old a list may be in which no change was seen.
	recentLife = 30 * time.Second
	// maxRecent bounds how many lists are kept.
	maxRecent = 64
)

// recent keeps lists of incidents until one of them changes: a list of hundreds is as many reads from the bus. It keeps
// nothing while changes are not watched. Its methods are safe for concurrent use.
type recent struct {
	mu      sync.Mutex
	watched bool
	changes uint64
	kept    map[recentKey]keptPage
}

type recentKey struct {
	filter IncidentFilter
	after  string
	limit  int
}

type keptPage struct {
	page  IncidentPage
	until time.Time
}

// forget drops all lists; watched says whether the next change will be seen.
func (r *recent) forget(watched bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watched = watched
	r.changes++
	r.kept = map[recentKey]keptPage{}
}

// get returns a list that is still right, and else how many changes there were so far.
func (r *recent) get(k recentKey) (page IncidentPage, changes uint64, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.kept[k]
	return found.page, r.changes, ok && time.Now().Before(found.until)
}

// put keeps a list that was begun to be read after that many changes.
func (r *recent) put(k recentKey, page IncidentPage, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.watched || r.changes != changes {
		return
	}
	if len(r.kept) >= maxRecent {
		clear(r.kept)
	}
	r.kept[k] = keptPage{page, time.Now().Add(recentLife)}
}

// RecentIncidents is Incidents for pages: what it returns is shared and must not be changed, and it may be half a minute
// old if it holds what this release cannot read.
func (s *Source) RecentIncidents(ctx context.Context, f IncidentFilter, after string, limit int) (IncidentPage, error) {
	k := recentKey{f, after, limit}
	page, changes, ok := s.recentLists.get(k)
	if ok {
		return page, nil
	}
	page, err := s.Incidents(ctx, f, after, limit)
	if err != nil {
		return IncidentPage{}, err
	}
	s.recentLists.put(k, page, changes)
	return page, nil
}
