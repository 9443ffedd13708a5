package signature

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// found is a literal that ends before a byte of the text.
type found struct{ literal, end int }

func (a *automaton) all(text string) (out []found) {
	state := node(0)
	for i := range len(text) {
		state = a.step(state, a.class[text[i]])
		if state >= a.firstEnd {
			for _, literal := range a.ends[state-a.firstEnd] {
				out = append(out, found{int(literal), i + 1})
			}
		}
	}
	return out
}

// plainly finds the same by looking for each literal at each byte.
func plainly(literals []string, text string) (out []found) {
	folded := []byte(text)
	for i, c := range folded {
		folded[i] = lower(c)
	}
	for end := range len(text) + 1 {
		for i, l := range literals {
			if bytes.HasSuffix(folded[:end], []byte(l)) {
				out = append(out, found{i, end})
			}
		}
	}
	return out
}

func same(t *testing.T, literals []string, text string) {
	t.Helper()
	var anywhere []words
	for _, l := range literals {
		anywhere = append(anywhere, words{text: l, openLeft: true})
	}
	a, ok := newAutomaton(anywhere)
	if !ok {
		t.Fatalf("%d literals do not fit", len(literals))
	}
	order := func(a, b found) int { return (a.end-b.end)*len(literals) + a.literal - b.literal }
	got, want := a.all(text), plainly(literals, text)
	slices.SortFunc(got, order)
	slices.SortFunc(want, order)
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(found{})); diff != "" {
		t.Errorf("literals %q in %q (-plainly +automaton):\n%s", literals, text, diff)
	}
}

func TestAutomatonFindsWhatIsThere(t *testing.T) {
	same(t, []string{"he", "she", "his", "hers"}, "uSHErs") // the example of the paper
	same(t, []string{"a", "aa", "aaa"}, "aAaaBaa")
	same(t, []string{"内存", "存溢", "内存溢出"}, "堆内存溢出")
	same(t, nil, "anything")
	random := rand.New(rand.NewPCG(1, 2))
	word := func(n int) string {
		b := make([]byte, 1+random.IntN(n))
		for i := range b {
			b[i] = "ab-\xe5"[random.IntN(4)]
		}
		return string(b)
	}
	for range 300 {
		var literals []string
		for range random.IntN(12) {
			literals = append(literals, word(5))
		}
		same(t, literals, strings.ToUpper(word(40))+word(40))
	}
}

// TestAutomatonFindsWhatBeginsWords: what it finds is there, and of what is there it finds all that a matcher takes: what
// begins a word, what stands behind an escape, and what may begin within a word.
func TestAutomatonFindsWhatBeginsWords(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	draw := func(alphabet string, n int) string {
		b := make([]byte, 1+random.IntN(n))
		for i := range b {
			b[i] = alphabet[random.IntN(len(alphabet))]
		}
		return string(b)
	}
	for range 3000 {
		var literals []words
		var texts []string
		for range 1 + random.IntN(6) {
			w := words{text: draw("abnm1[;-", 4), openLeft: random.IntN(3) == 0, openRight: true}
			literals, texts = append(literals, w), append(texts, w.text)
		}
		a, ok := newAutomaton(literals)
		if !ok {
			t.Fatalf("%q do not fit", texts)
		}
		line := draw("abnm1[;-\\\x1b", 60)
		got, there := a.all(line), plainly(texts, line)
		for _, one := range got {
			if !slices.Contains(there, one) {
				t.Errorf("%+v in %q: found %q before %d", literals, line, texts[one.literal], one.end)
			}
		}
		for _, one := range there {
			if bordered(&literal{words: literals[one.literal]}, line, one.end) && !slices.Contains(got, one) {
				t.Errorf("%+v in %q: missed %q before %d", literals, line, texts[one.literal], one.end)
			}
		}
	}
}

func TestAutomatonRefusesWhatDoesNotFit(t *testing.T) {
	var literals []words
	for i := range 400 {
		literals = append(literals, words{text: strings.Repeat(string(rune(0x4e00+i)), 60)})
	}
	if _, ok := newAutomaton(literals); ok {
		t.Errorf("%d literals of 180 bytes fit %d states", len(literals), maxNodes)
	}
}

func FuzzAutomaton(f *testing.F) {
	f.Add("he\nshe\nhers", "uSHErs")
	f.Add("a\naa\na\n", "aaaa")
	f.Add("死锁\n锁", "检测到死锁")
	f.Fuzz(func(t *testing.T, joined, text string) {
		if len(joined) > 200 || len(text) > 200 {
			return
		}
		var literals []string
		for l := range strings.SplitSeq(joined, "\n") {
			if folded := wordsOf(l).text; folded != "" {
				literals = append(literals, folded)
			}
		}
		same(t, literals, text)
	})
}
