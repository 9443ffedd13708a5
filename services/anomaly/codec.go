package anomaly

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// snapshotVersion changes with the layout of a snapshot.
const snapshotVersion = 1

// snapshot is the state of a listener.
type snapshot struct {
	Version  int        `json:"version"`
	Now      int64      `json:"now"`
	Messages []*message `json:"messages"`
}

// Snapshot returns the state as JSON, messages in the order of their signals. Equal states give equal bytes.
func (l *Listener) Snapshot() ([]byte, error) {
	s := snapshot{Version: snapshotVersion, Now: l.now.UnixMilli(), Messages: []*message{}}
	for _, key := range slices.Sorted(maps.Keys(l.messages)) {
		s.Messages = append(s.Messages, l.messages[key])
	}
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode anomaly snapshot: %w", err)
	}
	return data, nil
}

// Restore replaces the state by what Snapshot returned. On an error the listener has heard nothing yet.
func (l *Listener) Restore(state []byte) error {
	clear(l.messages)
	l.now = time.Time{}
	var s snapshot
	if err := json.Unmarshal(state, &s); err != nil {
		return fmt.Errorf("decode anomaly snapshot: %w", err)
	}
	if s.Version != snapshotVersion {
		return fmt.Errorf("anomaly snapshot is of version %d, not %d", s.Version, snapshotVersion)
	}
	for i, m := range s.Messages {
		if m == nil || m.Signal == "" || m.Episode == "" || m.Count == 0 {
			clear(l.messages)
			return fmt.Errorf("anomaly snapshot: message %d lacks its signal, its episode or its count", i)
		}
		l.messages[m.Signal] = m
	}
	l.now = time.UnixMilli(s.Now)
	return nil
}
