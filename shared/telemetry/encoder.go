package telemetry

import (
	"sync"

	"github.com/VictoriaMetrics/easyproto"
)

// Field numbers of io.prometheus.write.v2, and our own, which lies where the standard will not grow to.
const (
	requestSymbols    = 4
	requestTimeSeries = 5

	seriesLabelRefs   = 1
	seriesSamples     = 2
	seriesFingerprint = 1001 // fixed64, private: xxhash64 of the labels

	sampleValue     = 1
	sampleTimestamp = 2
)

// maxPooledSymbols keeps an encoder that has met one huge batch from holding its memory for ever.
const maxPooledSymbols = 1 << 16

var encoders = sync.Pool{New: func() any { return new(Encoder) }}

// AppendBatch appends b in its wire form to dst and returns the result. Equal batches give equal bytes.
// Series without samples are left out. It is safe for concurrent use and, once warm, allocates only
// to grow dst; a goroutine that encodes in a loop may rather keep an [Encoder].
func AppendBatch(dst []byte, b *Batch) []byte {
	e := encoders.Get().(*Encoder)
	dst = e.AppendBatch(dst, b)
	if cap(e.symbols) <= maxPooledSymbols {
		encoders.Put(e)
	}
	return dst
}

// Encoder writes batches and keeps its memory from one to the next. The zero value is ready; it is not
// safe for concurrent use.
type Encoder struct {
	marshaler easyproto.Marshaler
	index     map[string]uint32 // into symbols
	symbols   []string
	refs      []uint32 // of all series, one after another
}

// AppendBatch is [AppendBatch] with the encoder's own memory.
func (e *Encoder) AppendBatch(dst []byte, b *Batch) []byte {
	defer e.reset()
	e.internSymbols(b)
	m := e.marshaler.MessageMarshaler()
	for _, s := range e.symbols {
		m.AppendString(requestSymbols, s)
	}
	refs := e.refs
	for i := range b.Series {
		ts := &b.Series[i]
		if len(ts.Samples) == 0 {
			continue
		}
		n := 2 * len(ts.Labels)
		appendSeries(m.AppendMessage(requestTimeSeries), ts, refs[:n])
		refs = refs[n:]
	}
	return e.marshaler.Marshal(dst)
}

// internSymbols fills symbols and refs. It runs before anything is written, so that the symbols come first
// in the message and a reader that streams can resolve them.
func (e *Encoder) internSymbols(b *Batch) {
	if e.index == nil {
		e.index = make(map[string]uint32)
	}
	e.symbol("") // symbols[0] must be ""
	for i := range b.Series {
		if len(b.Series[i].Samples) == 0 {
			continue
		}
		for _, l := range b.Series[i].Labels {
			e.refs = append(e.refs, e.symbol(l.Name), e.symbol(l.Value))
		}
	}
}

func (e *Encoder) symbol(s string) uint32 {
	if i, ok := e.index[s]; ok {
		return i
	}
	i := uint32(len(e.symbols))
	e.index[s] = i
	e.symbols = append(e.symbols, s)
	return i
}

// reset forgets the batch, so that a pooled encoder pins none of its strings.
func (e *Encoder) reset() {
	e.marshaler.Reset()
	clear(e.index)
	clear(e.symbols)
	e.symbols, e.refs = e.symbols[:0], e.refs[:0]
}

// appendSeries appends a series, its fingerprint first: by that a reader knows whether the rest is worth reading.
func appendSeries(m *easyproto.MessageMarshaler, ts *TimeSeries, refs []uint32) {
	if ts.Fingerprint != 0 {
		m.AppendFixed64(seriesFingerprint, ts.Fingerprint)
	}
	m.AppendUint32s(seriesLabelRefs, refs)
	for _, s := range ts.Samples {
		sm := m.AppendMessage(seriesSamples)
		sm.AppendDouble(sampleValue, s.Value)
		sm.AppendInt64(sampleTimestamp, s.TimeMillis)
	}
}
