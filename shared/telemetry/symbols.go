package telemetry

import (
	"errors"
	"fmt"
	"strings"

	"github.com/VictoriaMetrics/easyproto"
)

// symbolTable is the string table of one message. It is read only when a series' labels are needed, so a
// message of known series costs nothing for it.
type symbolTable struct {
	loaded bool
	// strings alias the message until own makes them ours.
	strings []string
	owned   []bool
}

// load reads the symbols, wherever in the message they are. Invalid UTF-8 becomes U+FFFD.
func (t *symbolTable) load(message []byte) error {
	if t.loaded {
		return nil
	}
	var fc easyproto.FieldContext
	var err error
	for len(message) > 0 {
		if message, err = fc.NextField(message); err != nil {
			return err
		}
		if fc.FieldNum != requestSymbols {
			continue
		}
		s, ok := fc.String()
		if !ok {
			return errWireType
		}
		t.strings = append(t.strings, validUTF8(s))
		t.owned = append(t.owned, false)
	}
	if len(t.strings) > 0 && t.strings[0] != "" {
		return errors.New("the first symbol is not empty, as Remote Write 2.0 demands")
	}
	t.loaded = true
	return nil
}

// check reports refs that cannot be pairs of symbols.
func (t *symbolTable) check(refs []uint32) error {
	if len(refs)%2 != 0 {
		return fmt.Errorf("%d label references; they must come in pairs", len(refs))
	}
	for _, ref := range refs {
		if uint64(ref) >= uint64(len(t.strings)) {
			return fmt.Errorf("label reference %d is beyond the %d symbols", ref, len(t.strings))
		}
	}
	return nil
}

// labels appends what refs, which check has passed, stand for.
func (t *symbolTable) labels(dst Labels, refs []uint32) Labels {
	for ; len(refs) > 0; refs = refs[2:] {
		dst = append(dst, Label{t.strings[refs[0]], t.strings[refs[1]]})
	}
	return dst
}

// own copies the symbols behind refs out of the message, each once however many series share it.
func (t *symbolTable) own(refs []uint32) {
	for _, ref := range refs {
		if !t.owned[ref] {
			t.strings[ref], t.owned[ref] = strings.Clone(t.strings[ref]), true
		}
	}
}

// reset lets go of the message.
func (t *symbolTable) reset() {
	clear(t.strings)
	t.strings, t.owned, t.loaded = t.strings[:0], t.owned[:0], false
}
