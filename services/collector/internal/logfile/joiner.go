package logfile

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxJoined is how many lines one entry may have: a log whose every line is indented is no single entry.
const maxJoined = 1000

// line is a line of a file without its end.
type line struct {
	text []byte // valid until the next read
	cut  int64  // bytes left out at its end
	end  int64  // offset behind it
}

// record is an entry of a log.
type record struct {
	text string // valid UTF-8
	read time.Time
	end  int64 // offset behind it
	cut  bool
}

// bytes bounds what the entry takes in a batch.
func (r record) bytes() int { return len(r.text) + 64 }

// joiner makes entries of lines.
type joiner struct {
	first *regexp.Regexp // nil: by the looks of continuation lines
	max   int            // bytes

	pending []byte
	lines   int // in pending; 0 is no entry
	cut     int64
	read    time.Time // of the first line
	touched time.Time // of the last one
	end     int64
}

// add takes a line that was read at now. It returns the entry before it if that is thereby complete.
func (j *joiner) add(l line, now time.Time) (record, bool) {
	l.text = bytes.TrimSuffix(l.text, []byte("\r"))
	if j.lines > 0 && j.lines < maxJoined && j.continues(l.text) {
		j.append('\n', l)
		j.touched, j.end = now, l.end
		return record{}, false
	}
	done, ok := j.flush()
	if len(l.text) == 0 && l.cut == 0 {
		return done, ok // a blank line between entries
	}
	j.read, j.touched, j.end = now, now, l.end
	j.append(0, l)
	return done, ok
}

// append adds the line to the entry as far as it fits.
func (j *joiner) append(separator byte, l line) {
	if separator != 0 && len(j.pending) < j.max {
		j.pending = append(j.pending, separator)
	}
	fits := min(len(l.text), j.max-len(j.pending))
	j.pending = append(j.pending, l.text[:fits]...)
	j.cut += int64(len(l.text)-fits) + l.cut
	j.lines++
}

// continues reports whether the line belongs to the entry before it.
func (j *joiner) continues(text []byte) bool {
	if j.first != nil {
		return !j.first.Match(text)
	}
	if len(text) == 0 {
		return false
	}
	if text[0] == ' ' || text[0] == '\t' {
		return true
	}
	for _, start := range []string{"at ", "Caused by", "Suppressed:", "... "} {
		if bytes.HasPrefix(text, []byte(start)) {
			return true
		}
	}
	return false
}

// due reports whether the pending entry has waited for its continuation since before the time.
func (j *joiner) due(before time.Time) bool { return j.lines > 0 && j.touched.Before(before) }

// flush returns the pending entry, if there is one.
func (j *joiner) flush() (record, bool) {
	if j.lines == 0 {
		return record{}, false
	}
	text := readable(j.pending)
	if len(text) > j.max { // a replacement may be longer than what it stands for
		fits := strings.ToValidUTF8(text[:j.max], "")
		j.cut += int64(len(text) - len(fits))
		text = fits
	}
	if j.cut > 0 {
		text += fmt.Sprintf(" …[%d bytes cut]", j.cut)
	}
	r := record{text: text, read: j.read, end: j.end, cut: j.cut > 0}
	j.reset()
	return r, true
}

// readable returns raw, which it may change, with U+FFFD in place of NULs and of what is no UTF-8.
func readable(raw []byte) string {
	for i := bytes.IndexByte(raw, 0); i >= 0 && i < len(raw); i++ {
		if raw[i] == 0 {
			raw[i] = 0xFF // no UTF-8, so that a run of them becomes one U+FFFD
		}
	}
	return strings.ToValidUTF8(string(raw), "\uFFFD")
}

// reset forgets the pending entry.
func (j *joiner) reset() { j.pending, j.lines, j.cut = j.pending[:0], 0, 0 }
