package signature

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of a file.
const (
	maxSignatures   = 2000
	maxAlternatives = 64
	maxWords        = 64
	minLiteral      = 3
	maxLiteral      = 200
	maxText         = 400
	maxExample      = 4000
	maxOften        = 10_000
)

var validID = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)

// problems collects errors, each named for the key it is about.
type problems []error

func (p *problems) add(key, format string, args ...any) {
	*p = append(*p, fmt.Errorf("signatures: "+key+": "+format, args...))
}

// additions checks the document and returns what it says, or all there is to correct.
func (doc *document) additions() (Additions, error) {
	var p problems
	a := Additions{disable: doc.Disable, quiet: doc.Quiet}
	if n := len(doc.Signatures); n > maxSignatures {
		p.add("signatures", "%d are too many; keep at most %d", n, maxSignatures)
		return Additions{}, errors.Join(p...)
	}
	seen := map[string]bool{}
	for i, s := range doc.Signatures {
		key := fmt.Sprintf("signatures[%d]", i)
		if s.ID != "" && validID.MatchString(s.ID) {
			key = s.ID
		}
		if seen[s.ID] {
			p.add(key, "id %q is used twice; join the two or rename one", s.ID)
		}
		seen[s.ID] = true
		a.signatures = append(a.signatures, s.signature(&p, key))
	}
	p.literals("quiet", doc.Quiet)
	if len(p) > 0 {
		return Additions{}, errors.Join(p...)
	}
	return a, nil
}

func (s *signatureDoc) signature(p *problems, key string) Signature {
	if !validID.MatchString(s.ID) || len(s.ID) > 64 {
		p.add(key+".id", "%q is no id; write lower-case words and digits joined by . or -, such as erp.voucher-lock", s.ID)
	}
	if !slices.Contains(Kinds(), s.Kind) {
		p.add(key+".kind", "%q is no kind; write one of %s", s.Kind, listed(Kinds()))
	}
	if s.Severity.rank() == 0 {
		p.add(key+".severity", "%q is no severity; write info, warning or critical", s.Severity)
	}
	if s.Often != 0 && (s.Often < 2 || s.Often > maxOften) {
		p.add(key+".often", "%d is out of range; write 2 to %d entries, or remove it so that the first one counts", s.Often, maxOften)
	}
	s.matches(p, key+".match")
	p.literals(key+".not", s.Not)
	p.literals(key+".beside", s.Beside)
	p.text(key+".title", s.Title)
	p.text(key+".advice", s.Advice)
	for _, line := range s.Examples {
		if line == "" || len(line) > maxExample {
			p.add(key+".examples", "a line of %d bytes does not fit; write lines of 1 to %d", len(line), maxExample)
		}
	}
	return Signature{
		ID: s.ID, Kind: s.Kind, Severity: s.Severity, Often: s.Often, Match: s.Match, Not: s.Not, Beside: s.Beside, General: s.General,
		Title: Text(s.Title), Advice: Text(s.Advice), Source: s.Source, Examples: s.Examples,
	}
}

func (s *signatureDoc) matches(p *problems, key string) {
	if n := len(s.Match); n == 0 || n > maxAlternatives {
		p.add(key, "has %d alternatives; write 1 to %d lists of texts that must all be in the line", n, maxAlternatives)
	}
	for i, alternative := range s.Match {
		at := fmt.Sprintf("%s[%d]", key, i)
		if len(alternative) == 0 {
			p.add(at, "is empty and would be met by every line; write at least one text")
		}
		p.literals(at, alternative)
	}
}

func (p *problems) literals(key string, list []string) {
	if len(list) > maxWords {
		p.add(key, "has %d texts; keep at most %d", len(list), maxWords)
	}
	for _, written := range list {
		text := wordsOf(written).text
		switch {
		case utf8.RuneCountInString(text) < 2 || len(text) < minLiteral:
			p.add(key, "%q is too short to mean anything; write at least %d characters, or 2 Chinese ones", written, minLiteral)
		case len(text) > maxLiteral:
			p.add(key, "a text of %d bytes is too long; keep at most %d, the part that never changes", len(text), maxLiteral)
		case strings.ContainsAny(text, "\r\n"):
			p.add(key, "%q holds a line end; write the parts as two texts of one list", written)
		}
	}
}

func (p *problems) text(key string, t textDoc) {
	for _, one := range []struct{ lang, text string }{{"en", t.En}, {"zh", t.Zh}} {
		if one.text == "" || len(one.text) > maxText || strings.ContainsAny(one.text, "\r\n") {
			p.add(key+"."+one.lang, "%q does not fit; write one line of 1 to %d bytes", one.text, maxText)
		}
	}
}

func listed(kinds []Kind) string {
	words := make([]string, len(kinds))
	for i, k := range kinds {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}
