package bus

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/klauspost/compress/s2"
	"github.com/nats-io/nats-server/v2/server/archive"
	"github.com/nats-io/nats.go"
)

// A copied stream is a file in the form of the server's own snapshots (package archive of nats-server): its state, its consumers, its
// messages, and an end, compressed by s2. So the server takes it, and gives each message the sequence and the time that it had.

// record is a message of a stream.
type record struct {
	subject string
	seq     uint64
	time    time.Time
	header  nats.Header
	data    []byte
}

// rawRecord is a message as it is in a file: its head and what follows.
type rawRecord struct {
	archive.Header
	body []byte
}

// streamState, consumerState, consumerProgress and consumerPlace are parts of the server's types of other names.
type streamState struct {
	Messages  uint64 `json:"messages"`
	First     uint64 `json:"first_seq"`
	Last      uint64 `json:"last_seq"`
	Consumers int    `json:"consumer_count"`
}

type consumerState struct {
	name   string
	Config json.RawMessage  `json:"config"`
	State  consumerProgress `json:"state"`
}

type consumerProgress struct {
	Delivered consumerPlace `json:"delivered"`
	AckFloor  consumerPlace `json:"ack_floor"`
}

type consumerPlace struct {
	Consumer uint64 `json:"consumer_seq"`
	Stream   uint64 `json:"stream_seq"`
}

// recordsOut writes such a file.
type recordsOut struct {
	file   *os.File
	packed *s2.Writer
	out    *archive.Writer
}

func createRecords(path string) (*recordsOut, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	packed := s2.NewWriter(f)
	return &recordsOut{f, packed, archive.NewWriter(packed)}, nil
}

func (w *recordsOut) put(r *record) error {
	head, err := encodeHeader(r.header)
	if err != nil {
		return err
	}
	return w.putRaw(&rawRecord{archive.Header{
		Name: r.subject, Sequence: r.seq, Timestamp: r.time.UnixNano(), HeaderSize: int64(len(head)), PayloadSize: int64(len(r.data)),
	}, append(head, r.data...)})
}

func (w *recordsOut) putRaw(r *rawRecord) error {
	if err := w.out.WriteHeader(&r.Header); err != nil {
		return err
	}
	_, err := w.out.Write(r.body)
	return err
}

// begin writes what stands before the messages.
func (w *recordsOut) begin(state streamState, consumers []consumerState) error {
	err := w.putJSON("state.json", state)
	for _, c := range consumers {
		err = errors.Join(err, w.putJSON("consumers/"+c.name, c))
	}
	return err
}

func (w *recordsOut) putJSON(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.putRaw(&rawRecord{archive.Header{Name: name, PayloadSize: int64(len(data))}, data})
}

// end writes what tells a whole file from one that was cut off.
func (w *recordsOut) end() error { return w.out.WriteHeader(&archive.Header{}) }

func (w *recordsOut) close() error {
	return errors.Join(w.out.Close(), w.packed.Close(), w.file.Close())
}

// recordsIn reads the messages of such a file without a beginning and an end.
type recordsIn struct {
	file *os.File
	in   *archive.Reader
}

func openRecords(path string) (*recordsIn, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &recordsIn{f, archive.NewReader(s2.NewReader(f))}, nil
}

// next returns the next message; io.EOF if there is none.
func (r *recordsIn) next() (*rawRecord, error) {
	head, err := r.in.Next()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(r.in)
	return &rawRecord{*head, body}, err
}

func (r *recordsIn) close() error { return r.file.Close() }

// encodeHeader returns headers as they are on the wire, nothing for no headers.
func encodeHeader(h nats.Header) ([]byte, error) {
	if len(h) == 0 {
		return nil, nil
	}
	b := bytes.NewBufferString("NATS/1.0\r\n")
	if err := http.Header(h).Write(b); err != nil {
		return nil, err
	}
	b.WriteString("\r\n")
	return b.Bytes(), nil
}
