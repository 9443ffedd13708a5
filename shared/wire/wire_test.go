package wire_test

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/wire"
)

// place has a field of every type.
type place struct {
	Name   string
	Open   bool
	At     int64
	ID     uint64
	Height float64
	Raw    []byte
	Times  []int64
	Values []float64
	Labels map[string]string
	Inner  inner
	Sign   sign
	Count  int
	Many   []*inner
}

// sign has a binary form of its own, and none of it where it says nothing.
type sign struct{ Text string }

func (s *sign) AppendBinary(b []byte) ([]byte, error) {
	if s.Text == "!" {
		return nil, errSign
	}
	return append(b, s.Text...), nil
}

func (s *sign) UnmarshalBinary(b []byte) error {
	if s.Text = string(b); s.Text == "!" {
		return errSign
	}
	return nil
}

var errSign = errors.New("not this one")

func bytesOf(t testing.TB, m wire.Message) []byte {
	t.Helper()
	b, err := wire.Append(nil, m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

type inner struct{ Text string }

func (i *inner) Fields() []any { return []any{&i.Text} }

func (p *place) Fields() []any {
	return []any{&p.Name, &p.Open, nil, &p.At, &p.ID, &p.Height, &p.Raw, &p.Times, &p.Values, &p.Labels, &p.Inner, &p.Sign, &p.Count, wire.List(&p.Many)}
}

// older is a release that did not know the last fields.
type older struct{ Name string }

func (o *older) Fields() []any { return []any{&o.Name} }

func full() *place {
	return &place{
		Name: "凭证", Open: true, At: -5, ID: math.MaxUint64, Height: -0.5, Raw: []byte{0, 1}, Times: []int64{1, -2, math.MaxInt64},
		Values: []float64{0, math.Inf(1), 3}, Labels: map[string]string{"b": "2", "a": "1", "": "x"}, Inner: inner{"in"}, Sign: sign{"?"},
		Count: -7, Many: []*inner{{"one"}, {}, {"three"}},
	}
}

func TestWhatIsWrittenComesBack(t *testing.T) {
	for _, want := range []*place{full(), {}, {Inner: inner{"alone"}}} {
		var got place
		if err := wire.Read(bytesOf(t, want), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, &got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestEqualMessagesGiveEqualBytes(t *testing.T) {
	first := bytesOf(t, full())
	for range 20 {
		if !bytes.Equal(first, bytesOf(t, full())) {
			t.Fatal("the same message was written in another way")
		}
	}
	head, err := wire.Append([]byte("head"), full())
	if err != nil || !bytes.Equal(head, append([]byte("head"), first...)) {
		t.Errorf("what was there before is not left as it was: %v", err)
	}
}

func TestReleasesReadEachOther(t *testing.T) {
	var o older
	if err := wire.Read(bytesOf(t, full()), &o); err != nil || o.Name != "凭证" {
		t.Errorf("an older release reads %+v, %v", o, err)
	}
	var p place
	if err := wire.Read(bytesOf(t, &older{"x"}), &p); err != nil || p.Name != "x" {
		t.Errorf("a newer release reads %+v, %v", p, err)
	}
}

func TestNothingSharesTheInput(t *testing.T) {
	data := bytesOf(t, full())
	var got place
	if err := wire.Read(data, &got); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if diff := cmp.Diff(full(), &got); diff != "" {
		t.Error(diff)
	}
}

func TestErrorsOfAPartAreTold(t *testing.T) {
	if _, err := wire.Append(nil, &place{Sign: sign{"!"}}); !errors.Is(err, errSign) {
		t.Errorf("writing gives %v", err)
	}
	data := bytes.Replace(bytesOf(t, &place{Sign: sign{"?"}}), []byte("?"), []byte("!"), 1)
	if err := wire.Read(data, &place{}); !errors.Is(err, errSign) {
		t.Errorf("reading gives %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(bytesOf(f, full()))
	f.Add([]byte{0x0a, 0xff})
	f.Fuzz(func(t *testing.T, data []byte) {
		var p place
		if wire.Read(data, &p) != nil {
			return
		}
		once := bytesOf(t, &p)
		var again place
		if err := wire.Read(once, &again); err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if !bytes.Equal(once, bytesOf(t, &again)) {
			t.Error("a second reading gives other bytes")
		}
	})
}
