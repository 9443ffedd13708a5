package anomaly

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// message is the episode of one known message of one entity. Times are Unix milliseconds.
type message struct {
	Episode   string        `json:"episode"`
	Signal    string        `json:"signal"`
	Signature string        `json:"signature"`
	Series    string        `json:"series"`
	Entity    entity.Entity `json:"entity"`
	// File and Service are where it was read first.
	File    string `json:"file,omitempty"`
	Service string `json:"service,omitempty"`
	// Count is how many entries it was found in; First and Last are when by the entries' own time, Heard when the bus
	// stored the newest.
	Count uint64 `json:"count"`
	First int64  `json:"first"`
	Last  int64  `json:"last"`
	Heard int64  `json:"heard"`
	// Sample is the newest entry that was told, redacted.
	Sample string `json:"sample"`
	// Told is how many there were when people heard of it last, and ToldAt when that was; 0: not yet.
	Told   uint64 `json:"told"`
	ToldAt int64  `json:"told_at"`
}

const (
	// manyMore is how many times as many entries as were told are worth telling again, toldAgain how long that waits, and
	// stillThere how often it is told that they go on.
	manyMore   = 10
	toldAgain  = 5 * time.Minute
	stillThere = 24 * time.Hour
	// sampleBytes bounds what is kept of an entry.
	sampleBytes = 400
)

func newMessage(key string, s *signature.Signature, place entity.Entity, origin telemetry.Labels, at time.Time) *message {
	return &message{
		// The id is made of what a replay sees again.
		Episode: fmt.Sprintf("%016x-%d", xxhash.Sum64String(key), at.UnixMilli()),
		Signal:  key, Signature: s.ID, Entity: place, File: origin.Get("file"), Service: origin.Get("service"),
		Series: origin.With("signature", s.ID).With(telemetry.MetricName, "log_entries").String(),
		First:  at.UnixMilli(),
	}
}

// hear counts an entry. Its text is asked for only where it will be told.
func (m *message) hear(s *signature.Signature, at, now time.Time, text func() string) {
	m.Count++
	m.First, m.Last, m.Heard = min(m.First, at.UnixMilli()), max(m.Last, at.UnixMilli()), now.UnixMilli()
	if m.due(s, now) {
		m.Sample = text()
	}
}

// due tells whether people should hear of it now.
func (m *message) due(s *signature.Signature, now time.Time) bool {
	waited := now.UnixMilli() - m.ToldAt
	often := m.Told < uint64(s.Often) && m.Count >= uint64(s.Often)
	return m.Told == 0 || often || m.Count >= manyMore*m.Told && waited >= toldAgain.Milliseconds() || waited >= stillThere.Milliseconds()
}

// tell returns what is to be said about it, if it is due.
func (m *message) tell(s *signature.Signature, now time.Time) []finding.Finding {
	if !m.due(s, now) {
		return nil
	}
	action := finding.Updated
	if m.Told == 0 {
		action = finding.Opened
	}
	m.Told, m.ToldAt = m.Count, now.UnixMilli()
	f := m.finding(action, s, time.UnixMilli(m.Last))
	f.Message = m.say()
	return []finding.Finding{f}
}

// resolved ends the episode: the message has not come for long enough.
func (m *message) resolved(s *signature.Signature, now time.Time) finding.Finding {
	f := m.finding(finding.Resolved, s, now)
	f.Message = m.sayStopped(now)
	return f
}

// withdrawn ends the episode of a signature that is in the dictionary no more.
func (m *message) withdrawn(now time.Time) finding.Finding {
	f := m.finding(finding.Resolved, &signature.Signature{Severity: signature.Info, Title: signature.Text{En: m.Signature, Zh: m.Signature}}, now)
	f.Message = m.sayWithdrawn()
	return f
}

func (m *message) finding(a finding.Action, s *signature.Signature, at time.Time) finding.Finding {
	severity := finding.Severity(s.Severity)
	if m.Count < uint64(s.Often) {
		severity = finding.Info
	}
	return finding.Finding{
		Episode: m.Episode, Action: a, Time: at.UTC(), Kind: finding.Log, Signal: m.Signal, Series: m.Series, Entity: m.Entity,
		Severity: severity, Resource: finding.Resource(s.Kind), Used: float64(m.Count), Unit: "entries",
		Title: m.title(s), Advice: text(s.Advice), Evidence: m.evidence(s),
	}
}

// sample returns the beginning of an entry on one line, cut between two runes.
func sample(body string) string {
	if len(body) > sampleBytes {
		cut := sampleBytes
		for cut > 0 && !utf8.RuneStart(body[cut]) {
			cut--
		}
		body = body[:cut] + "…"
	}
	return strings.Join(strings.Fields(body), " ")
}
