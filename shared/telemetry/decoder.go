package telemetry

import (
	"errors"
	"fmt"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/forewarn/forewarn/shared/memo"
)

// unwanted stands for all series that a decoder leaves out.
var unwanted = &Series{}

// A series takes as much room with its labels as so many of which only the fingerprint is kept.
const withLabels = 8

var errWireType = errors.New("a field has the wrong wire type")

// Decoder reads batches. It remembers the series it has met, up to a bound, and hands out the same *Series
// for each again; a *Series and its strings stay valid for ever and never alias the input.
//
// [Series.Fingerprint] is always computed from the labels here; the one on the wire only finds the series
// without reading its labels. A Decoder is not safe for concurrent use.
type Decoder struct {
	edge    bool
	wants   func(Labels) bool // nil: all
	cache   *memo.Cache[*Series]
	symbols symbolTable

	samples []Sample // behind the batch returned last
	refs    []uint32
	labels  Labels
	budget  int // bytes of labels that the message at hand may still refer to
}

// A symbol is sent once and referred to often, and each reference is work. What all series of a message may refer to
// is in proportion to its size: far more than any sender needs, far less than a crafted message would ask for.
const (
	labelBytesPerByte = 64
	labelBytesAtLeast = 4 << 20
)

// NewDecoder returns a decoder for messages of our own, which knows a series again by the fingerprint on
// the wire. At most maxSeries are remembered (at least two), or eight times as many of those that [Decoder.Only] leaves out: make it twice the number of live series, for then
// a known series never needs its labels again.
func NewDecoder(maxSeries int) *Decoder {
	return &Decoder{cache: memo.New[*Series](withLabels * max(2, maxSeries))}
}

// NewEdgeDecoder returns a decoder for messages from outside. It ignores fingerprints on the wire, since a
// sender could pass its samples off as those of another series, and computes them from the labels.
func NewEdgeDecoder(maxSeries int) *Decoder {
	d := NewDecoder(maxSeries)
	d.edge = true
	return d
}

// Only makes the decoder leave out the series that are not wanted, and remember no labels of theirs. It asks once for each series
// as long as that is remembered, so the answer must follow from the labels alone. These must not be kept. It returns d.
func (d *Decoder) Only(wants func(Labels) bool) *Decoder {
	d.wants = wants
	return d
}

// Decode reads a message into b, whose former content it replaces. b is valid until the next call;
// data is not needed after this one. Where every series is known nothing is allocated.
//
// Fields may come in any order. Labels are put into canonical form as by [NewLabels] and must pass
// [Labels.Validate]. Unknown fields, histograms, exemplars and metadata are skipped, and so are series without
// samples. After an error b is empty. The labels of a series known by its fingerprint are not looked at, so an
// error in them goes unnoticed.
func (d *Decoder) Decode(data []byte, b *Batch) error {
	b.Series, d.samples = b.Series[:0], d.samples[:0]
	d.budget = labelBytesAtLeast + labelBytesPerByte*len(data)
	err := d.decodeRequest(data, b)
	d.symbols.reset()
	clear(d.labels[:cap(d.labels)])
	if err != nil {
		b.Series = b.Series[:0]
		return fmt.Errorf("decode batch: %w", err)
	}
	return nil
}

func (d *Decoder) decodeRequest(data []byte, b *Batch) error {
	var fc easyproto.FieldContext
	var err error
	for rest, n := data, 0; len(rest) > 0; {
		if rest, err = fc.NextField(rest); err != nil {
			return err
		}
		if fc.FieldNum != requestTimeSeries {
			continue
		}
		message, ok := fc.MessageData()
		if !ok {
			return errWireType
		}
		if err := d.decodeSeries(data, message, b); err != nil {
			return fmt.Errorf("series %d: %w", n, err)
		}
		n++
	}
	return nil
}

// decodeSeries appends the series in message, a part of data, to b.
func (d *Decoder) decodeSeries(data, message []byte, b *Batch) error {
	first := len(d.samples)
	fingerprint, err := d.scanSeries(message)
	if err != nil {
		return err
	}
	if len(d.samples) == first {
		return nil
	}
	s, err := d.resolve(data, message, fingerprint)
	if err != nil {
		return err
	}
	if s == unwanted {
		d.samples = d.samples[:first]
		return nil
	}
	// If samples grows later, this part stays behind in the old array, complete.
	b.Series = append(b.Series, TimeSeries{Series: s, Samples: d.samples[first:len(d.samples):len(d.samples)]})
	return nil
}

// scanSeries appends the samples and returns the fingerprint, 0 if there is none.
func (d *Decoder) scanSeries(message []byte) (fingerprint uint64, err error) {
	var fc easyproto.FieldContext
	ok := true
	for len(message) > 0 && ok {
		if message, err = fc.NextField(message); err != nil {
			return 0, err
		}
		switch fc.FieldNum {
		case seriesSamples:
			var sample []byte
			if sample, ok = fc.MessageData(); ok {
				err = d.appendSample(sample)
			}
		case seriesFingerprint:
			fingerprint, ok = fc.Fixed64()
		}
		if err != nil {
			return 0, err
		}
	}
	if !ok {
		return 0, errWireType
	}
	return fingerprint, nil
}

func (d *Decoder) appendSample(message []byte) (err error) {
	var fc easyproto.FieldContext
	var s Sample
	ok := true
	for len(message) > 0 && ok {
		if message, err = fc.NextField(message); err != nil {
			return fmt.Errorf("sample: %w", err)
		}
		switch fc.FieldNum {
		case sampleValue:
			s.Value, ok = fc.Double()
		case sampleTimestamp:
			s.TimeMillis, ok = fc.Int64()
		}
	}
	if !ok {
		return errWireType
	}
	d.samples = append(d.samples, s)
	return nil
}

// resolve finds the series by the fingerprint on the wire if it may be trusted, else by its labels.
func (d *Decoder) resolve(data, message []byte, fingerprint uint64) (*Series, error) {
	trusted := !d.edge && fingerprint != 0
	if trusted {
		if s, ok := d.cache.Get(fingerprint); ok {
			return s, nil
		}
	}
	labels, err := d.readLabels(data, message)
	if err != nil {
		return nil, err
	}
	if !trusted {
		fingerprint = labels.Fingerprint()
		if s, ok := d.cache.Get(fingerprint); ok {
			return s, nil
		}
	}
	if d.wants != nil && !d.wants(labels) {
		d.cache.Put(fingerprint, unwanted, 1)
		return unwanted, nil
	}
	d.symbols.own(d.refs)
	s := NewSeries(NewLabels(d.symbols.labels(d.labels[:0], d.refs)...))
	d.cache.Put(fingerprint, s, withLabels)
	return s, nil
}

// readLabels returns the labels in canonical form; they may alias data.
func (d *Decoder) readLabels(data, message []byte) (Labels, error) {
	if err := d.symbols.load(data); err != nil {
		return nil, fmt.Errorf("symbols: %w", err)
	}
	if err := d.readRefs(message); err != nil {
		return nil, err
	}
	if err := d.symbols.check(d.refs); err != nil {
		return nil, err
	}
	d.labels = d.symbols.labels(d.labels[:0], d.refs)
	labels := d.labels
	if d.budget -= labels.size(); d.budget < 0 {
		return nil, errors.New("the labels of the series are out of all proportion to the message; send fewer series in one, or shorter labels")
	}
	if !labels.isCanonical() {
		labels = NewLabels(labels...)
	}
	return labels, labels.Validate()
}

func (d *Decoder) readRefs(message []byte) (err error) {
	var fc easyproto.FieldContext
	d.refs = d.refs[:0]
	for len(message) > 0 {
		if message, err = fc.NextField(message); err != nil {
			return err
		}
		if fc.FieldNum != seriesLabelRefs {
			continue
		}
		var ok bool
		if d.refs, ok = fc.UnpackUint32s(d.refs); !ok {
			return errors.New("label references are not numbers of 32 bits")
		}
		if len(d.refs) > 2*MaxLabels {
			return fmt.Errorf("more than %d labels", MaxLabels)
		}
	}
	return nil
}
