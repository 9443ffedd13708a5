package anomaly

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/chunk"
)

// snapshotVersion changes with the layout of a snapshot. One of another version is refused, and its state is learned again:
// version 1, which was JSON, held nothing but known messages.
const snapshotVersion = 2

// spoken is the part of a snapshot that is JSON: all open episodes, and the times of the diary.
type spoken struct {
	Now      int64      `json:"now"`
	Heard    int64      `json:"heard"`
	Awake    int64      `json:"awake"`
	Ticked   int64      `json:"ticked"`
	Messages []*message `json:"messages"`
	Troubles []*trouble `json:"troubles"`
}

// Snapshot writes the state: a version byte, what is spoken of as JSON, then per source, in the order of their ids, its JSON, its
// Miner and its patterns, each behind its length. Equal states give equal bytes.
func (l *Listener) Snapshot(w io.Writer) error {
	d := l.diary
	s := spoken{Now: l.now.UnixMilli(), Heard: d.heard, Awake: d.awake, Ticked: d.ticked}
	for _, key := range slices.Sorted(maps.Keys(l.messages)) {
		s.Messages = append(s.Messages, l.messages[key])
	}
	for _, key := range slices.Sorted(maps.Keys(d.troubles)) {
		s.Troubles = append(s.Troubles, d.troubles[key])
	}
	data, err := json.Marshal(&s)
	if err != nil {
		return fmt.Errorf("encode anomaly snapshot: %w", err)
	}
	b := chunk.Append([]byte{snapshotVersion}, data)
	_, err = w.Write(b)
	for _, id := range slices.Sorted(maps.Keys(d.sources)) {
		if err == nil {
			b, err = d.sources[id].append(b[:0])
		}
		if err == nil {
			_, err = w.Write(b)
		}
		if err != nil {
			return fmt.Errorf("encode log %s: %w", id, err)
		}
	}
	return err
}

// append adds a source in three chunks.
func (s *source) append(b []byte) ([]byte, error) {
	meta, err := json.Marshal(&s.described)
	if err != nil {
		return nil, err
	}
	miner, err := s.miner.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	counts := s.errors.append(s.all.append(nil))
	for _, c := range s.sorted() {
		counts = c.append(counts)
	}
	return chunk.Append(chunk.Append(chunk.Append(b, meta), miner), counts), nil
}

// refuseNewer returns [bus.ErrNewer] for a state whose first byte, its version, is above the one that is known. The very first ones were JSON.
func refuseNewer(what string, state []byte, known byte) error {
	if len(state) == 0 || state[0] <= known || state[0] == '{' {
		return nil
	}
	return fmt.Errorf("anomaly's %s is of version %d, this release reads up to %d: %w", what, state[0], known, bus.ErrNewer)
}

// Restore replaces the state by what Snapshot returned. A log that cannot be taken over is left out, to be learned anew, and
// counted; other damage is an error, and then the listener has heard nothing yet.
func (l *Listener) Restore(state []byte) error {
	l.clear()
	err := l.fill(state)
	if err != nil {
		l.clear()
	}
	return err
}

func (l *Listener) clear() {
	l.messages, l.now = map[string]*message{}, time.Time{}
	stats := l.diary.stats
	l.diary = newDiary(l.cfg, l.redact.Line)
	l.diary.stats = stats
}

func (l *Listener) fill(b []byte) error {
	if err := refuseNewer("snapshot of logs", b, snapshotVersion); err != nil {
		return err
	}
	if len(b) == 0 || b[0] != snapshotVersion {
		return fmt.Errorf("anomaly snapshot is not of version %d; patterns are learned again", snapshotVersion)
	}
	data, b, err := chunk.Cut(b[1:])
	if err != nil {
		return err
	}
	if err := l.speak(data); err != nil {
		return err
	}
	for len(b) > 0 {
		var chunks [3][]byte
		for i := range chunks {
			if chunks[i], b, err = chunk.Cut(b); err != nil {
				return err
			}
		}
		l.diary.restore(chunks[0], chunks[1], chunks[2])
	}
	return nil
}

// speak takes over the open episodes.
func (l *Listener) speak(data []byte) error {
	var s spoken
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("decode anomaly snapshot: %w", err)
	}
	for i, m := range s.Messages {
		if m == nil || m.Signal == "" || m.Episode == "" || m.Count == 0 {
			return fmt.Errorf("anomaly snapshot: message %d lacks its signal, its episode or its count", i)
		}
		l.messages[m.Signal] = m
	}
	for i, t := range s.Troubles {
		if t == nil || t.Signal == "" || t.Episode == "" || t.Severe.Rank() == 0 {
			return fmt.Errorf("anomaly snapshot: episode %d lacks its signal, its name or its severity", i)
		}
		l.diary.troubles[t.Signal] = t
	}
	l.now = time.UnixMilli(s.Now)
	l.diary.heard, l.diary.awake, l.diary.ticked = s.Heard, s.Awake, s.Ticked
	return nil
}

// restore takes over a source; what cannot be taken over is forgotten, and counted.
func (d *diary) restore(meta, miner, counts []byte) {
	s := &source{}
	err := json.Unmarshal(meta, &s.described)
	if err == nil {
		s.prepare(d.cfg.MaxPatterns)
		err = s.miner.UnmarshalBinary(miner)
	}
	if err == nil {
		err = s.restore(counts, d.cfg.MaxPatterns)
	}
	if err != nil || s.ID == "" || d.sources[s.ID] != nil || len(d.sources) >= d.cfg.MaxSources {
		d.stats.Forgotten++
		return
	}
	d.sources[s.ID] = s
}
