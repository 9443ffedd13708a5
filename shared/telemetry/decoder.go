package telemetry

import (
	"errors"
	"fmt"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/forewarn/forewarn/shared/memo"
)

// unwanted stands for all series that a decoder leaves out.
var unwanted = &Series{}

// perLabels is how many series of which only the fingerprint is kept take as much room as one with its labels.
const perLabels = 8

var errWireType = errors.New("a field has the wrong wire type")

// Decoder reads batches. It remembers the series it has met, up to a bound, and hands out the same *Series
// for each again; a *Series and its strings stay valid for ever and never alias the input.
//
// [Series.Fingerprint] is always computed from the labels here; the one on the wire only finds the series
// without reading its labels. A Decoder is not safe for concurrent use.
type Decoder struct {
	edge    bool
	cache   *memo.Cache[*Series]
	symbols symbolTable
	// reader remembers what is known of series in the place of the cache, and refused those that it does not want.
	reader  Reader
	refused *memo.Set

	samples []Sample // behind the batch returned last
	known   []Series // of it, without labels
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
// the wire. At most maxSeries are remembered (at least two): make it twice the number of live series, for then
// a known series never needs its labels again.
func NewDecoder(maxSeries int) *Decoder {
	return &Decoder{cache: memo.New[*Series](max(2, maxSeries))}
}

// NewEdgeDecoder returns a decoder for messages from outside. It ignores fingerprints on the wire, since a
// sender could pass its samples off as those of another series, and computes them from the labels.
func NewEdgeDecoder(maxSeries int) *Decoder {
	d := NewDecoder(maxSeries)
	d.edge = true
	return d
}

// Reader reads series from a [Decoder] and remembers by their fingerprints what it makes of them.
type Reader interface {
	// Knows reports whether the labels of a series are of no use any more, whatever else is in the batch at hand.
	Knows(fingerprint uint64) bool
	// Wants reports whether a series with these labels, which must not be kept, is good for anything. It must follow from them alone.
	Wants(Labels) bool
}

// NewDecoderFor returns a decoder for messages of our own that keeps no labels: a reader that keeps what it makes of a series would hold
// a million of them twice. A series that the reader knows comes without labels, valid until the next call; one that it does not want does not
// come, and it is asked for once as long as that is remembered, which is of eight times maxSeries.
func NewDecoderFor(r Reader, maxSeries int) *Decoder {
	return &Decoder{reader: r, refused: memo.NewSet(perLabels * max(2, maxSeries))}
}

// Decode reads a message into b, whose former content it replaces. b is valid until the next call;
// data is not needed after this one. Where every series is known nothing is allocated.
//
// Fields may come in any order. Labels are put into canonical form as by [NewLabels] and must pass
// [Labels.Validate]. Unknown fields, histograms, exemplars and metadata are skipped, and so are series without
// samples. After an error b is empty. The labels of a series known by its fingerprint are not looked at, so an
// error in them goes unnoticed.
func (d *Decoder) Decode(data []byte, b *Batch) error {
	b.Series, d.samples, d.known = b.Series[:0], d.samples[:0], d.known[:0]
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
	fingerprint, s, err := d.scanSeries(message)
	if err != nil {
		return err
	}
	if s == nil && len(d.samples) > first {
		if s, err = d.resolve(data, message, fingerprint); err != nil {
			return err
		}
	}
	if s == unwanted || len(d.samples) == first {
		d.samples = d.samples[:first]
		return nil
	}
	// If samples grows later, this part stays behind in the old array, complete.
	b.Series = append(b.Series, TimeSeries{Series: s, Samples: d.samples[first:len(d.samples):len(d.samples)]})
	return nil
}

// scanSeries appends the samples and returns the fingerprint, 0 if there is none, with the series that is known by that, nil if none is. Of
// one that is not wanted it need not read the rest.
func (d *Decoder) scanSeries(message []byte) (fingerprint uint64, s *Series, err error) {
	var fc easyproto.FieldContext
	ok := true
	for len(message) > 0 && ok {
		if message, err = fc.NextField(message); err != nil {
			return 0, nil, err
		}
		switch fc.FieldNum {
		case seriesSamples:
			var sample []byte
			if sample, ok = fc.MessageData(); ok {
				err = d.appendSample(sample)
			}
		case seriesFingerprint:
			if fingerprint, ok = fc.Fixed64(); ok && d.trusts(fingerprint) {
				s = d.find(fingerprint)
			}
			if s == unwanted {
				return fingerprint, s, nil
			}
		}
		if err != nil {
			return 0, nil, err
		}
	}
	if !ok {
		return 0, nil, errWireType
	}
	return fingerprint, s, nil
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

// trusts tells whether a fingerprint on the wire is that of the labels.
func (d *Decoder) trusts(fingerprint uint64) bool { return !d.edge && fingerprint != 0 }

// resolve finds a series that is not known by its fingerprint by its labels.
func (d *Decoder) resolve(data, message []byte, fingerprint uint64) (*Series, error) {
	labels, err := d.readLabels(data, message)
	if err != nil {
		return nil, err
	}
	if !d.trusts(fingerprint) {
		fingerprint = labels.Fingerprint()
		if s := d.find(fingerprint); s != nil {
			return s, nil
		}
	}
	if d.reader != nil && !d.reader.Wants(labels) {
		d.refused.Add(fingerprint)
		return unwanted, nil
	}
	d.symbols.own(d.refs)
	s := NewSeries(NewLabels(d.symbols.labels(d.labels[:0], d.refs)...))
	if d.reader == nil {
		d.cache.Put(fingerprint, s)
	}
	return s, nil
}

// find returns the series of a fingerprint, nil if it is not known (any more).
func (d *Decoder) find(fingerprint uint64) *Series {
	switch {
	case d.reader == nil:
		s, _ := d.cache.Get(fingerprint)
		return s
	case d.refused.Follows(fingerprint): // of the three ways to know it, the cheapest first
		return unwanted
	case !d.reader.Knows(fingerprint):
		if d.refused.Has(fingerprint) {
			return unwanted
		}
		return nil
	}
	// If known grows later, this one stays behind in the old array.
	d.known = append(d.known, Series{Fingerprint: fingerprint})
	return &d.known[len(d.known)-1]
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
