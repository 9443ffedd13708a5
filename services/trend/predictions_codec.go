package trend

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/forewarn/forewarn/models/calibration"
)

// predictionsVersion changes with the layout of past or prediction.
const predictionsVersion = 1

// AppendBinary adds a version, the past and the list to b, whose lengths are fixed: 58 bytes, and 43 for each prediction.
func (p *predictions) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, predictionsVersion)
	b, err := binary.Append(b, binary.LittleEndian, &p.past)
	if err != nil {
		return nil, fmt.Errorf("encode predictions: %w", err)
	}
	b = append(b, byte(len(p.list)))
	for i := range p.list {
		if b, err = binary.Append(b, binary.LittleEndian, &p.list[i]); err != nil {
			return nil, fmt.Errorf("encode prediction: %w", err)
		}
	}
	return b, nil
}

// UnmarshalBinary replaces the predictions by what AppendBinary wrote; whatever is damaged is an error.
func (p *predictions) UnmarshalBinary(b []byte) error {
	*p = predictions{}
	if len(b) == 0 || b[0] != predictionsVersion {
		return fmt.Errorf("predictions are not of version %d", predictionsVersion)
	}
	b = b[1:]
	n, err := binary.Decode(b, binary.LittleEndian, &p.past)
	if err != nil || len(b) == n {
		return errors.New("predictions are cut short")
	}
	count := int(b[n])
	if b = b[n+1:]; count > maxPredictions || len(b) != count*binary.Size(prediction{}) {
		return fmt.Errorf("%d predictions in %d bytes are impossible", count, len(b))
	}
	for range count {
		var r prediction
		if n, err = binary.Decode(b, binary.LittleEndian, &r); err != nil {
			return fmt.Errorf("decode prediction: %w", err)
		}
		b = b[n:]
		if r.Became >= numBecame || r.Open >= 1<<calibration.Horizons || r.Dates > calibration.Horizons || r.Open == 0 && r.Dates == 0 {
			return fmt.Errorf("a prediction that became %d, of the horizons %b and %d, is impossible", r.Became, r.Open, r.Dates)
		}
		p.list = append(p.list, r)
	}
	return nil
}
