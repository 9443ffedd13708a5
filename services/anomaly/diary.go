package anomaly

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/logs"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// diary is what the lines of all sources of a partition have in common, how often each pattern comes, and what is odd about
// that. It is as pure as the [Listener] that it is part of.
type diary struct {
	cfg     Config
	show    func(string) string // makes a text fit to be seen
	sources map[string]*source  // by ID
	// troubles are the episodes that are open, by signal.
	troubles map[string]*trouble
	// heard is when entries came last, awake since when the bus has told of the time without a long gap, ticked when it did
	// last; Unix milliseconds.
	heard, awake, ticked int64
	stats                diaryStats
}

// diaryStats counts what could not be remembered since the listener was made.
type diaryStats struct {
	// RefusedSources are entries of sources for which there was no room, RefusedPatterns those of patterns; Forgotten are
	// sources that had to make room.
	RefusedSources, RefusedPatterns, Forgotten uint64
}

func newDiary(cfg Config, show func(string) string) *diary {
	return &diary{cfg: cfg, show: show, sources: map[string]*source{}, troubles: map[string]*trouble{}}
}

// bytes estimates what all sources cost.
func (d *diary) bytes() (sum int64) {
	for _, s := range d.sources {
		sum += s.bytes
	}
	return sum
}

// open returns the source that has begun, or goes on, to write; nil if there is no room. made returns it if it is new.
func (d *diary) open(origin telemetry.Labels, made func() *source, now int64) *source {
	id := sourceID(origin)
	if s := d.sources[id]; s != nil {
		return s
	}
	if (len(d.sources) >= d.cfg.MaxSources || d.bytes() >= int64(d.cfg.MaxState)) && !d.forgetIdle(now) {
		return nil
	}
	s := made()
	d.sources[id] = s
	return s
}

// idle is how long a source must not have written so that another may take its place.
const idle = time.Hour

// forgetIdle forgets the source that was heard longest ago, and reports whether there is one that is idle.
func (d *diary) forgetIdle(now int64) bool {
	var oldest *source
	for _, s := range d.sources {
		if oldest == nil || cmp.Or(cmp.Compare(s.Heard, oldest.Heard), cmp.Compare(s.ID, oldest.ID)) < 0 {
			oldest = s
		}
	}
	if oldest == nil || now-oldest.Heard < idle.Milliseconds() {
		return false
	}
	d.stats.Forgotten++
	delete(d.sources, oldest.ID)
	return true
}

// begin notes that a source writes, and returns what ends with that.
func (d *diary) begin(s *source, now int64) (out []finding.Finding) {
	if s.Heard > d.awake {
		s.Rhythm.paused(now-s.Heard, now)
	}
	s.Heard = max(s.Heard, now)
	d.heard = max(d.heard, now)
	if t := d.troubles[signalOf(silent, s, "")]; t != nil {
		delete(d.troubles, t.Signal)
		out = append(out, t.ended(time.UnixMilli(now)))
	}
	return out
}

// hear counts a line and returns what gives cause to be said about its source or its pattern. known tells that the line is in the
// dictionary, so that it speaks for itself.
func (d *diary) hear(s *source, l *line, full, known bool) []finding.Finding {
	s.count(l)
	c, exploding := s.learn(l, bounds{patterns: d.cfg.MaxPatterns, full: full}, d.show)
	if c == nil && l.first != "" {
		d.stats.RefusedPatterns++
	}
	var out []finding.Finding
	if exploding {
		out = append(out, d.say(shapeless, s, nil, l, nil)...)
	}
	if c == nil || l.level < logs.Warn || l.now-l.at > d.cfg.MaxAge.Milliseconds() {
		return out
	}
	if known {
		c.told = true
	}
	return append(append(out, d.novelty(s, c, l)...), d.spike(s, c, l)...)
}

// say opens an episode, or goes on with the one that is open, and returns what is to be said. change tells what is known
// by now, and whether that is worse.
func (d *diary) say(kind oddity, s *source, c *counted, l *line, change func(*trouble) (worse bool)) []finding.Finding {
	id := ""
	if c != nil {
		s.redact(c, d.show)
		id = c.id.String()
	}
	key := signalOf(kind, s, id)
	t := d.troubles[key]
	if t == nil {
		if len(d.troubles) >= d.cfg.MaxMessages {
			return nil
		}
		t = newTrouble(kind, s, c, l.now)
		d.troubles[key] = t
	}
	t.Heard = l.now
	worse := change != nil && change(t)
	return t.tell(time.UnixMilli(l.now), worse)
}

const (
	// novelHits is how many lines of a new pattern, within novelWindow of the first, are worth a word; two sources suffice.
	novelHits   = 3
	novelWindow = time.Hour
)

// novelty speaks of a pattern of trouble that was never there before.
func (d *diary) novelty(s *source, c *counted, l *line) []finding.Finding {
	if c.told && l.now-c.since > day+novelWindow.Milliseconds() {
		return nil // its episode, if there was one, is over
	}
	if d.troubles[signalOf(novel, s, c.id.String())] != nil {
		return d.say(novel, s, c, l, func(t *trouble) bool { t.Count++; return false })
	}
	if c.told {
		return nil
	}
	if s.Shapeless || l.now-s.Since < settling.Milliseconds() || l.now-c.since > novelWindow.Milliseconds() {
		c.told = true // what was there when nothing could be said is no news afterwards
		return nil
	}
	if c.lines() < novelHits && !d.elsewhere(s, c, l) {
		return nil
	}
	c.told = true
	if !s.Mute.allows(l.now) {
		return nil
	}
	return d.say(novel, s, c, l, func(t *trouble) bool { t.Count = c.lines(); return false })
}

// elsewhere reports whether another entity has the pattern as newly.
func (d *diary) elsewhere(s *source, c *counted, l *line) bool {
	for _, o := range d.sources {
		if o.Entity.ID == s.Entity.ID {
			continue
		}
		if other := o.patterns[c.id]; other != nil && l.now-other.since <= novelWindow.Milliseconds() && l.now-o.Since >= settling.Milliseconds() {
			return true
		}
	}
	return false
}

// spike speaks of a pattern of trouble that is far more frequent than it ever was.
func (d *diary) spike(s *source, c *counted, l *line) []finding.Finding {
	if s.Shapeless || l.now-s.Since < settling.Milliseconds() || l.now-c.since < settling.Milliseconds() {
		return nil
	}
	most, is := c.tally.spikes()
	if !is {
		return nil
	}
	return d.say(spike, s, c, l, func(t *trouble) bool {
		n := uint64(c.tally.hour(c.tally.hours.newest))
		t.Count, t.Usual = max(t.Count, n), int64(most)
		if l.level < logs.Error || n < spikeLarge || t.Severe == finding.Warning {
			return false
		}
		t.Severe = finding.Warning
		return true
	})
}

// asleep is how long the bus must not have told the time so that silence before says nothing.
const asleep = 5 * time.Minute

// tick says what time it is, so that it is noticed when sources have stopped and episodes are over.
func (d *diary) tick(now int64) (out []finding.Finding) {
	if now-max(d.ticked, d.heard) > asleep.Milliseconds() {
		d.awake = now
	}
	d.ticked = now
	for _, key := range slices.Sorted(maps.Keys(d.troubles)) {
		if t := d.troubles[key]; t.over(now, d.cfg.ResolveAfter) || d.sources[t.Source] == nil {
			delete(d.troubles, key)
			out = append(out, t.ended(time.UnixMilli(now)))
		}
	}
	if now-d.heard > asleep.Milliseconds() {
		return out // nobody is heard: it is not the sources that are silent
	}
	for _, id := range slices.Sorted(maps.Keys(d.sources)) {
		out = append(out, d.silence(d.sources[id], now)...)
	}
	return out
}

// silence speaks of a source that wrote steadily and has stopped. Of the sources of one entity only one is spoken of.
func (d *diary) silence(s *source, now int64) []finding.Finding {
	pause, long := now-max(s.Heard, d.awake), s.Rhythm.long()
	if pause < long {
		return nil
	}
	t := d.troubles[signalOf(silent, s, "")]
	steady, sure := s.steady()
	if t == nil && (!steady || d.quiet(s) || d.succeeded(s) || len(d.troubles) >= d.cfg.MaxMessages) {
		return nil
	}
	if t == nil {
		t = newTrouble(silent, s, nil, now)
		t.Heard, t.Count, t.Usual = s.Heard, s.all.sum(s.Heard/hour-1, steadyHours), max(s.Rhythm.Longest, s.Rhythm.Before)
		d.troubles[t.Signal] = t
	}
	sure = sure && s.Entity.Type != entity.Pod // which comes and goes
	worse := sure && pause >= surePause*long && t.Severe != finding.Warning
	if worse {
		t.Severe = finding.Warning
	}
	return t.tell(time.UnixMilli(now), worse)
}

// surePause times as long as what is a long pause is worth a warning.
const surePause = 4

// quiet reports whether it has been said already that a source of the same entity is silent.
func (d *diary) quiet(s *source) bool {
	for _, t := range d.troubles {
		if t.Kind == silent && t.Entity.ID == s.Entity.ID {
			return true
		}
	}
	return false
}

// succeeded reports whether another log of the same entity began about when this one ended: a file whose name tells the day, or
// month, gives way to the next.
func (d *diary) succeeded(s *source) bool {
	for _, o := range d.sources {
		if o.Entity.ID == s.Entity.ID && o.Since >= s.Heard-idle.Milliseconds() {
			return true
		}
	}
	return false
}
