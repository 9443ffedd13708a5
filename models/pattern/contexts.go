package pattern

import "strings"

// maxContexts bounds what is learned of where values stand.
const maxContexts = 4096

// contexts are the words behind which values have been found, with what separates them: if "closed for user" is followed by
// values, so is "opened for user". It takes two words, or one that a bracket or equals sign ties to its value.
type contexts map[uint64]struct{}

// learn notes that a value stands in a place of t.
func (c contexts) learn(t *template, i int) {
	if h, ok := contextOf(t, i); ok && len(c) < maxContexts {
		c[h] = struct{}{}
	}
}

// known reports whether values have been found in the context of a place of t.
func (c contexts) known(t *template, i int) bool {
	h, ok := contextOf(t, i)
	if ok {
		_, ok = c[h]
	}
	return ok
}

func contextOf(t *template, i int) (h uint64, ok bool) {
	from := i - 2
	if strings.ContainsAny(t.between(i), "[({=<（【［") {
		from = i - 1
	}
	if from < 0 {
		return 0, false
	}
	for _, w := range t.words[from:i] {
		if !w.any(constant) || w.any(holed) {
			return 0, false
		}
	}
	h = fnvOffset
	for k := t.words[from].from; k < t.words[i].from; k++ {
		h = hashByte(h, t.masked[k])
	}
	return h, true
}
