package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/forewarn/forewarn/services/notifier/internal/person"
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

// Waiting returns those of all who need a further attempt.
func (t *Told) Waiting(message string, all []person.Receiver) (out []person.Receiver) {
	for _, r := range all {
		if _, settled := t.Of(message, r.Address); !settled {
			out = append(out, r)
		}
	}
	return out
}

// Each has a message sent to each receiver who waits for it, one by one, and says whom it missed, as [Told.Sum]. What is wrong with the channel, or the
// end of ctx, ends it at once, as all would fare alike; other errors are returned once everybody has been tried.
func (t *Told) Each(ctx context.Context, message string, all []person.Receiver, lacking []string, send func(person.Receiver) error) (missed string, err error) {
	var later error
	for _, r := range t.Waiting(message, all) {
		err := send(r)
		var e *Error
		switch {
		case err == nil:
			t.Note(message, r.Address, "")
		case errors.As(err, &e) && e.Channel, ctx.Err() != nil:
			return "", err
		case e != nil && e.Permanent:
			t.Note(message, r.Address, e.Error())
		default:
			later = errors.Join(later, fmt.Errorf("%s: %w", r.Name, err))
		}
	}
	if later != nil {
		return "", later
	}
	return t.Sum(message, all, lacking)
}

// Sum forgets a message for which nobody waits any more, and says whom it missed: who was refused, and who lacks an address. It
// returns an error if it reached nobody.
func (t *Told) Sum(message string, all []person.Receiver, lacking []string) (missed string, err error) {
	var refused []string
	for _, r := range all {
		if why, _ := t.Of(message, r.Address); why != "" {
			refused = append(refused, r.Name+": "+why)
		}
	}
	t.Forget(message)
	if len(refused) == len(all) {
		return "", &Error{Permanent: true, What: "every receiver was refused: " + strings.Join(refused, ", "), Remedy: "correct what is said of each"}
	}
	for _, name := range lacking {
		refused = append(refused, name+": no address is known, set it in people")
	}
	if len(refused) == 0 {
		return "", nil
	}
	return "a message did not reach " + strings.Join(refused, ", "), nil
}

// Nobody is the error of a message that has no receiver; lacking are those whose address is not known.
func Nobody(lacking []string) error {
	e := &Error{Channel: true, What: "the message is for nobody", Remedy: "set the channel's to, or route people to it"}
	if len(lacking) > 0 {
		e.What, e.Remedy = "no address is known of "+strings.Join(lacking, ", "), "set it in people, or set the channel's to"
	}
	return e
}
