package signal

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

var errTally = errors.New("the series of rates and sums are damaged")

// MarshalText writes the tally in a fixed layout: equal ones give equal texts.
func (t *tally) MarshalText() ([]byte, error) {
	b, err := binary.Append(nil, binary.LittleEndian, &t.marks)
	if err != nil {
		return nil, fmt.Errorf("encode moments: %w", err)
	}
	b = append(b, byte(len(t.Parts)))
	for _, parts := range t.Parts {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(parts))) // MaxParts at most
		if b, err = binary.Append(b, binary.LittleEndian, parts); err != nil {
			return nil, fmt.Errorf("encode series: %w", err)
		}
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText reads what MarshalText wrote. Damage is an error.
func (t *tally) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("%w: %w", errTally, err)
	}
	var fresh tally
	n, err := binary.Decode(b, binary.LittleEndian, &fresh.marks)
	if err != nil || len(b) == n || b[n] > maxInputs {
		return errTally
	}
	fresh.Parts, b = make([][]counter, b[n]), b[n+1:]
	for i := range fresh.Parts {
		if fresh.Parts[i], b, err = cutParts(b); err != nil {
			return err
		}
	}
	if len(b) != 0 {
		return errTally
	}
	*t = fresh
	return nil
}

// cutParts reads the series of an input from the beginning of b, and returns what follows them.
func cutParts(b []byte) (parts []counter, rest []byte, err error) {
	if len(b) < 2 {
		return nil, nil, errTally
	}
	count := int(binary.LittleEndian.Uint16(b))
	if b = b[2:]; count > MaxParts {
		return nil, nil, errTally
	}
	if count == 0 {
		return nil, b, nil
	}
	parts = make([]counter, count)
	n, err := binary.Decode(b, binary.LittleEndian, parts)
	if err != nil {
		return nil, nil, errTally
	}
	for i, c := range parts {
		if i > 0 && parts[i-1].Series >= c.Series || !finite(c.Value) || !finite(c.Anchor) {
			return nil, nil, errTally
		}
	}
	return parts, b[n:], nil
}
