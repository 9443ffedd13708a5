package delivery

import (
	"slices"
	"sync"
)

// maxTold is how many messages are remembered of which some people wait.
const maxTold = 1024

// Told remembers, while a message is tried again for those who could not be reached, who has it already or never will, so that
// nobody is told twice. It forgets when the process ends. The zero value is ready; it is safe for concurrent use.
type Told struct {
	mu    sync.Mutex
	by    map[string]map[string]string // message -> receiver -> why not, "" if they were told
	order []string
}

// Note says of a receiver that nothing is to be tried again: told if why is "", else why never.
func (t *Told) Note(message, receiver, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by[message] == nil {
		if t.by == nil {
			t.by = map[string]map[string]string{}
		}
		if len(t.order) >= maxTold {
			delete(t.by, t.order[0])
			t.order = t.order[1:]
		}
		t.by[message] = map[string]string{}
		t.order = append(t.order, message)
	}
	t.by[message][receiver] = why
}

// Of returns whether a receiver needs no further attempt, and why they will not be told, "" if they were.
func (t *Told) Of(message, receiver string) (why string, settled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	why, settled = t.by[message][receiver]
	return why, settled
}

// Forget is called when the message is done with.
func (t *Told) Forget(message string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.by, message)
	t.order = slices.DeleteFunc(t.order, func(id string) bool { return id == message })
}
