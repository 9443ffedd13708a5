package life

import (
	"slices"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// Seen reports whether f, or a later finding of its episode, has been applied to cur already, or the episode
// is over. The mark is that of the episode, nil if cur does not know it; an unknown one that comes from before the
// newest episode of its fault is over too: it was too slight to be noted when it was new, and now it is a replay.
func Seen(cur *incident.Incident, f *finding.Finding) (*incident.Mark, bool) {
	k := slices.Index(cur.Episodes, f.Episode)
	if k < 0 {
		last := lastOf(cur, f)
		return nil, last >= 0 && !follows(f, &cur.Marks[last])
	}
	m := &cur.Marks[k]
	return m, m.Ended || m.Finding == f.ID || !follows(f, m)
}

// follows reports whether f comes after what m marks. Ids of one partition have an order; between others
// the findings' times decide.
func follows(f *finding.Finding, m *incident.Mark) bool {
	was, ok1 := parse(m.Finding)
	is, ok2 := parse(f.ID)
	if ok1 && ok2 && was.partition == is.partition {
		return is.seq > was.seq || is.seq == was.seq && is.n > was.n
	}
	return !f.Time.Before(m.Time)
}

// place is where in the stream a finding comes from, as its id says.
type place struct {
	partition string // <service>:<partition>
	seq, n    uint64
}

// parse reads an id of the form <service>:<partition>:<sequence>:<n>.
func parse(id string) (p place, ok bool) {
	head, n, ok1 := cutLast(id)
	partition, seq, ok2 := cutLast(head)
	p = place{partition: partition, seq: seq, n: n}
	return p, ok1 && ok2
}

// cutLast splits off the number after the last colon.
func cutLast(s string) (head string, number uint64, ok bool) {
	k := strings.LastIndexByte(s, ':')
	if k < 0 {
		return s, 0, false
	}
	number, err := strconv.ParseUint(s[k+1:], 10, 64)
	return s[:k], number, err == nil
}
