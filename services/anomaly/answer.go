package anomaly

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/chunk"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// maxAnswer bounds a message with what a query found.
const maxAnswer = 512 << 10

// answerVersion changes with the form of an answer.
const answerVersion = 1

// appendAnswer appends what a rule's query found at a time: a version byte, the rule's key behind its length, the time in Unix
// milliseconds as a varint, and the results as a batch of series with one sample each.
func appendAnswer(b []byte, key string, at time.Time, found *telemetry.Batch) []byte {
	b = chunk.Append(append(b, answerVersion), []byte(key))
	return telemetry.AppendBatch(binary.AppendVarint(b, at.UnixMilli()), found)
}

// cutAnswer is the inverse of appendAnswer, but for the batch, which it returns as it is.
func cutAnswer(b []byte) (key string, at time.Time, batch []byte, err error) {
	if len(b) == 0 || b[0] != answerVersion {
		return "", at, nil, fmt.Errorf("the answer to a rule is not of version %d", answerVersion)
	}
	name, rest, err := chunk.Cut(b[1:])
	if err != nil {
		return "", at, nil, fmt.Errorf("key of a rule: %w", err)
	}
	millis, width := binary.Varint(rest)
	if width <= 0 {
		return "", at, nil, errors.New("the answer to a rule has no time")
	}
	return string(name), time.UnixMilli(millis).UTC(), rest[width:], nil
}
