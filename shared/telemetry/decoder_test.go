package telemetry_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/easyproto"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// message builds a request by hand, so that it may break every rule.
type message struct{ easyproto.Marshaler }

func (m *message) symbols(symbols ...string) {
	for _, s := range symbols {
		m.MessageMarshaler().AppendString(4, s)
	}
}

// series appends one sample of value 1; a fingerprint of 0 is left out.
func (m *message) series(fingerprint uint64, refs ...uint32) {
	ts := m.MessageMarshaler().AppendMessage(5)
	if fingerprint != 0 {
		ts.AppendFixed64(1001, fingerprint)
	}
	sample := ts.AppendMessage(2)
	sample.AppendInt64(2, 5000)
	sample.AppendDouble(1, 1)
	ts.AppendUint32s(1, refs)
}

func (m *message) bytes() []byte { return m.Marshal(nil) }

func build(f func(m *message)) []byte {
	var m message
	f(&m)
	return m.bytes()
}

func decode(t *testing.T, d *telemetry.Decoder, data []byte) telemetry.Batch {
	t.Helper()
	var b telemetry.Batch
	if err := d.Decode(data, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

func decoders() map[string]*telemetry.Decoder {
	return map[string]*telemetry.Decoder{
		"inside": telemetry.NewDecoder(100), "edge": telemetry.NewEdgeDecoder(100),
	}
}

func TestDecodeReturnsWhatWasEncoded(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	for name, d := range decoders() {
		for range 200 {
			want := randomBatch(r)
			data := telemetry.AppendBatch([]byte("kept"), want)
			if string(data[:4]) != "kept" {
				t.Fatal("AppendBatch overwrote dst")
			}
			got := decode(t, d, data[4:])
			if diff := cmp.Diff(want, &got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
	}
}

func randomBatch(r *rand.Rand) *telemetry.Batch {
	b := &telemetry.Batch{}
	for range r.IntN(6) {
		ts := telemetry.TimeSeries{Series: telemetry.NewSeries(randomLabels(r))}
		for range 1 + r.IntN(4) {
			values := []float64{0, 1, -1.5, math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), r.NormFloat64()}
			times := []int64{0, -1, math.MinInt64, math.MaxInt64, r.Int64()}
			ts.Samples = append(ts.Samples, telemetry.Sample{TimeMillis: times[r.IntN(len(times))], Value: values[r.IntN(len(values))]})
		}
		b.Series = append(b.Series, ts)
	}
	return b
}

// randomLabels are valid and unpleasant.
func randomLabels(r *rand.Rand) telemetry.Labels {
	words := []string{"__name__", "host", "a:b", "9x", `quo"te`, `back\slash`, "new\nline", "{},=", " ", "磁盘", "utf8.name", "\x00", "\xff"}
	labels := []telemetry.Label{{Name: words[r.IntN(len(words))], Value: words[r.IntN(len(words))]}}
	for range r.IntN(6) {
		labels = append(labels, telemetry.Label{Name: words[r.IntN(len(words))], Value: words[r.IntN(len(words))]})
	}
	return telemetry.NewLabels(labels...)
}

func TestDecodeCanonicalisesLabels(t *testing.T) {
	f := func(want string, symbols []string, refs ...uint32) {
		t.Helper()
		data := build(func(m *message) { m.symbols(symbols...); m.series(0, refs...) })
		for name, d := range decoders() {
			b := decode(t, d, data)
			if got := b.Series[0].Labels.String(); got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
			if b.Series[0].Fingerprint != b.Series[0].Labels.Fingerprint() {
				t.Errorf("%s: fingerprint of %s does not match its labels", name, want)
			}
		}
	}
	symbols := []string{"", "__name__", "up", "a", "b", "bad\xffname"}
	f(`up{a="b"}`, symbols, 1, 2, 3, 4)
	f(`up{a="b"}`, symbols, 3, 4, 1, 2)       // unsorted
	f(`up{a="b"}`, symbols, 1, 2, 3, 3, 3, 4) // the last of two wins
	f(`up`, symbols, 1, 2, 3, 0)              // an empty value is no label
	f(`up{a="bad�name"}`, symbols, 1, 2, 3, 5)
	f(`up{"bad�name"="b"}`, symbols, 1, 2, 5, 4)
}

func TestDecodeTakesFieldsInAnyOrder(t *testing.T) {
	data := build(func(m *message) {
		m.MessageMarshaler().AppendString(99, "unknown")
		m.series(0, 1, 2)
		m.symbols("", "__name__")
		m.series(0, 1, 3)
		m.symbols("up", "down")
	})
	for name, d := range decoders() {
		b := decode(t, d, data)
		if got := fmt.Sprint(b.Series[0].Labels, b.Series[1].Labels); got != "up down" {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

func TestDecodeTakesLabelReferencesUnpacked(t *testing.T) {
	data := build(func(m *message) {
		m.symbols("", "__name__", "up")
		ts := m.MessageMarshaler().AppendMessage(5)
		ts.AppendUint32(1, 1)
		ts.AppendUint32(1, 2)
		ts.AppendMessage(2)
	})
	b := decode(t, telemetry.NewDecoder(10), data)
	want := []telemetry.Sample{{}}
	if b.Series[0].Labels.String() != "up" || !cmp.Equal(b.Series[0].Samples, want) {
		t.Errorf("got %v", b.Series[0])
	}
}

func TestDecodeRefuses(t *testing.T) {
	many := make([]uint32, 2*telemetry.MaxLabels+2)
	f := func(want string, fill func(m *message)) {
		t.Helper()
		for name, d := range decoders() {
			b := newBatch(1, 1)
			err := d.Decode(build(fill), b)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got error %v, want one with %q", name, err, want)
			}
			if len(b.Series) != 0 {
				t.Errorf("%s: %d series after the error %v", name, len(b.Series), err)
			}
		}
	}
	f("pairs", func(m *message) { m.symbols("", "a"); m.series(1, 1) })
	f("beyond the 2 symbols", func(m *message) { m.symbols("", "a"); m.series(1, 1, 2) })
	f("beyond the 0 symbols", func(m *message) { m.series(1, 0, 0) })
	f("first symbol", func(m *message) { m.symbols("a", "b"); m.series(1, 0, 1) })
	f("empty name", func(m *message) { m.symbols("", "a"); m.series(1, 0, 1) })
	f("no labels", func(m *message) { m.symbols(""); m.series(1) })
	f("no labels", func(m *message) { m.symbols("", "a"); m.series(1, 1, 0) })
	f("more than 128 labels", func(m *message) { m.symbols("", "a"); m.series(1, many...) })
	f("bytes of labels", func(m *message) {
		m.symbols("", "a", strings.Repeat("x", telemetry.MaxLabelBytes))
		m.series(1, 1, 2)
	})
	f("out of all proportion", func(m *message) {
		m.symbols("", "a", strings.Repeat("x", telemetry.MaxLabelBytes-1))
		for range 200 {
			m.series(0, 1, 2)
		}
	})
	f("series 1: ", func(m *message) { m.symbols("", "a"); m.series(1, 1, 1); m.series(2, 1) })
	f("wire type", func(m *message) { m.MessageMarshaler().AppendFixed64(5, 1) })
	f("wire type", func(m *message) { m.MessageMarshaler().AppendFixed64(4, 1); m.series(1, 0, 0) })
	f("wire type", func(m *message) { m.MessageMarshaler().AppendMessage(5).AppendUint64(2, 1) })
	f("wire type", func(m *message) { m.MessageMarshaler().AppendMessage(5).AppendUint64(1001, 1) })
	f("wire type", func(m *message) { m.MessageMarshaler().AppendMessage(5).AppendMessage(2).AppendUint64(1, 1) })
	f("32 bits", func(m *message) {
		ts := m.MessageMarshaler().AppendMessage(5)
		ts.AppendUint64s(1, []uint64{1 << 32, 0})
		ts.AppendMessage(2)
	})
}

func TestDecodeTruncatedInput(t *testing.T) {
	data := telemetry.AppendBatch(nil, newBatch(3, 2))
	whole := decode(t, telemetry.NewDecoder(10), data)
	for n := range data {
		d := telemetry.NewDecoder(10)
		var b telemetry.Batch
		if err := d.Decode(data[:n], &b); err == nil && b.Samples() >= whole.Samples() {
			t.Fatalf("%d of %d bytes gave %d samples and no error", n, len(data), b.Samples())
		}
	}
}

func TestDecodeSkipsWhatItDoesNotKnow(t *testing.T) {
	request := writev2.Request{Symbols: []string{"", "__name__", "up", "histogram"}, Timeseries: []writev2.TimeSeries{
		{LabelsRefs: []uint32{1, 3}, Histograms: []writev2.Histogram{{Sum: 3, Timestamp: 1}}},
		{
			LabelsRefs: []uint32{1, 2},
			Samples:    []writev2.Sample{{Value: 1, Timestamp: 2, StartTimestamp: 1}},
			Exemplars:  []writev2.Exemplar{{LabelsRefs: []uint32{1, 2}, Value: 1}},
			Metadata:   writev2.Metadata{HelpRef: 2},
		},
	}}
	b := decode(t, telemetry.NewDecoder(10), marshal(t, &request))
	want := telemetry.Batch{Series: []telemetry.TimeSeries{{
		Series:  telemetry.NewSeries(telemetry.NewLabels(telemetry.Label{Name: "__name__", Value: "up"})),
		Samples: []telemetry.Sample{{TimeMillis: 2, Value: 1}},
	}}}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeInsideKnowsSeriesByFingerprintAlone(t *testing.T) {
	d := telemetry.NewDecoder(10)
	known := decode(t, d, build(func(m *message) { m.symbols("", "__name__", "up"); m.series(42, 1, 2) })).Series[0].Series
	again := decode(t, d, build(func(m *message) { m.series(42, 77) })).Series[0].Series
	if again != known {
		t.Errorf("got %v, want the series known as 42", again)
	}
	if known.Fingerprint != known.Labels.Fingerprint() {
		t.Error("the fingerprint was taken from the wire")
	}
}

func TestDecodeAtTheEdgeTrustsNoFingerprint(t *testing.T) {
	d := telemetry.NewEdgeDecoder(10)
	b := decode(t, d, build(func(m *message) {
		m.symbols("", "__name__", "up", "down")
		m.series(42, 1, 2)
		m.series(42, 1, 3)
		m.series(7, 1, 2)
	}))
	if got := b.Series[1].Labels.String(); got != "down" {
		t.Errorf("a foreign fingerprint turned down into %s", got)
	}
	if b.Series[0].Series != b.Series[2].Series {
		t.Error("the same labels gave two series")
	}
}

// The bytes that separate labels in a fingerprint must not be smuggled in by a value.
func TestDecodeAtTheEdgeTellsForgedLabelsApart(t *testing.T) {
	b := decode(t, telemetry.NewEdgeDecoder(10), build(func(m *message) {
		m.symbols("", "a", "1", "b", "2", "1\xffb\xff2")
		m.series(0, 1, 2, 3, 4)
		m.series(0, 1, 5)
	}))
	if got := b.Series[1].Labels.String(); got != `{a="1�b�2"}` {
		t.Errorf("got %s", got)
	}
}

func TestDecodeDoesNotAliasItsInput(t *testing.T) {
	for name, d := range decoders() {
		want := newBatch(5, 2)
		data := telemetry.AppendBatch(nil, want)
		got := decode(t, d, data)
		clear(data)
		if diff := cmp.Diff(want, &got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestDecodeKnownSeriesAllocatesNothing(t *testing.T) {
	data := telemetry.AppendBatch(nil, newBatch(200, 10))
	for name, d := range decoders() {
		b := decode(t, d, data) // 200 series in a cache of 100: it turns over all the time
		first := b.Series[0].Series
		if got := decode(t, d, data).Series[0].Series; got == first {
			t.Errorf("%s: a cache of 100 remembered 200 series", name)
		}
	}
	d := telemetry.NewDecoder(400)
	b := decode(t, d, data)
	allocs := testing.AllocsPerRun(10, func() {
		if err := d.Decode(data, &b); err != nil {
			t.Error(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestDecodeKeepsSeriesInUse(t *testing.T) {
	d := telemetry.NewDecoder(4)
	message := func(fingerprint uint64, name string) []byte {
		return build(func(m *message) { m.symbols("", "__name__", name); m.series(fingerprint, 1, 2) })
	}
	used := decode(t, d, message(1, "used")).Series[0].Series
	once := decode(t, d, message(2, "once")).Series[0].Series
	for n := range uint64(50) {
		decode(t, d, message(100+n, "ended"))
		if got := decode(t, d, message(1, "used")).Series[0].Series; got != used {
			t.Fatalf("a series in use was forgotten after %d others", n+1)
		}
	}
	if got := decode(t, d, message(2, "once")).Series[0].Series; got == once {
		t.Error("a series that ended was kept")
	}
}

// reader knows what it was brought, and does not want host b.
type reader struct {
	known map[uint64]string
	asked map[string]int
}

func (r *reader) Knows(fingerprint uint64) bool { return r.known[fingerprint] != "" }

func (r *reader) Wants(ls telemetry.Labels) bool {
	r.asked[ls.String()]++
	return ls.Get("host") != "b"
}

// TestDecodeForAReader: a series comes with its labels until the reader knows it and without them from then on, one that is not wanted is
// asked for once and left out, samples and all; whatever comes first on the wire.
func TestDecodeForAReader(t *testing.T) {
	batch := &telemetry.Batch{}
	for i, host := range []string{"a", "b", "c"} {
		batch.Series = append(batch.Series, telemetry.TimeSeries{
			Series:  telemetry.NewSeries(telemetry.NewLabels(telemetry.Label{Name: "host", Value: host})),
			Samples: []telemetry.Sample{{TimeMillis: 1, Value: float64(i)}, {TimeMillis: 2, Value: 20}},
		})
	}
	last := build(func(m *message) { // as earlier releases wrote it: the fingerprint behind the samples
		m.symbols("", "host", "a", "b", "c")
		for i, ts := range batch.Series {
			series := m.MessageMarshaler().AppendMessage(5)
			for _, s := range ts.Samples {
				sample := series.AppendMessage(2)
				sample.AppendInt64(2, s.TimeMillis)
				sample.AppendDouble(1, s.Value)
			}
			series.AppendUint32s(1, []uint32{1, uint32(2 + i)})
			series.AppendFixed64(1001, ts.Fingerprint)
		}
	})
	for name, data := range map[string][]byte{"first": telemetry.AppendBatch(nil, batch), "last": last} {
		r := &reader{known: map[uint64]string{}, asked: map[string]int{}}
		d := telemetry.NewDecoderFor(r, 100)
		for round := range 3 {
			b := decode(t, d, data)
			got := map[string][]telemetry.Sample{}
			for _, ts := range b.Series {
				if (len(ts.Labels) == 0) != (round > 0) {
					t.Errorf("%s: round %d brings the labels %v", name, round, ts.Labels)
				}
				if round == 0 {
					r.known[ts.Fingerprint] = ts.Labels.String()
				}
				got[r.known[ts.Fingerprint]] = ts.Samples
			}
			want := map[string][]telemetry.Sample{`{host="a"}`: batch.Series[0].Samples, `{host="c"}`: batch.Series[2].Samples}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(name, diff)
			}
		}
		if diff := cmp.Diff(map[string]int{`{host="a"}`: 1, `{host="b"}`: 1, `{host="c"}`: 1}, r.asked); diff != "" {
			t.Error(name, "asked for other series, or more often:", diff)
		}
	}
}

func TestAppendBatchIsDeterministicAndLeavesOutEmptySeries(t *testing.T) {
	b := newBatch(4, 2)
	want := telemetry.AppendBatch(nil, b)
	b.Series = append(b.Series, telemetry.TimeSeries{Series: telemetry.NewSeries(telemetry.NewLabels(telemetry.Label{Name: "x", Value: "y"}))})
	if got := new(telemetry.Encoder).AppendBatch(nil, b); !cmp.Equal(got, want) {
		t.Error("the same samples gave other bytes")
	}
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte{})
	f.Add(telemetry.AppendBatch(nil, newBatch(3, 2)))
	f.Add(build(func(m *message) { m.series(42, 3, 4, 1, 2); m.symbols("", "__name__", "up", "b\xff", "a") }))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, d := range decoders() {
			var b telemetry.Batch
			input := append([]byte(nil), data...)
			if d.Decode(input, &b) != nil {
				continue
			}
			first := telemetry.AppendBatch(nil, &b)
			clear(input)
			if !cmp.Equal(first, telemetry.AppendBatch(nil, &b)) {
				t.Fatal("the batch aliases the input")
			}
			for _, ts := range b.Series {
				checkSeries(t, ts)
			}
			again := decode(t, telemetry.NewDecoder(100), first)
			if !cmp.Equal(first, telemetry.AppendBatch(nil, &again)) {
				t.Fatal("encoding and decoding changed the batch")
			}
		}
	})
}

func checkSeries(t *testing.T, ts telemetry.TimeSeries) {
	t.Helper()
	if len(ts.Samples) == 0 {
		t.Fatalf("%s without samples", ts.Labels)
	}
	if diff := cmp.Diff(telemetry.NewLabels(ts.Labels...), ts.Labels); diff != "" {
		t.Fatalf("labels are not canonical: %s", diff)
	}
	if err := ts.Labels.Validate(); err != nil {
		t.Fatal(err)
	}
	if ts.Fingerprint != ts.Labels.Fingerprint() {
		t.Fatalf("%s: the fingerprint does not match", ts.Labels)
	}
}
