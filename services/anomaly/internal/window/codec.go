package window

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// AppendBinary appends what is kept: of each series, in the order of the fingerprints, a piece with the labels in Prometheus'
// notation and one with the samples, each a varint of the time since the one before (Unix milliseconds) and the value's bits.
func (w *Window) AppendBinary(b []byte) ([]byte, error) {
	var samples []byte
	for _, id := range slices.Sorted(maps.Keys(w.kept)) {
		s := w.kept[id]
		samples = samples[:0]
		last := int64(0)
		for _, x := range s.samples {
			samples = binary.AppendVarint(samples, x.TimeMillis-last)
			samples = binary.LittleEndian.AppendUint64(samples, math.Float64bits(x.Value))
			last = x.TimeMillis
		}
		b = chunk.Append(chunk.Append(b, []byte(s.Labels.String())), samples)
	}
	return b, nil
}

// UnmarshalBinary replaces what is kept by what AppendBinary appended; series that no interest selects any more, or for which
// there is no room, are left out. After an error nothing is kept.
func (w *Window) UnmarshalBinary(b []byte) error {
	w.reset()
	for len(b) > 0 {
		rest, err := w.restore(b)
		if err != nil {
			w.reset()
			return err
		}
		b = rest
	}
	return nil
}

func (w *Window) restore(b []byte) (rest []byte, err error) {
	name, rest, err := chunk.Cut(b)
	if err != nil {
		return nil, err
	}
	packed, rest, err := chunk.Cut(rest)
	if err != nil {
		return nil, err
	}
	ls, err := telemetry.ParseSeries(string(name))
	if err != nil {
		return nil, fmt.Errorf("series of a snapshot: %w", err)
	}
	samples, err := unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("samples of %s: %w", name, err)
	}
	t := telemetry.NewSeries(ls)
	if _, twice := w.kept[t.Fingerprint]; twice {
		return nil, fmt.Errorf("series %s of a snapshot is there twice", name)
	}
	if s := w.bind(t); s != nil {
		s.samples = samples
		w.held += len(samples)
	}
	return rest, nil
}

// unpack returns samples, which are in the order of time.
func unpack(b []byte) (out []telemetry.Sample, err error) {
	last := int64(math.MinInt64)
	for at := int64(0); len(b) > 0; {
		step, width := binary.Varint(b)
		if width <= 0 || len(b) < width+8 {
			return nil, chunk.ErrCut
		}
		if at += step; at <= last {
			return nil, fmt.Errorf("%d does not come after %d", at, last)
		}
		last = at
		out = append(out, telemetry.Sample{TimeMillis: at, Value: math.Float64frombits(binary.LittleEndian.Uint64(b[width:]))})
		b = b[width+8:]
	}
	return out, nil
}
