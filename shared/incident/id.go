package incident

import (
	"crypto/sha256"
	"time"

	"github.com/oklog/ulid/v2"
)

// NewID returns the id of the incident that a finding opens: a ULID whose time is the finding's and whose
// random part is a hash of the finding's id. The same finding gives the same id. Times outside what a
// ULID holds (1970 to 10889) count as its first one.
func NewID(at time.Time, findingID string) string {
	var id ulid.ULID
	if ms := at.UnixMilli(); ms < 0 || id.SetTime(uint64(ms)) != nil {
		id = ulid.ULID{}
	}
	sum := sha256.Sum256([]byte(findingID))
	copy(id[6:], sum[:])
	return id.String()
}

// ValidID reports whether s can be the id of an incident, such as one that came in a URL.
func ValidID(s string) bool {
	id, err := ulid.ParseStrict(s)
	return err == nil && id.String() == s
}
