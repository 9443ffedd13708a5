// Package silence defines what keeps people from being told of some incidents for a while: by whom, why, of what, and until when.
//
// Only the notifier writes silences. Everybody else asks it to by a [Command]:
//
//	reply, err := silence.Ask(ctx, bus, silence.Command{Do: silence.Create, Silence: &silence.Silence{…}})
package silence

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/selector"
)

// SchemaVersion is the version of the JSON form; a reader refuses newer ones.
const SchemaVersion = 1

// Bounds of a silence.
const (
	maxAuthor  = 100
	maxComment = 1000
	// Longest is how long a silence may last: what is longer belongs into notifier.maintenance or the routes.
	Longest = 90 * 24 * time.Hour
)

// State is where a silence is in its life.
type State string

// The states.
const (
	Pending State = "pending"
	Active  State = "active"
	Expired State = "expired"
)

// Silence keeps people from being told of what its selector matches.
type Silence struct {
	Schema int    `json:"schema"`
	ID     string `json:"id"`
	// Author is who made it, Comment why.
	Author  string `json:"author"`
	Comment string `json:"comment"`
	// Match is of which incidents.
	Match selector.Selector `json:"match"`
	// Starts and Ends bound it; Ends is not in it.
	Starts  time.Time `json:"starts"`
	Ends    time.Time `json:"ends"`
	Created time.Time `json:"created"`
	// ExpiredBy is who ended it before its time, "" if nobody did.
	ExpiredBy string `json:"expired_by,omitempty"`
	// Held is of how many incidents it kept people from being told.
	Held int `json:"held"`
}

// State returns the state at a time.
func (s *Silence) State(at time.Time) State {
	switch {
	case !at.Before(s.Ends):
		return Expired
	case at.Before(s.Starts):
		return Pending
	}
	return Active
}

var validID = regexp.MustCompile(`^[0-9A-Z]{26}$`)

// ValidID reports whether a text can be the id of a silence, such as one that came in a URL.
func ValidID(id string) bool { return validID.MatchString(id) }

// Problems returns what a person who makes s has to correct, nil if nothing.
func (s *Silence) Problems() error {
	var errs []error
	bad := func(key, rule string) { errs = append(errs, fmt.Errorf("%s: %s", key, rule)) }
	if !fits(s.Author, maxAuthor) {
		bad("author", fmt.Sprintf("is missing, or longer than %d bytes; say who you are", maxAuthor))
	}
	if !fits(s.Comment, maxComment) {
		bad("comment", fmt.Sprintf("is missing, or longer than %d bytes; say why, for those who wonder at night", maxComment))
	}
	if len(s.Match) == 0 {
		bad("match", "is missing, and would silence everything; say of what, such as name=\"erp-01*\"")
	}
	switch span := s.Ends.Sub(s.Starts); {
	case s.Starts.IsZero() || s.Ends.IsZero():
		bad("ends", "starts or ends is missing; set both, such as 2026-01-31T22:00:00+08:00")
	case span <= 0:
		bad("ends", "is not after starts; correct one of them")
	case span > Longest:
		bad("ends", fmt.Sprintf("is more than %d days after starts; silence it for less, or write a route", Longest/(24*time.Hour)))
	}
	return errors.Join(errs...)
}

func fits(s string, limit int) bool {
	return strings.TrimSpace(s) != "" && len(s) <= limit && utf8.ValidString(s)
}

// Encode returns s as JSON, with the schema version set.
func Encode(s *Silence) ([]byte, error) {
	out := *s
	out.Schema = SchemaVersion
	if err := out.validate(); err != nil {
		return nil, err
	}
	return json.Marshal(&out)
}

// Decode reads what [Encode] wrote; the result is valid.
func Decode(data []byte) (*Silence, error) {
	var s Silence
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("decode silence: %w", err)
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	return &s, nil
}

func (s *Silence) validate() error {
	if s.Schema < 1 || s.Schema > SchemaVersion {
		return fmt.Errorf("silence schema %d is not known; this release reads up to %d", s.Schema, SchemaVersion)
	}
	if !ValidID(s.ID) {
		return fmt.Errorf("silence id %q is not valid", s.ID)
	}
	if err := s.Problems(); err != nil && s.Ends.After(s.Starts) { // one that was ended before it began is none
		return fmt.Errorf("silence %s: %w", s.ID, err)
	}
	return nil
}
