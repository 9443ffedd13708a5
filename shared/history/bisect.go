package history

import (
	"errors"
	"fmt"
)

// Refusal is why a server will not have what it was sent, however often it is sent. It says nothing about which part of
// it is at fault, unless All.
type Refusal struct {
	// All tells that the server refused each of the samples.
	All bool
	// Said is what it said.
	Said string
}

// Error says what the server said.
func (r *Refusal) Error() string { return fmt.Sprintf("the server refuses it: %s", r.Said) }

// Bisect sends n samples at once. If the server refuses them it sends halves, and halves of these, so that those at fault
// cost no other: 2·log2(n) requests for one. send gets the range [from, to) and returns nil, a [*Refusal], or an error of
// another kind, which ends it; refused is told what is not stored. It must do no harm to send a sample twice.
func Bisect(n int, send func(from, to int) error, refused func(from, to int, why *Refusal)) error {
	if n == 0 {
		return nil
	}
	return bisect(0, n, send, refused)
}

func bisect(from, to int, send func(from, to int) error, refused func(from, to int, why *Refusal)) error {
	err := send(from, to)
	var why *Refusal
	switch {
	case !errors.As(err, &why):
		return err
	case why.All || to-from == 1:
		refused(from, to, why)
		return nil
	}
	middle := from + (to-from)/2
	if err := bisect(from, middle, send, refused); err != nil {
		return err
	}
	return bisect(middle, to, send, refused)
}
