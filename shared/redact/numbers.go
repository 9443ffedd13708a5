package redact

import (
	"strings"
	"time"
)

// onlyDigits returns the digits of s.
func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// identity reports whether 18 characters are a Chinese identity card number: a province, a date of birth, and the check
// digit of GB 11643-1999 (ISO 7064 MOD 11-2).
func identity(s string) bool {
	born, err := time.Parse("20060102", s[6:14])
	if err != nil || born.Year() < 1900 || born.Year() > 2099 || s[0] < '1' || s[0] > '8' {
		return false
	}
	sum, weight := 0, 1
	for i := 16; i >= 0; i-- {
		weight = weight * 2 % 11
		sum += int(s[i]-'0') * weight
	}
	return strings.ToUpper(s[17:]) == string("10X98765432"[sum%11])
}

// card reports whether digits, perhaps in groups, are the number of a bank card: 13 to 19 of them, that begin as
// UnionPay's, Visa's, Mastercard's, American Express's, JCB's and Discover's do, with the check digit of ISO/IEC 7812.
func card(s string) bool {
	d := onlyDigits(s)
	if len(d) < 13 || len(d) > 19 {
		return false
	}
	issuer := false
	for _, prefix := range []string{"62", "4", "51", "52", "53", "54", "55", "34", "37", "35", "6011", "65", "9"} {
		issuer = issuer || strings.HasPrefix(d, prefix)
	}
	return issuer && luhn(d)
}

// luhn reports whether the last digit is the check digit of those before it.
func luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		n := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// phone reports whether digits, perhaps with the code of China in front, are a mobile number.
func phone(s string) bool {
	d := onlyDigits(s)
	return len(d) == 11 || len(d) == 13 && strings.HasPrefix(d, "86")
}

// iban reports whether an account number has the check digits of ISO 13616 (ISO 7064 MOD 97-10).
func iban(s string) bool {
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 15 || len(s) > 34 {
		return false
	}
	rest := 0
	for _, c := range s[4:] + s[:4] {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest == 1
}
