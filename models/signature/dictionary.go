package signature

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// builtin holds files of the form that docs/signatures.md describes, one for each family of programs.
//
//go:embed dictionary/*.yaml
var builtin embed.FS

// Dictionary is a set of signatures, ready to be found.
type Dictionary struct {
	signatures []Signature
	patterns   []pattern
	literals   []literal
	auto       *automaton
}

// pattern is one alternative of a signature: the literals that it needs beside its longest, and how many bytes all have.
// More is more specific.
type pattern struct {
	signature int32
	others    []int32
	weight    int
}

// words is what to find: a text, lower-case, and at which ends it may be part of a longer word.
type words struct {
	text                string
	openLeft, openRight bool
}

// maxHead is how many bytes of a literal the automaton knows. What comes after them, its tail, is compared where the head
// is found: a state for every byte would make the table larger than a processor's cache for texts that hardly occur.
const maxHead = 12

// literal is what to find, and what that means.
type literal struct {
	words
	// patterns lists those of which it is the longest, and so likely the rarest.
	patterns []int32
	// vetoes lists the signatures that it speaks against, vouches those that it lets be told, quiet is true if it speaks
	// against all.
	vetoes, vouches []int32
	quiet           bool
}

// Additions is what a file says: signatures to add, those of others to leave out, and words that make a line no message.
// ParseYAML makes it.
type Additions struct {
	signatures []Signature
	disable    []string
	quiet      []string
}

// Builtin returns the signatures of this release, sorted by ID. It panics if the program was built with a file that
// cannot be read, which a test rules out.
func Builtin() []Signature { return shipped().signatures }

func shipped() (all Additions) {
	files, err := builtin.ReadDir("dictionary")
	if err != nil {
		panic(fmt.Errorf("built-in signatures: %w", err))
	}
	for _, file := range files {
		data, err := builtin.ReadFile("dictionary/" + file.Name())
		if err != nil {
			panic(fmt.Errorf("built-in signatures: %w", err))
		}
		a, err := ParseYAML(data)
		if err != nil {
			panic(fmt.Errorf("%s: %w", file.Name(), err))
		}
		all.signatures = append(all.signatures, a.signatures...)
		all.quiet = append(all.quiet, a.quiet...)
	}
	slices.SortFunc(all.signatures, func(a, b Signature) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// New returns the dictionary of the built-in signatures and the additions, which are applied in their order. It takes
// some 500 ms and 3 MiB. The error joins all there is to correct.
func New(additions ...Additions) (*Dictionary, error) {
	return compile(append([]Additions{shipped()}, additions...))
}

// Signatures returns all signatures that are looked for: the built-in ones by ID, then those added.
func (d *Dictionary) Signatures() []Signature { return slices.Clone(d.signatures) }

func compile(all []Additions) (*Dictionary, error) {
	merged, err := merge(all)
	if err != nil {
		return nil, err
	}
	d := &Dictionary{signatures: merged.signatures}
	index := map[words]int32{}
	for _, word := range merged.quiet {
		d.literals[d.literal(index, word)].quiet = true
	}
	for i, s := range d.signatures {
		d.add(index, int32(i), s)
	}
	heads := make([]words, len(d.literals))
	for i, l := range d.literals {
		heads[i] = words{text: l.head(), openLeft: l.openLeft}
	}
	var ok bool
	if d.auto, ok = newAutomaton(heads); !ok {
		return nil, fmt.Errorf("signatures: their literals need more than %d states, about one for each of their first %d characters; disable some", maxNodes, maxHead)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	return d, nil
}

// merge applies the additions one after the other.
func merge(all []Additions) (Additions, error) {
	var out Additions
	var errs []error
	for _, a := range all {
		for _, s := range a.signatures {
			if i := slices.IndexFunc(out.signatures, s.named); i >= 0 {
				out.signatures[i] = s
			} else {
				out.signatures = append(out.signatures, s)
			}
		}
		for _, id := range a.disable {
			i := slices.IndexFunc(out.signatures, Signature{ID: id}.named)
			if i < 0 {
				errs = append(errs, fmt.Errorf("signatures: disable: no signature is called %q; correct it or take it out (docs/signatures.md lists all)", id))
				continue
			}
			out.signatures = slices.Delete(out.signatures, i, i+1)
		}
		out.quiet = append(out.quiet, a.quiet...)
	}
	return out, errors.Join(errs...)
}

func (s Signature) named(other Signature) bool { return s.ID == other.ID }

func (d *Dictionary) add(index map[words]int32, number int32, s Signature) {
	for _, alternative := range s.Match {
		p := pattern{signature: number}
		longest := int32(-1)
		for _, word := range alternative {
			i := d.literal(index, word)
			if i == longest || slices.Contains(p.others, i) {
				continue // written twice
			}
			p.weight += len(d.literals[i].text)
			if longest >= 0 && len(d.literals[i].text) > len(d.literals[longest].text) {
				i, longest = longest, i
			}
			if longest < 0 {
				longest = i
			} else {
				p.others = append(p.others, i)
			}
		}
		d.literals[longest].patterns = append(d.literals[longest].patterns, int32(len(d.patterns)))
		d.patterns = append(d.patterns, p)
	}
	for _, word := range s.Not {
		l := &d.literals[d.literal(index, word)]
		l.vetoes = append(l.vetoes, number)
	}
	for _, word := range s.Beside {
		l := &d.literals[d.literal(index, word)]
		l.vouches = append(l.vouches, number)
	}
}

// literal returns the number of a literal as it is written in a file, one for all who write the same.
func (d *Dictionary) literal(index map[words]int32, written string) int32 {
	key := wordsOf(written)
	i, ok := index[key]
	if !ok {
		i = int32(len(d.literals))
		index[key] = i
		d.literals = append(d.literals, literal{words: key})
	}
	return i
}

// wordsOf reads a literal as it is written: a * at an end opens it there.
func wordsOf(written string) words {
	var w words
	w.text, w.openLeft = strings.CutPrefix(written, "*")
	w.text, w.openRight = strings.CutSuffix(w.text, "*")
	folded := []byte(w.text)
	for i, c := range folded {
		folded[i] = lower(c)
	}
	w.text = string(folded)
	return w
}

func (w words) head() string { return w.text[:min(len(w.text), maxHead)] }

func (w words) tail() string { return w.text[len(w.head()):] }

// check finds examples that a signature is not found in.
func (d *Dictionary) check() error {
	var errs []error
	m := d.Matcher()
	for i, s := range d.signatures {
		for _, line := range s.Examples {
			if !m.finds(line, int32(i)) {
				errs = append(errs, fmt.Errorf("signatures: %s.examples: it is not found in %q; correct the line, match or not", s.ID, line))
			}
		}
	}
	return errors.Join(errs...)
}

// finds reports whether the signature is in the line, whichever is told.
func (m *Matcher) finds(line string, signature int32) bool {
	all := scan(m, line)
	return !m.quiet && m.stands(signature) &&
		slices.ContainsFunc(all, func(one met) bool { return m.d.patterns[one.pattern].signature == signature })
}
