package pattern

import "bytes"

const (
	months = "JanFebMarAprMayJunJulAugSepOctNovDec"
	days   = "MonTueWedThuFriSatSun"
)

// among reports whether the first three letters of a are one of a list of such, in small or large letters but for the
// first.
func among(list string, a []byte) bool {
	for i := 0; i < len(list); i += 3 {
		if a[0] == list[i] && a[1]|0x20 == list[i+1] && a[2]|0x20 == list[i+2] {
			return true
		}
	}
	return false
}

// date masks a date with the name of a month or day, whole: "Fri Jun 17 07:07:00 2005", "04/Dec/2005", "Sun, 04 Dec 2005".
// It reports whether there is one.
func (s *scanner) date(a []byte, next byte) bool {
	switch {
	case among(months, a):
		if end := monthEnds(s.in, s.at+3); end > 0 {
			s.hole()
			s.at = end
			return true
		}
		return s.inside(next)
	case among(days, a):
		i := skipSpaces(s.in, skipOne(s.in, s.at+3, ','))
		if i+3 < len(s.in) && (isDigit(s.in[i]) || among(months, s.in[i:i+3]) && monthEnds(s.in, i+3) > 0) && i > s.at+3 {
			s.hole()
			s.at = i // what follows is of the same value
			return true
		}
	}
	return false
}

// inside masks a month's name within a date such as 04/Dec/2005.
func (s *scanner) inside(next byte) bool {
	n := len(s.out)
	if n < 2 || s.out[n-2] != hole || s.out[n-1] != next || next != '/' && next != '-' || !isDigit(s.peek(4)) {
		return false
	}
	s.hole()
	s.at += 3
	return true
}

// monthEnds returns where a date ends of which the month's name has been read, 0 if none follows: the day, then perhaps
// time, zone and year.
func monthEnds(in []byte, i int) int {
	day := skipSpaces(in, i)
	end := skipDigits(in, day)
	if day == i || end == day || end-day != 4 && end-day > 2 || end < len(in) && (inAtom(in[end]) || in[end] == '.' && end+1 < len(in) && isDigit(in[end+1])) {
		return 0
	}
	end = skipTime(in, end)
	if year := skipSpaces(in, skipZone(in, end)); year > end {
		if last := skipDigits(in, year); last-year == 4 && (last == len(in) || !inAtom(in[last]) && in[last] != '.' && in[last] != ':') {
			end = last
		}
	}
	return end
}

// skipTime returns where a time of day ends that follows at i after a gap; i if none does.
func skipTime(in []byte, i int) int {
	at := skipSpaces(in, skipOne(in, i, ','))
	end := at
	for end < len(in) && (isDigit(in[end]) || (in[end] == ':' || in[end] == '.' || in[end] == ',') && end+1 < len(in) && isDigit(in[end+1])) {
		end++
	}
	if end-at < 4 || skipDigits(in, at) == end || end < len(in) && inAtom(in[end]) || in[skipDigits(in, at)] != ':' {
		return i
	}
	return end
}

// skipZone returns where the name of a zone ends that follows at i after a gap; i if none does.
func skipZone(in []byte, i int) int {
	at := skipSpaces(in, i)
	end := at
	for end < len(in) && isUpper(in[end]) {
		end++
	}
	if end-at < 2 || end-at > 5 {
		return i
	}
	return end
}

// half masks AM or PM after a time.
func (s *scanner) half(a []byte) bool {
	n := len(s.out)
	if n < 2 || s.out[n-1] != ' ' || s.out[n-2] != hole || a[0] != 'A' && a[0] != 'P' || a[1] != 'M' || bytes.HasPrefix(s.in[s.at+2:], []byte(holeText)) {
		return false
	}
	s.at += 2
	return true
}

func skipSpaces(in []byte, i int) int {
	for i < len(in) && in[i] == ' ' {
		i++
	}
	return i
}

func skipDigits(in []byte, i int) int {
	for i < len(in) && isDigit(in[i]) {
		i++
	}
	return i
}

// skipOne returns i+1 if c stands at i, else i.
func skipOne(in []byte, i int, c byte) int {
	if i < len(in) && in[i] == c {
		i++
	}
	return i
}
