package trend

import (
	"encoding/json"
	"fmt"

	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/wire"
)

// portrait is what a snapshot holds of a signal.
type portrait struct {
	*kept
	model, foretold any // a [wire.Binary], or a *[]byte of what it wrote
}

// Fields makes it a message. The key follows from rule and entity.
func (p *portrait) Fields() []any {
	return []any{
		&p.Rule, (*string)(&p.Entity), wire.List(&p.Feeds), &p.Active, &p.Used, &p.Limit, &p.Heard, &p.Judged, &p.JudgedShare, &p.Due, &p.Episode,
		&p.Runs, &p.Behind, p.model, p.foretold,
	}
}

// Fields makes a feed a message.
func (f *feed) Fields() []any {
	return []any{&f.Group, &f.Series, &f.Reading, &f.Interval, &f.Last}
}

// Fields makes an episode a message.
func (e *episode) Fields() []any {
	return []any{
		&e.ID, &e.Suspected, &e.Suspicions, &e.Calm, &e.Told, (*string)(&e.Severity), &e.Date, &e.Used, &e.Opened, &e.Sure,
		(*string)(&e.Became), &e.BecameAt, &e.Said, &e.Lower, &e.Higher,
	}
}

// Fields makes what runs behind a signal a message.
func (r *running) Fields() []any {
	return []any{&r.Component, &r.Version, &r.Since, (*fresh)(r)}
}

// fresh is the detector of a version, if it has one of its own. One that cannot be taken over is learned anew: it is no reason to
// forget its signal.
type fresh running

var _ wire.Binary = (*fresh)(nil)

func (r *fresh) AppendBinary(b []byte) ([]byte, error) {
	if r.Fresh == nil {
		return b, nil
	}
	return r.Fresh.AppendBinary(b)
}

func (r *fresh) UnmarshalBinary(b []byte) error {
	r.Fresh = &textual{}
	if r.Fresh.UnmarshalBinary(b) != nil {
		*r.Fresh = textual{}
	}
	return nil
}

// cut restores the first signal that b holds, and returns what follows it.
func (w *Worker) cut(b []byte) (rest []byte, err error) {
	message, rest, err := chunk.Cut(b)
	if err != nil {
		return nil, err
	}
	var k kept
	var model, foretold []byte
	if err := wire.Read(message, &portrait{kept: &k, model: &model, foretold: &foretold}); err != nil {
		return nil, fmt.Errorf("decode signal: %w", err)
	}
	if _, err := k.Entity.Unpack(); err != nil {
		return nil, fmt.Errorf("decode signal: %w", err)
	}
	k.Key = k.Rule + "/" + k.Entity.ID()
	w.restore(k, model, foretold)
	return rest, nil
}

// cutJSON is the same of what earlier releases wrote.
func (w *Worker) cutJSON(b []byte) (rest []byte, err error) {
	var parts [3][]byte
	for i := range parts {
		if parts[i], b, err = chunk.Cut(b); err != nil {
			return nil, err
		}
	}
	var k kept
	if err := json.Unmarshal(parts[0], &k); err != nil {
		return nil, fmt.Errorf("decode signal: %w", err)
	}
	w.restore(k, parts[1], parts[2])
	return b, nil
}

// UnmarshalJSON reads a feed as states of earlier releases hold it.
func (f *feed) UnmarshalJSON(data []byte) error {
	var before struct {
		Group  uint64 `json:"group"`
		Series string `json:"series"`
		signal.ReadingJSON
		Interval float64 `json:"interval"`
		Last     int64   `json:"last"`
	}
	if err := json.Unmarshal(data, &before); err != nil {
		return err
	}
	*f = feed{Group: before.Group, Series: before.Series, Reading: before.Reading(), Interval: before.Interval, Last: before.Last}
	return nil
}
