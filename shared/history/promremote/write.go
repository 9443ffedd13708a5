package promremote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/VictoriaMetrics/easyproto"
	"github.com/klauspost/compress/snappy"

	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/remote"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	// perRequest is how many samples a request has at most: some 600 kB before they are compressed.
	perRequest = 5000
	// maxWait is how long a receiver may ask us to wait.
	maxWait = time.Minute
	// written is the header by which a receiver of remote write 2.0 says what it took.
	written = "X-Prometheus-Remote-Write-Samples-Written"
)

// write is a batch on its way: its samples have numbers, those of one series after those of another.
type write struct {
	series []telemetry.TimeSeries
	ends   []int // of each series
}

func newWrite(series []telemetry.TimeSeries) *write {
	w := &write{series: series, ends: make([]int, len(series))}
	n := 0
	for i := range series {
		n += len(series[i].Samples)
		w.ends[i] = n
	}
	return w
}

func (w *write) samples() int {
	if len(w.ends) == 0 {
		return 0
	}
	return w.ends[len(w.ends)-1]
}

// part returns the samples with the numbers [from, to).
func (w *write) part(from, to int) *telemetry.Batch {
	var b telemetry.Batch
	i, _ := slices.BinarySearch(w.ends, from+1)
	for ; from < to; i++ {
		all := w.series[i].Samples
		start := w.ends[i] - len(all)
		end := min(to, w.ends[i])
		b.Series = append(b.Series, telemetry.TimeSeries{Series: &telemetry.Series{Labels: w.series[i].Labels}, Samples: all[from-start : end-start]})
		from = end
	}
	return &b
}

// send sends samples: by version 2.0 until the receiver shows that it does not know that. It returns nil, a
// [*history.Refusal], or what is to be done.
func (s *Store) send(ctx context.Context, b *telemetry.Batch) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	if !s.older.Load() {
		known, err := s.post(ctx, "2.0.0", "application/x-protobuf;proto=io.prometheus.write.v2.Request", telemetry.AppendBatch(nil, b))
		if known || err != nil {
			return err
		}
		s.older.Store(true)
	}
	m := s.marshalers.Get()
	message := marshalV1(m, b)
	s.marshalers.Put(m)
	_, err := s.post(ctx, "0.1.0", "application/x-protobuf", message)
	return err
}

// wait waits until the receiver wants to be asked again.
func (s *Store) wait(ctx context.Context) error {
	left := time.Until(time.Unix(0, s.notBefore.Load()))
	if left <= 0 {
		return nil
	}
	if !pause.For(ctx, left) {
		return ctx.Err()
	}
	return nil
}

// post sends a request and says what its answer means; known tells whether the receiver knows the version. A receiver
// that knows only 1.0 may take a request of 2.0 for an empty one.
func (s *Store) post(ctx context.Context, version, kind string, message []byte) (known bool, err error) {
	header := http.Header{
		"Content-Type": {kind}, "Content-Encoding": {"snappy"}, "User-Agent": {"forewarn"}, "X-Prometheus-Remote-Write-Version": {version},
	}
	bounded, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	resp, err := s.client.Send(bounded, http.MethodPost, s.writeURL, header, bytes.NewReader(snappy.Encode(nil, message)))
	if err != nil {
		if ctx.Err() != nil {
			return true, ctx.Err()
		}
		return true, fmt.Errorf("write history to %s: %w. %s", s.writeURL, remote.Explain(err, s.section, s.cfg.Timeout), kept)
	}
	defer resp.Body.Close()                                 //nolint:errcheck // only read
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) //nolint:errcheck // less is enough
	said := fmt.Sprintf("%.300s", i18n.Line(string(text)))
	if version == "2.0.0" && !understood(resp) {
		return false, nil
	}
	return true, s.judge(resp, said)
}

// understood tells whether an answer to a request of 2.0 is one of a receiver that knows it, or about something else.
func understood(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable, http.StatusBadRequest, http.StatusUnprocessableEntity:
		return resp.Header.Get(written) != ""
	}
	return resp.StatusCode/100 != 2 || resp.Header.Get(written) != ""
}

// kept is what holds of every error of a write.
const kept = "The bus keeps what comes"

// judge says what a status means.
func (s *Store) judge(resp *http.Response, said string) error {
	code := resp.StatusCode
	switch {
	case code/100 == 2:
		return nil
	case code == http.StatusBadRequest, code == http.StatusUnprocessableEntity, code == http.StatusRequestEntityTooLarge:
		return &history.Refusal{Said: said}
	case code == http.StatusInternalServerError && strings.Contains(said, "too old sample"):
		return &history.Refusal{Said: said} // Prometheus before 2.43
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		s.notBefore.Store(time.Now().Add(min(time.Duration(seconds)*time.Second, maxWait)).UnixNano())
	}
	return fmt.Errorf("write history to %s: it answers %s: %s; %s. %s", s.writeURL, resp.Status, said, s.remedy(code, said), kept)
}

// remedy says what to do about a status.
func (s *Store) remedy(code int, said string) string {
	switch {
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return "set " + s.howToSay() + " to those of one who may write"
	case code == http.StatusNotFound && strings.Contains(said, "remote write receiver"):
		return "start Prometheus with --web.enable-remote-write-receiver, or set history.prometheus.read_only if it scrapes what is watched itself"
	case code == http.StatusNotFound, code == http.StatusMethodNotAllowed:
		return "set history.prometheus.write_url to the address of remote write, or history.prometheus.read_only if others write"
	case code == http.StatusTooManyRequests:
		return "it is tried again; if that stays, raise the receiver's limits"
	case strings.Contains(said, "no space left"):
		return "free space on its disk"
	case code >= http.StatusInternalServerError:
		return "its log says why"
	}
	return "see that history.prometheus.write_url is the address of remote write"
}

// Field numbers of prometheus.WriteRequest, remote write 1.0.
const (
	v1TimeSeries = 1
	v1Labels     = 1
	v1Samples    = 2
	v1Name       = 1
	v1Value      = 2
	v1Sample     = 1
	v1Timestamp  = 2
)

// marshalV1 returns b as remote write 1.0 has it.
func marshalV1(m *easyproto.Marshaler, b *telemetry.Batch) []byte {
	request := m.MessageMarshaler()
	for _, ts := range b.Series {
		series := request.AppendMessage(v1TimeSeries)
		for _, l := range ts.Labels {
			label := series.AppendMessage(v1Labels)
			label.AppendString(v1Name, l.Name)
			label.AppendString(v1Value, l.Value)
		}
		for _, smp := range ts.Samples {
			sample := series.AppendMessage(v1Samples)
			sample.AppendDouble(v1Sample, smp.Value)
			sample.AppendInt64(v1Timestamp, smp.TimeMillis)
		}
	}
	return m.Marshal(nil)
}
