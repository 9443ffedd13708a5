package topology

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// SchemaVersion is the version of the JSON form; a reader refuses newer ones.
const SchemaVersion = 1

const (
	// Pages is into how many pages a source divides what it knows, by the entities from which edges lead.
	Pages = 64
	// MaxPageEdges bounds the edges of a page.
	MaxPageEdges = 400
	// typePage tells a page from a finding, which has no type.
	typePage = "relations"
)

// Page is a part of what a worker knows of what rests on what, as series tell. It travels among the findings: whoever reads them
// in order knows the same edges at each of them, live and on replay. A page replaces the one before of its source and number.
type Page struct {
	Schema int    `json:"schema"`
	Type   string `json:"type"`
	// ID is unique and the same on replay: <service>:<partition>:<input sequence>:<n>.
	ID string `json:"id"`
	// Source is <service>:<partition>; Number is below Pages.
	Source string `json:"source"`
	Number int    `json:"number"`
	// Until is when it was made, by the clock of the bus.
	Until time.Time `json:"until"`
	Edges []Edge    `json:"edges"`
}

// IsPage reports whether a message of the stream of findings is a page.
func IsPage(data []byte) bool {
	if !bytes.Contains(data, []byte(`"`+typePage+`"`)) {
		return false
	}
	var head struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(data, &head) == nil && head.Type == typePage
}

// EncodePage returns p as JSON, with schema and type set.
func EncodePage(p *Page) ([]byte, error) {
	out := *p
	out.Schema, out.Type = SchemaVersion, typePage
	if err := out.validate(); err != nil {
		return nil, err
	}
	return json.Marshal(&out)
}

// DecodePage reads what [EncodePage] wrote; the result is valid.
func DecodePage(data []byte) (*Page, error) {
	var p Page
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("decode relations: %w", err)
	}
	return &p, p.validate()
}

func (p *Page) validate() error {
	switch {
	case p.Schema < 1 || p.Schema > SchemaVersion:
		return fmt.Errorf("relations of schema %d are not known; this release reads up to %d", p.Schema, SchemaVersion)
	case p.Type != typePage:
		return fmt.Errorf("message of type %q is no page of relations", p.Type)
	case p.ID == "" || p.Source == "" || p.Until.IsZero():
		return fmt.Errorf("relations %q lack id, source or time", p.ID)
	case p.Number < 0 || p.Number >= Pages || len(p.Edges) > MaxPageEdges:
		return fmt.Errorf("relations %s: page %d with %d edges; there are %d pages of %d edges at most", p.ID, p.Number, len(p.Edges), Pages, MaxPageEdges)
	}
	for _, e := range p.Edges {
		if e.From == "" || e.To == "" {
			return fmt.Errorf("relations %s: an edge lacks an end", p.ID)
		}
	}
	return nil
}
