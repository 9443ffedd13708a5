package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// batch is one message on its way to the bus.
type batch struct {
	lane    lane
	serial  serial
	id      string
	source  string
	payload []byte
}

// lane is one stream as a publisher sees it: what goes through it stays in order.
type lane struct {
	kind      Kind
	partition int
}

// serial is the place of a batch in the order of its publisher.
type serial struct{ boot, n uint64 }

func (s serial) before(o serial) bool {
	return s.boot < o.boot || s.boot == o.boot && s.n < o.n
}

// messageID returns the id that a batch keeps for ever.
func messageID(publisher string, s serial) string {
	return publisher + ":" + strconv.FormatUint(s.boot, 10) + ":" + strconv.FormatUint(s.n, 10)
}

// parseMessageID is the inverse of messageID. Ids of other senders are not ok.
func parseMessageID(id string) (publisher string, s serial, ok bool) {
	rest, n, ok1 := cutLast(id)
	publisher, boot, ok2 := cutLast(rest)
	if !ok1 || !ok2 || publisher == "" {
		return "", serial{}, false
	}
	var err1, err2 error
	s.boot, err1 = strconv.ParseUint(boot, 10, 64)
	s.n, err2 = strconv.ParseUint(n, 10, 64)
	return publisher, s, err1 == nil && err2 == nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// A spool file: magic, xxhash64 of the rest, then id, source and payload, each after its length.
const (
	spoolMagic  = "FWB1"
	spoolHeader = len(spoolMagic) + 8
	spoolSuffix = ".batch"
	spoolMax    = 64 << 20 // no batch is near this; a longer file is no batch
)

var errCorrupt = errors.New("spool file is corrupt")

// fileName sorts by boot, then number; the lane is in it so that a directory listing is the index.
func (b *batch) fileName() string {
	return fmt.Sprintf("%016x-%016x-%s-%02d%s", b.serial.boot, b.serial.n, b.lane.kind, b.lane.partition, spoolSuffix)
}

// parseFileName is the inverse of fileName.
func parseFileName(name string) (l lane, s serial, ok bool) {
	body, found := strings.CutSuffix(name, spoolSuffix)
	part := strings.Split(body, "-")
	if !found || len(part) != 4 || len(part[0]) != 16 || len(part[1]) != 16 || len(part[3]) != 2 {
		return lane{}, serial{}, false
	}
	var errs [3]error
	s.boot, errs[0] = strconv.ParseUint(part[0], 16, 64)
	s.n, errs[1] = strconv.ParseUint(part[1], 16, 64)
	partition, err := strconv.ParseUint(part[3], 10, 8)
	errs[2] = err
	l = lane{Kind(part[2]), int(partition)}
	return l, s, errors.Join(errs[:]...) == nil && l.kind.valid() && l.partition < MaxPartitions
}

// encode returns the content of the batch's spool file.
func (b *batch) encode() []byte {
	out := make([]byte, spoolHeader, spoolHeader+len(b.id)+len(b.source)+len(b.payload)+3*binary.MaxVarintLen64)
	for _, field := range []string{b.id, b.source} {
		out = binary.AppendUvarint(out, uint64(len(field)))
		out = append(out, field...)
	}
	out = binary.AppendUvarint(out, uint64(len(b.payload)))
	out = append(out, b.payload...)
	copy(out, spoolMagic)
	binary.LittleEndian.PutUint64(out[len(spoolMagic):], xxhash.Sum64(out[spoolHeader:]))
	return out
}

// decodeBatch reads a spool file; the payload shares data's memory. Whatever is wrong is errCorrupt.
func decodeBatch(data []byte) (id, source string, payload []byte, err error) {
	if len(data) < spoolHeader || len(data) > spoolMax || string(data[:len(spoolMagic)]) != spoolMagic {
		return "", "", nil, fmt.Errorf("%w: no batch", errCorrupt)
	}
	rest := data[spoolHeader:]
	if binary.LittleEndian.Uint64(data[len(spoolMagic):]) != xxhash.Sum64(rest) {
		return "", "", nil, fmt.Errorf("%w: checksum differs", errCorrupt)
	}
	var fields [3][]byte
	for i := range fields {
		var ok bool
		if fields[i], rest, ok = cutField(rest); !ok {
			return "", "", nil, fmt.Errorf("%w: too short", errCorrupt)
		}
	}
	if len(rest) != 0 {
		return "", "", nil, fmt.Errorf("%w: %d bytes too long", errCorrupt, len(rest))
	}
	return string(fields[0]), string(fields[1]), fields[2], nil
}

// cutField takes a field with its length off the front of data.
func cutField(data []byte) (field, rest []byte, ok bool) {
	n, used := binary.Uvarint(data)
	if used <= 0 || n > uint64(len(data)-used) {
		return nil, nil, false
	}
	return data[used : used+int(n)], data[used+int(n):], true
}
