package pattern

import "bytes"

// atom masks a run of letters, digits and underscores, and what it begins: an address, a date, a URL.
func (s *scanner) atom() {
	end, digits := s.at, 0
	for end < len(s.in) && inAtom(s.in[end]) {
		if isDigit(s.in[end]) {
			digits++
		}
		end++
	}
	a := s.in[s.at:end]
	next := byte(' ')
	if end < len(s.in) {
		next = s.in[end]
	}
	switch {
	case (next == ':' || next == '-') && (len(a) <= 4 || len(a) == 8) && s.address(s.at):
	case next == ':' && s.scheme(end):
	case len(a) == 3 && digits == 0 && isUpper(a[0]) && s.date(a, next):
	case len(a) == 2 && digits == 0 && s.half(a):
	case digits == len(a) && s.coded(a, next):
		s.put(end)
	case digits == len(a) || len(a) >= 8 && allHex(a):
		s.hole()
		s.at = end
	case digits > 0:
		s.identifier(a)
		s.at = end
	default:
		s.put(end)
	}
}

// coded reports whether the digits a are of the code of a message, which people search for: ORA-01555, <BEA-000337>.
func (s *scanner) coded(a []byte, next byte) bool {
	n := len(s.out)
	if len(a) < 3 || len(a) > 6 || next != ':' && next != '>' || n < 3 || s.out[n-1] != '-' {
		return false
	}
	letters := 0
	for n -= 2; n >= 0 && isUpper(s.out[n]); n-- {
		letters++
	}
	return letters >= 2 && letters <= 5 && (n < 0 || !inWord(s.out[n]) && s.out[n] != hole)
}

// identifier masks the parts of an identifier from the first that has a digit to the last: attempt_1445_m_000001 is
// attempt_<*>. Of the first part letters are kept that digits follow to its end: eth0 is eth<*>.
func (s *scanner) identifier(a []byte) {
	from, to := -1, 0
	for i := 0; i < len(a); {
		n := bytes.IndexByte(a[i:], '_')
		if n < 0 {
			n = len(a) - i
		}
		if part := a[i : i+n]; hasValue(part) {
			if from < 0 {
				from = i + kept(part)
			}
			to = i + n
		}
		i += n + 1
	}
	if from < 0 {
		s.out = append(s.out, a...)
		return
	}
	s.out = append(s.out, a[:from]...)
	s.hole()
	s.out = append(s.out, a[to:]...)
}

// hasValue reports whether a part of an identifier with a digit is a value, and not a name such as log4j or OAuth2Token:
// letters around a single number of one or two digits.
func hasValue(part []byte) bool {
	first := bytes.IndexFunc(part, func(r rune) bool { return isDigit(byte(r)) })
	if first < 0 {
		return false
	}
	after := first
	for after < len(part) && isDigit(part[after]) {
		after++
	}
	if first == 0 || after == len(part) || after-first > 2 || len(part) < 4 {
		return true
	}
	for _, c := range part[after:] {
		if isDigit(c) {
			return true
		}
	}
	return false
}

// kept returns how many letters at the beginning of a part that is a value are its name.
func kept(part []byte) int {
	n := 0
	for n < len(part) && !isDigit(part[n]) {
		n++
	}
	for _, c := range part[n:] {
		if !isDigit(c) {
			return 0
		}
	}
	if len(part) >= 6 && allHex(part) {
		return 0
	}
	return n
}
