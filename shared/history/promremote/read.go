package promremote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/snappy"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"github.com/forewarn/forewarn/shared/history/remote"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/promapi"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// errNoRemoteRead is of a server without remote read.
var errNoRemoteRead = errors.New("the server has no remote read")

const (
	// maxFrame bounds a frame of a streamed answer; Prometheus sends a megabyte.
	maxFrame = 64 << 20
	// maxPlain bounds an answer that is not streamed.
	maxPlain = 512 << 20
)

// remoteRead reads the series that the matchers select by Prometheus' remote read protocol. It returns errNoRemoteRead if
// the server has none.
func (s *Store) remoteRead(ctx context.Context, from, to time.Time, matchers []*labels.Matcher, found *seriesset.Builder) error {
	message, err := request(from, to, matchers).Marshal()
	if err != nil {
		return err
	}
	header := http.Header{
		"Content-Type": {"application/x-protobuf"}, "Content-Encoding": {"snappy"}, "User-Agent": {"forewarn"}, "X-Prometheus-Remote-Read-Version": {"0.1.0"},
	}
	resp, err := s.client.Send(ctx, http.MethodPost, s.client.At("api/v1/read"), header, bytes.NewReader(snappy.Encode(nil, message)))
	if err != nil {
		return remote.Explain(err, s.section, s.cfg.Timeout)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	if resp.StatusCode != http.StatusOK {
		return s.refusedRead(resp)
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/x-streamed-protobuf") {
		return streamed(resp.Body, from.UnixMilli(), to.UnixMilli(), found)
	}
	return plainAnswer(resp.Body, found)
}

func request(from, to time.Time, matchers []*labels.Matcher) *prompb.ReadRequest {
	q := &prompb.Query{StartTimestampMs: from.UnixMilli(), EndTimestampMs: to.UnixMilli()}
	for _, m := range matchers {
		m = widened(m)
		typ := map[labels.MatchType]prompb.LabelMatcher_Type{
			labels.MatchEqual: prompb.LabelMatcher_EQ, labels.MatchNotEqual: prompb.LabelMatcher_NEQ,
			labels.MatchRegexp: prompb.LabelMatcher_RE, labels.MatchNotRegexp: prompb.LabelMatcher_NRE,
		}[m.Type]
		q.Matchers = append(q.Matchers, &prompb.LabelMatcher{Type: typ, Name: m.Name, Value: m.Value})
	}
	return &prompb.ReadRequest{
		Queries:               []*prompb.Query{q},
		AcceptedResponseTypes: []prompb.ReadRequest_ResponseType{prompb.ReadRequest_STREAMED_XOR_CHUNKS, prompb.ReadRequest_SAMPLES},
	}
}

// refusedRead says what a status means. Whatever a server without remote read answers, its query API is asked then, and
// says what else is wrong.
func (s *Store) refusedRead(resp *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) //nolint:errcheck // less is enough
	said := fmt.Sprintf("%.300s", i18n.Line(string(text)))
	switch code := resp.StatusCode; {
	case strings.Contains(said, "exceeded sample limit"), strings.Contains(said, "too many"):
		return fmt.Errorf("%w: %s", promapi.ErrTooMuch, said)
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return fmt.Errorf("the server does not let us in (%s: %s); set %s", resp.Status, said, s.howToSay())
	case code == http.StatusTooManyRequests, code >= http.StatusInternalServerError && code != http.StatusNotImplemented:
		return fmt.Errorf("the server answers %s: %s", resp.Status, said)
	}
	return errNoRemoteRead
}

// streamed reads frames of series with compressed chunks.
func streamed(body io.Reader, from, to int64, found *seriesset.Builder) error {
	in := bufio.NewReader(body)
	var buffer []byte
	for {
		frame, err := readFrame(in, buffer)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the answer of remote read is damaged or cut short: %w", err)
		}
		buffer = frame
		var answer prompb.ChunkedReadResponse
		if err := answer.Unmarshal(frame); err != nil {
			return fmt.Errorf("the answer of remote read is damaged: %w", err)
		}
		for _, series := range answer.ChunkedSeries {
			if err := addChunks(series, from, to, found); err != nil {
				return err
			}
		}
	}
}

// readFrame reads a frame: its length, a checksum, and so many bytes. io.EOF is the end of the answer.
func readFrame(in *bufio.Reader, buffer []byte) ([]byte, error) {
	size, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	if size > maxFrame {
		return nil, fmt.Errorf("a frame of %d bytes", size)
	}
	var sum [4]byte
	if _, err := io.ReadFull(in, sum[:]); err != nil {
		return nil, unexpected(err)
	}
	buffer = slices.Grow(buffer[:0], int(size))[:size] //nolint:gosec // it was bounded above
	if _, err := io.ReadFull(in, buffer); err != nil {
		return nil, unexpected(err)
	}
	if binary.BigEndian.Uint32(sum[:]) != crc32.Checksum(buffer, crc32.MakeTable(crc32.Castagnoli)) {
		return nil, errors.New("a checksum does not match")
	}
	return buffer, nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// addChunks adds the samples of a series that lie in the range of time; chunks reach beyond it. Histograms are left out.
func addChunks(series *prompb.ChunkedSeries, from, to int64, found *seriesset.Builder) error {
	ls := named(series.Labels)
	var samples []telemetry.Sample
	for _, c := range series.Chunks {
		if c.Type != prompb.Chunk_XOR {
			continue
		}
		chunk, err := chunkenc.FromData(chunkenc.EncXOR, c.Data)
		if err != nil {
			return fmt.Errorf("the answer of remote read is damaged: %w", err)
		}
		it := chunk.Iterator(nil)
		for it.Next() == chunkenc.ValFloat {
			if at, v := it.At(); at >= from && at <= to {
				samples = append(samples, telemetry.Sample{TimeMillis: at, Value: v})
			}
		}
		if it.Err() != nil {
			return fmt.Errorf("the answer of remote read is damaged: %w", it.Err())
		}
	}
	if len(samples) == 0 {
		return nil
	}
	return found.Add(ls, samples...)
}

// plainAnswer reads an answer that comes at once.
func plainAnswer(body io.Reader, found *seriesset.Builder) error {
	packed, err := io.ReadAll(io.LimitReader(body, maxPlain+1))
	if err != nil {
		return fmt.Errorf("the answer of remote read is cut short: %w", err)
	}
	if n, err := snappy.DecodedLen(packed); err != nil || n > maxPlain || len(packed) > maxPlain {
		return fmt.Errorf("the answer of remote read is damaged or has more than %d bytes", maxPlain)
	}
	message, err := snappy.Decode(nil, packed)
	var answer prompb.ReadResponse
	if err == nil {
		err = answer.Unmarshal(message)
	}
	if err != nil {
		return fmt.Errorf("the answer of remote read is damaged: %w", err)
	}
	for _, result := range answer.Results {
		for _, series := range result.Timeseries {
			samples := make([]telemetry.Sample, len(series.Samples))
			for i, s := range series.Samples {
				samples[i] = telemetry.Sample{TimeMillis: s.Timestamp, Value: s.Value}
			}
			if err := found.Add(named(series.Labels), samples...); err != nil {
				return err
			}
		}
	}
	return nil
}

func named(all []prompb.Label) labels.Labels {
	b := labels.NewScratchBuilder(len(all))
	for _, l := range all {
		if l.Value != "" {
			b.Add(l.Name, l.Value)
		}
	}
	b.Sort()
	return b.Labels()
}
