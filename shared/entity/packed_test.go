package entity_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/entity"
)

func pool() entity.Entity {
	return entity.Entity{
		ID: "pool:erp-01:voucher:pool-7", Type: entity.Pool, Root: "host:erp-01", Name: "pool-7 (voucher) on erp-01",
		Labels: map[string]string{"host": "erp-01", "application": "voucher", "pool": "pool-7"},
	}
}

// TestPackedComesBack: as it was, its ID without unpacking it.
func TestPackedComesBack(t *testing.T) {
	long := entity.Outermost(entity.Host, "", strings.Repeat("数", 80))
	for _, want := range []entity.Entity{{}, pool(), long, {Name: "no id"}} {
		p := entity.Pack(&want)
		got, err := p.Unpack()
		if diff := cmp.Diff(want, got); diff != "" || err != nil || p.ID() != want.ID {
			t.Errorf("%q has the id %q, %v: %s", p, p.ID(), err, diff)
		}
		var kept entity.Packed
		if text, err := json.Marshal(&want); err != nil || json.Unmarshal(text, &kept) != nil || kept != p {
			t.Errorf("%s is packed as %q, %v", text, kept, err)
		}
	}
}

func FuzzPacked(f *testing.F) {
	e := pool()
	f.Add(string(entity.Pack(&e)))
	f.Add("\x0a\xff")
	f.Fuzz(func(t *testing.T, data string) {
		p := entity.Packed(data)
		p.ID()
		e, err := p.Unpack()
		if err != nil {
			return
		}
		again := entity.Pack(&e)
		if got, err := again.Unpack(); err != nil || !cmp.Equal(e, got) || again.ID() != e.ID {
			t.Fatalf("%+v came back as %+v, %v", e, got, err)
		}
	})
}

func BenchmarkUnpack(b *testing.B) {
	e := pool()
	p := entity.Pack(&e)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Unpack(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(p)), "bytes")
}
