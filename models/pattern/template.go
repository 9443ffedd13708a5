package pattern

import "strings"

// template is a masked text in its words.
type template struct {
	masked string
	words  []word
}

// between returns what separates a word from the one before it.
func (t *template) between(i int) string {
	at := uint16(0)
	if i > 0 {
		at = t.words[i-1].to
	}
	return t.masked[at:t.words[i].from]
}

// shape is a hash of what lies between the words: only texts of the same shape are compared.
func (t *template) shape() uint64 {
	h, at := uint64(fnvOffset), 0
	for _, w := range t.words {
		for ; at < int(w.from); at++ {
			h = hashByte(h, t.masked[at])
		}
		at = int(w.to)
		h = hashByte(h, 0xff) // no byte of UTF-8
	}
	for ; at < len(t.masked); at++ {
		h = hashByte(h, t.masked[at])
	}
	return h
}

// text returns what people see.
func (t *template) text() string { return strings.ReplaceAll(t.masked, string(rune(hole)), holeText) }

// with returns t with a value in place of the words of which blank says so.
func (t *template) with(blank func(i int) bool) template {
	var b strings.Builder
	out := template{words: make([]word, len(t.words))}
	for i, w := range t.words {
		b.WriteString(t.between(i))
		from := uint16(b.Len())
		if blank(i) {
			b.WriteByte(hole)
			w = newWord([]byte{hole}, 0, 1)
		} else {
			b.WriteString(t.masked[w.from:w.to])
		}
		w.from, w.to = from, uint16(b.Len())
		out.words[i] = w
	}
	end := uint16(0)
	if n := len(t.words); n > 0 {
		end = t.words[n-1].to
	}
	b.WriteString(t.masked[end:])
	out.masked = b.String()
	return out
}

// entry is a template that is remembered.
type entry struct {
	template
	id    ID
	text  string
	count uint64 // lines
	order uint64 // of creation
	// loose says that words may stand where it has values although it has next to no words of its own.
	loose bool
	group *group // nil once it is no more
	tick  uint64 // of the last use
	// neighbours in the list of use
	before, after *entry
}

// covers reports whether t is of the pattern e: each word is the same, or stands where e has a value. A pattern that has
// hardly a word of its own takes only values for values, since everything would be of it otherwise.
func (e *entry) covers(t *template) bool {
	if len(e.words) != len(t.words) {
		return false
	}
	shared, filled := 0, 0
	for i := range e.words {
		mine, theirs := &e.words[i], &t.words[i]
		switch {
		case mine.same(theirs):
			if mine.any(constant) {
				shared++
			}
		case !mine.any(value):
			return false
		case theirs.any(constant):
			filled++
		}
	}
	return filled == 0 || e.loose || shared >= leastWords
}
