package pattern

// address masks a UUID, an address of a network card or an IPv6 address that begins at i, which letters a to f may hide from those who look for
// digits only, and reports whether there is one.
func (s *scanner) address(i int) bool {
	if c := s.before(); inAtom(c) || c == ':' || c == '.' || c == hole {
		return false
	}
	end := uuid(s.in, i)
	if end == 0 {
		end = pairs(s.in, i)
	}
	if end == 0 {
		end = ipv6(s.in, i)
	}
	if end == 0 || end < len(s.in) && inAtom(s.in[end]) {
		return false
	}
	s.hole()
	s.at = end
	return true
}

// uuid returns where 8-4-4-4-12 hexadecimal digits that begin at i end, 0 if there are none.
func uuid(in []byte, i int) int {
	const length = 36
	if len(in)-i < length {
		return 0
	}
	for k, c := range in[i : i+length] {
		dash := k == 8 || k == 13 || k == 18 || k == 23
		if dash != (c == '-') || !dash && !isHex(c) {
			return 0
		}
	}
	return i + length
}

// pairs returns where at least four pairs of hexadecimal digits that begin at i end, 0 if there are none: the address of a
// network card, a World Wide Name, a fingerprint.
func pairs(in []byte, i int) int {
	const least = 4
	if i+3*least > len(in) {
		return 0
	}
	between := in[i+2]
	if between != ':' && between != '-' {
		return 0
	}
	n := 0
	for ; i+1 < len(in) && isHex(in[i]) && isHex(in[i+1]); i += 3 {
		if n++; i+2 == len(in) || in[i+2] != between {
			i += 2
			break
		}
	}
	if n < least || i > len(in) || in[i-1] == between {
		return 0
	}
	return i
}

// ipv6 returns where an IPv6 address that begins at i ends, 0 if there is none: eight groups, or fewer with a double
// colon. One without a digit is not taken for an address.
func ipv6(in []byte, i int) int {
	groups, length, double, digits := 0, 0, false, false
	k := i
	for ; k < len(in) && k-i < 40; k++ {
		c := in[k]
		switch {
		case isHex(c):
			if length++; length == 1 {
				groups++
			}
			digits = digits || isDigit(c)
		case c == ':' && k > i && in[k-1] == ':':
			if double {
				return 0
			}
			double = true
			length = 0
		case c == ':' && k+1 < len(in) && (isHex(in[k+1]) || in[k+1] == ':'):
			length = 0
		default:
			return ends(k, groups, length, double, digits)
		}
		if length > 4 {
			return 0
		}
	}
	return ends(k, groups, length, double, digits)
}

// ends returns k if what was seen up to there is an IPv6 address, else 0.
func ends(k, groups, length int, double, digits bool) int {
	whole := groups == 8 && !double || groups < 8 && groups > 0 && double
	if !whole || !digits || length > 4 {
		return 0
	}
	return k
}
