package translation

import (
	"cmp"
	"fmt"
	"slices"
	"unicode"
)

// Sentence is a text in both languages as it stands in the sources: for people as it is, or the format of what a program fills
// in.
type Sentence struct {
	En, Zh string
	Places []Place
}

// Place is where a sentence stands.
type Place struct {
	File string // relative to the root, with slashes
	Line int
	// from and to are the bytes of the Chinese text, quotes included.
	from, to int
}

func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Catalogue holds all sentences.
type Catalogue struct {
	root string
	// Sentences in the order of their English texts.
	Sentences []Sentence
	// Missing are the places of texts that lack a language.
	Missing []Place
}

// Find reads the sources below root: Go files but tests, and templates.
func Find(root string) (*Catalogue, error) {
	f := finder{root: root, known: map[[2]string]*Sentence{}}
	if err := f.walk(); err != nil {
		return nil, err
	}
	c := &Catalogue{root: root, Missing: f.missing}
	for _, s := range f.known {
		c.Sentences = append(c.Sentences, *s)
	}
	slices.SortFunc(c.Sentences, func(a, b Sentence) int { return cmp.Or(cmp.Compare(a.En, b.En), cmp.Compare(a.Zh, b.Zh)) })
	return c, nil
}

// chinese reports whether a text holds a Chinese character.
func chinese(s string) bool {
	return slices.ContainsFunc([]rune(s), func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// wordy reports whether a text holds something to translate: a word of small letters, and not only a unit or a format.
func wordy(s string) bool {
	run := 0
	for _, r := range s {
		if run++; !unicode.IsLetter(r) {
			run = 0
		}
		if run == 3 {
			return true
		}
	}
	return false
}
