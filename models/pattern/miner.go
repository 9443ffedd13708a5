package pattern

import (
	"cmp"
	"slices"
)

// Miner learns the patterns of lines. It is not safe for concurrent use.
type Miner struct {
	cfg    Config
	scan   scanner
	words  []word
	known  cache
	groups map[uint64]*group
	used   recent
	family family
	merges []Merge
	news   novelty
	lines  uint64
	orders uint64
	lost   uint64
}

// Match tells to which pattern a line belongs.
type Match struct {
	ID ID
	// Text is the pattern, <*> standing for a value. It is "" for a line without any text.
	Text string
	// New says that this pattern has been found with this line.
	New bool
	// Merges are the patterns that this one, being more general, takes the place of from now on. They are valid until
	// the next call.
	Merges []Merge
	// Exploding is set once: nearly every line makes a pattern of its own, so that patterns say nothing about them.
	Exploding bool
}

// Merge says that the pattern From is no more, and its lines are of Into.
type Merge struct{ From, Into ID }

// Pattern is a pattern with the number of lines that belong to it, as far as the Miner remembers.
type Pattern struct {
	ID    ID
	Text  string
	Lines uint64
}

// New returns a Miner that has seen nothing. It is an error if cfg is not valid.
func New(cfg Config) (*Miner, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Miner{
		cfg: cfg, known: cache{texts: cfg.Patterns}, groups: map[uint64]*group{},
		family: family{contexts: contexts{}, values: cfg.Values},
	}, nil
}

// Add learns from a line, given without its end, and tells to which pattern it belongs. Nothing of the line is kept but its
// words. It allocates nothing for lines that differ from earlier ones in their values only.
func (m *Miner) Add(line []byte) Match {
	m.lines++
	masked := m.scan.mask(line, m.cfg.LineBytes)
	e := m.known.get(masked)
	if e == nil {
		return m.learn(masked)
	}
	m.count(e)
	return Match{ID: e.id, Text: e.text, Exploding: m.news.add(false)}
}

// learn finds or makes the pattern of a text that has not been met lately.
func (m *Miner) learn(masked []byte) Match {
	t := m.template(masked)
	shape := t.shape()
	g := m.groups[shape]
	if e := g.find(&t); e != nil {
		m.count(e)
		m.known.put(string(masked), e)
		return Match{ID: e.id, Text: e.text, Exploding: m.news.add(false)}
	}
	if g == nil {
		g = &group{shape: shape}
		m.groups[shape] = g
	}
	m.merges = m.merges[:0]
	e := m.settle(g, t, 1)
	m.known.put(string(masked), e)
	return Match{ID: e.id, Text: e.text, New: true, Merges: m.merges, Exploding: m.news.add(true)}
}

// settle makes a pattern of t, joined with those that it forms a family with, as long as there are any.
func (m *Miner) settle(g *group, t template, lines uint64) *entry {
	first, loose := len(m.merges), false
	for m.family.find(g, &t, nil) {
		t, loose = m.family.join(&t), true
		for _, e := range m.family.joined {
			lines += e.count
			m.merges = append(m.merges, Merge{From: e.id})
			m.drop(e)
		}
	}
	m.room(g)
	m.orders++
	text := t.text()
	e := &entry{template: t, id: identify(text), text: text, count: lines, order: m.orders, loose: loose}
	for i := range m.merges[first:] {
		m.merges[first+i].Into = e.id
	}
	m.insert(g, e)
	return e
}

// Review looks at all patterns again with what has been learned since they were found, and returns those that have become
// one with others. It is worth a call now and then, and when there are no more lines. The result is valid until the next
// call.
func (m *Miner) Review() []Merge {
	m.merges = m.merges[:0]
	for before := -1; before < len(m.merges); {
		before = len(m.merges)
		for _, e := range m.oldestFirst() {
			if e.group != nil {
				m.review(e)
			}
		}
	}
	return m.merges
}

// review joins a pattern with others of its group, if they are a family by now.
func (m *Miner) review(e *entry) {
	g := e.group
	if !m.family.find(g, &e.template, e) {
		return
	}
	t := e.template
	m.drop(e)
	into := m.settle(g, t, e.count)
	m.merges = append(m.merges, Merge{From: e.id, Into: into.id})
}

// oldestFirst returns all patterns in the order of their creation.
func (m *Miner) oldestFirst() []*entry {
	out := make([]*entry, 0, m.used.length)
	for e := m.used.first; e != nil; e = e.after {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *entry) int { return cmp.Compare(a.order, b.order) })
	return out
}

// room makes room for one more pattern in g.
func (m *Miner) room(g *group) {
	if len(g.entries) >= m.cfg.Alike {
		m.forget(g.stale())
	}
	if m.used.length >= m.cfg.Patterns {
		m.forget(m.used.last())
	}
}

func (m *Miner) forget(e *entry) {
	m.lost++
	m.drop(e)
}

// insert remembers e as the newest of g.
func (m *Miner) insert(g *group, e *entry) {
	g.add(e)
	m.groups[g.shape] = g
	m.used.push(e)
}

// drop removes e from everywhere but the cache, which sees that it has no group, and keeps nothing large of it alive.
func (m *Miner) drop(e *entry) {
	g := e.group
	g.remove(e)
	if len(g.entries) == 0 {
		delete(m.groups, g.shape)
	}
	m.used.remove(e)
	e.template, e.text = template{}, ""
}

func (m *Miner) count(e *entry) {
	e.count++
	m.used.touch(e)
}

// template returns a masked text in its words. What is beyond the last word that is looked at is one value.
func (m *Miner) template(masked []byte) template {
	m.words = split(masked, m.words[:0], m.cfg.Words+1)
	if len(m.words) > m.cfg.Words {
		last := &m.words[m.cfg.Words]
		masked = append(masked[:last.from:last.from], hole)
		*last = newWord(masked, len(masked)-1, len(masked))
	}
	return template{masked: string(masked), words: slices.Clone(m.words)}
}

// Find tells to which pattern a line belongs, without learning from it. A line of a pattern that is not known is a pattern of
// its own, which is New.
func (m *Miner) Find(line []byte) Match {
	masked := m.scan.mask(line, m.cfg.LineBytes)
	e := m.known.get(masked)
	if e != nil {
		return Match{ID: e.id, Text: e.text}
	}
	t := m.template(masked)
	if e = m.groups[t.shape()].find(&t); e != nil {
		m.known.put(string(masked), e)
		return Match{ID: e.id, Text: e.text}
	}
	text := t.text()
	return Match{ID: identify(text), Text: text, New: true}
}

// Patterns returns what is remembered, the pattern used most recently first.
func (m *Miner) Patterns() []Pattern {
	out := make([]Pattern, 0, m.used.length)
	for e := m.used.first; e != nil; e = e.after {
		out = append(out, Pattern{ID: e.id, Text: e.text, Lines: e.count})
	}
	return out
}

// Lines returns how many lines have been added.
func (m *Miner) Lines() uint64 { return m.lines }

// Forgotten returns how many patterns have been given up for want of room.
func (m *Miner) Forgotten() uint64 { return m.lost }
