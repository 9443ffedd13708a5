package calibration

import (
	"encoding/json"
	"fmt"
)

// tableFormat changes whenever the meaning of a field or the bins do.
const tableFormat = 1

type tableJSON struct {
	Format  int        `json:"format"`
	Version uint64     `json:"version"`
	Pooled  *mapsJSON  `json:"pooled,omitempty"`
	Kinds   []mapsJSON `json:"kinds,omitempty"`
}

type mapsJSON struct {
	Kind   string      `json:"kind,omitempty"`
	Curves [][]float64 `json:"curves"` // Horizons x 41 values
	Dates  [][]float64 `json:"dates"`  // Horizons x lower, middle, upper
}

// MarshalJSON returns the table as JSON, 2 KB a kind: equal tables give equal bytes. It never fails.
func (t *Table) MarshalJSON() ([]byte, error) {
	out := tableJSON{Format: tableFormat, Version: t.version}
	if t.pooled != nil {
		m := t.pooled.json()
		out.Pooled = &m
	}
	for i := range t.kinds {
		out.Kinds = append(out.Kinds, t.kinds[i].json())
	}
	return json.Marshal(out)
}

func (m *maps) json() mapsJSON {
	out := mapsJSON{Kind: m.kind}
	for h := range Horizons {
		out.Curves = append(out.Curves, m.curves[h][:])
		out.Dates = append(out.Dates, []float64{m.factors[h].lower, m.factors[h].middle, m.factors[h].upper})
	}
	return out
}

// UnmarshalJSON restores what MarshalJSON wrote. On an error t is unchanged: the bytes are no JSON, of another release,
// or hold what no fit leads to; the error says where.
func (t *Table) UnmarshalJSON(data []byte) error {
	var in tableJSON
	if err := json.Unmarshal(data, &in); err != nil {
		return fmt.Errorf("calibration table: %w", err)
	}
	if in.Format != tableFormat {
		return fmt.Errorf("calibration table has format %d, this release reads %d; fit it again", in.Format, tableFormat)
	}
	out := Table{version: in.Version}
	if in.Pooled != nil {
		m, err := in.Pooled.maps()
		if err != nil {
			return fmt.Errorf("calibration table, all kinds: %w", err)
		}
		m.kind, out.pooled = "", &m
	}
	for i := range in.Kinds {
		m, err := in.Kinds[i].maps()
		if err != nil {
			return fmt.Errorf("calibration table, kind %.70q: %w", m.kind, err)
		}
		if i == 0 && m.kind == "" || i > 0 && m.kind <= in.Kinds[i-1].Kind || len(m.kind) > maxKindBytes {
			return fmt.Errorf("calibration table: kind %.70q is empty, too long or out of order", m.kind)
		}
		out.kinds = append(out.kinds, &m)
	}
	*t = out
	return nil
}

func (in *mapsJSON) maps() (maps, error) {
	m := maps{kind: in.Kind}
	if len(in.Curves) != Horizons || len(in.Dates) != Horizons {
		return m, fmt.Errorf("%d curves and %d dates instead of %d", len(in.Curves), len(in.Dates), Horizons)
	}
	for h := range Horizons {
		curve, dates := in.Curves[h], in.Dates[h]
		if len(curve) != knots || curve[0] < 0 || curve[knots-1] > 1 || !ascending(curve) {
			return m, fmt.Errorf("curve %d is not %d values from 0 to 1 that do not decrease", h, knots)
		}
		if len(dates) != 3 || !ascending(dates) || dates[0] < -maxScore || dates[2] > maxScore {
			return m, fmt.Errorf("dates %d are not three scores in order", h)
		}
		m.curves[h] = [knots]float64(curve)
		m.factors[h] = factor{dates[0], dates[1], dates[2]}
	}
	return m, nil
}

// ascending reports whether no value is below the one before it.
func ascending(v []float64) bool {
	for i := 1; i < len(v); i++ {
		if v[i] < v[i-1] {
			return false
		}
	}
	return true
}
