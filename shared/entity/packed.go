package entity

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/forewarn/forewarn/shared/wire"
)

// Packed is an entity as its message of [wire]: one piece of memory, a third of what an Entity and its labels take. It is how those are
// kept of which there are hundreds of thousands. "" is the zero Entity.
type Packed string

// Pack packs an entity.
func Pack(e *Entity) Packed {
	const usual = 256 // bytes, and then the one that is kept is as long as it must be
	b, err := wire.Append(make([]byte, 0, usual), e)
	if err != nil {
		panic(err) // an entity has no field that could refuse
	}
	return Packed(b)
}

// Unpack returns the entity; an error if p is none, which Pack never makes.
func (p Packed) Unpack() (e Entity, err error) {
	if err = wire.Read([]byte(p), &e); err != nil {
		return Entity{}, fmt.Errorf("entity: %w", err)
	}
	return e, nil
}

// UnmarshalJSON packs an entity, as states of earlier releases hold it.
func (p *Packed) UnmarshalJSON(data []byte) error {
	var e Entity
	if err := json.Unmarshal(data, &e); err != nil {
		return err
	}
	*p = Pack(&e)
	return nil
}

// ID returns the entity's, which shares the memory of p; "" if it has none.
func (p Packed) ID() string {
	const firstText = 1<<3 | 2 // the first field of Fields, of protobuf's wire type for text
	if p == "" || p[0] != firstText {
		return ""
	}
	var head [binary.MaxVarintLen64]byte
	n, width := binary.Uvarint(head[:copy(head[:], p[1:])])
	if width <= 0 || n > uint64(len(p)-1-width) {
		return ""
	}
	return string(p[1+width : 1+width+int(n)]) //nolint:gosec // it is no longer than p
}
