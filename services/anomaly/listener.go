package anomaly

import (
	"maps"
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/redact"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// Listener is the pure heart of the service for one partition: log entries in, findings out. It has no bus and no clock:
// "now" is what the caller says, which is the time at which the bus stored the message. The same calls in the same order
// give the same findings and the same state. Not safe for concurrent use.
type Listener struct {
	cfg     Config
	cat     *signal.Catalogue
	known   map[string]*signature.Signature
	matcher *signature.Matcher
	redact  *redact.Redactor

	now time.Time
	// messages are the episodes that are open, by signal.
	messages map[string]*message
	// diary is what the lines have in common, whether they are known or not.
	diary *diary
	stats Stats
}

// Stats counts what a listener has done since it was made.
type Stats struct {
	// Entries were read; Known are those in which a known message was found; Old those of them that were no news, Refused
	// those for which there was no room.
	Entries, Known, Old, Refused uint64
}

// NewListener returns a listener that has heard nothing yet.
func NewListener(cfg Config, cat *signal.Catalogue, d *signature.Dictionary) *Listener {
	l := &Listener{
		cfg: cfg, cat: cat, matcher: d.Matcher(), redact: redact.New(),
		known: map[string]*signature.Signature{}, messages: map[string]*message{},
	}
	for _, s := range d.Signatures() {
		l.known[s.ID] = &s
	}
	l.diary = newDiary(cfg, l.redact.Line)
	return l
}

// Stats returns the counters.
func (l *Listener) Stats() Stats { return l.stats }

// Len returns the number of open episodes.
func (l *Listener) Len() int { return len(l.messages) + len(l.diary.troubles) }

// Sources returns the number of logs whose patterns are remembered, how many patterns these have, and an estimate of the memory
// that they take, in bytes.
func (l *Listener) Sources() (sources, patterns int, bytes int64) {
	for _, s := range l.diary.sources {
		patterns += len(s.patterns)
	}
	return len(l.diary.sources), patterns, l.diary.bytes()
}

// Observe takes the entries of one origin and returns what they give cause to say. The batch is not kept. Findings lack
// their ID.
func (l *Listener) Observe(now time.Time, b *telemetry.LogBatch) []finding.Finding {
	l.now = now
	log, odd := l.read(b.Origin)
	var touched []*message
	for i := range b.Records {
		r := &b.Records[i]
		l.stats.Entries++
		s := l.matcher.MatchString(r.Body)
		odd = append(odd, log(r, s != nil)...)
		if s == nil {
			continue
		}
		l.stats.Known++
		if m := l.hear(s, b.Origin, r); m != nil && !slices.Contains(touched, m) {
			touched = append(touched, m)
		}
	}
	var out []finding.Finding
	for _, m := range touched {
		out = append(out, m.tell(l.known[m.Signature], now)...)
	}
	return append(out, odd...)
}

// read begins to read a batch of an origin, whose entries are given to log, and returns what is said for that alone.
func (l *Listener) read(origin telemetry.Labels) (log func(r *telemetry.LogRecord, known bool) []finding.Finding, out []finding.Finding) {
	d, now := l.diary, l.now.UnixMilli()
	s := d.open(origin, func() *source { return newSource(origin, l.place(origin), now, l.cfg.MaxPatterns) }, now)
	if s == nil {
		return func(*telemetry.LogRecord, bool) []finding.Finding { d.stats.RefusedSources++; return nil }, nil
	}
	full := d.bytes() >= int64(l.cfg.MaxState)
	return func(r *telemetry.LogRecord, known bool) []finding.Finding {
		entry := newLine(r, l.now)
		return d.hear(s, &entry, full, known)
	}, d.begin(s, now)
}

// hear counts an entry with its message; nil if that is no news or there is no room.
func (l *Listener) hear(s *signature.Signature, origin telemetry.Labels, r *telemetry.LogRecord) *message {
	at := time.UnixMilli(r.TimeMillis)
	if l.now.Sub(at) > l.cfg.MaxAge {
		l.stats.Old++
		return nil
	}
	if at.After(l.now) {
		at = l.now // a clock that is ahead does not keep an episode open
	}
	place := l.place(origin)
	key := "log-" + s.ID + "/" + place.ID
	m, ok := l.messages[key]
	if !ok {
		if len(l.messages) >= l.cfg.MaxMessages {
			l.stats.Refused++
			return nil
		}
		m = newMessage(key, s, place, origin, at)
		l.messages[key] = m
	}
	m.hear(s, at, l.now, func() string { return l.redact.Line(sample(r.Body)) })
	return m
}

// place returns what an origin belongs to: its pod or host, or, if it names neither, itself.
func (l *Listener) place(origin telemetry.Labels) entity.Entity {
	if e, ok := l.cat.Place(origin); ok {
		return e
	}
	name := entity.Shown(origin.Get("service"))
	if name == "" {
		name = entity.Shown(origin.String())
	}
	return entity.Outermost(entity.App, "", name)
}

// Tick says what time it is, so that it is noticed when messages have stopped.
func (l *Listener) Tick(now time.Time) (out []finding.Finding) {
	l.now = now
	for _, key := range slices.Sorted(maps.Keys(l.messages)) {
		m := l.messages[key]
		s, known := l.known[m.Signature]
		switch {
		case !known: // a release or a user took the signature out
			out = append(out, m.withdrawn(now))
		case now.Sub(time.UnixMilli(m.Heard)) >= l.cfg.ResolveAfter:
			out = append(out, m.resolved(s, now))
		default:
			continue
		}
		delete(l.messages, key)
	}
	return append(out, l.diary.tick(now.UnixMilli())...)
}
