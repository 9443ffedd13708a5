// Package redact takes out of a log line what must not be stored, shown or sent: secrets, and what is personal.
//
// It works on samples of log lines, which are few, and errs on the side of taking out too much. What it knows, in English
// and Chinese:
//
//   - secrets by their name (password=…, 密码：…, "apiKey": "…", Authorization: Bearer …), in URLs (//user:…@), and by their
//     form (JSON web tokens, private keys in PEM, AWS access keys);
//   - Chinese identity card numbers (GB 11643-1999, with its check digit), mobile numbers, bank cards (ISO/IEC 7812, with its
//     check digit), IBANs (ISO 13616, with its check digits), account numbers by their name, mail addresses;
//   - salaries by their name (工资、实发、salary: …).
//
// Everything else is left as it is. A secret without a name or a form is not recognised: nobody can.
package redact

import (
	"regexp"
	"strings"
)

// What stands in the place of what was taken out.
const (
	Secret  = "[secret]"
	ID      = "[id]"
	Phone   = "[phone]"
	Card    = "[card]"
	Account = "[account]"
	Mail    = "[mail]"
	Amount  = "[amount]"
)

// Redactor takes out. It is safe for concurrent use.
type Redactor struct{ rules []rule }

// rule replaces the first group of an expression, or all of it if it has none, where sure agrees.
type rule struct {
	expr *regexp.Regexp
	with string
	sure func(string) bool // nil: always
}

// Names of things, as they stand before a value. A name may be part of a longer one: db_password, userToken.
const (
	secretNames = `passwd|password|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential|session[_-]?id|` +
		`密码|口令|密钥|令牌|验证码`
	accountNames = `account[_ -]?(?:no|num|number|id)|acct[_ -]?(?:no|num)|iban|card[_ -]?(?:no|num|number)|账号|帐号|账户|卡号|银行卡`
	salaryNames  = `salary|wages?|payroll|bonus|net[_ ]?pay|gross[_ ]?pay|工资|薪资|薪酬|薪水|奖金|实发|应发|月薪|年薪`
	// between is what may stand between a name and its value, in the forms of logs, JSON, XML and prose.
	between = `["']?(?:[ \t]*(?:[:=：＝>]|=>|为|是)[ \t]*|[ \t]+)(?:人民币|RMB|CNY|¥|￥)?[ \t]*`
	// assigned is the same with a sign: prose such as "password is wrong" holds no secret.
	assigned = `["']?[ \t]*(?:[:=：＝>]|=>|为|是)[ \t]*`
	value    = `(?:"((?:[^"\\]|\\.)+)"|'((?:[^'\\]|\\.)+)'|([^\s,;&"'<>，；]+))`
)

// New returns a redactor that knows all of the above.
func New() *Redactor {
	re := regexp.MustCompile
	return &Redactor{rules: []rule{
		{re(`-----BEGIN [A-Z ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z ]*PRIVATE KEY-----|$)`), Secret, nil},
		{re(`\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?`), Secret, nil},
		{re(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`), Secret, nil},
		{re(`(?i)\b(?:bearer|basic)[ \t]+([A-Za-z0-9._~+/=-]{6,})`), Secret, nil},
		{re(`://[^/\s:@]*:([^/\s@]+)@`), Secret, nil},
		{re(`(?i)(?:` + secretNames + `)[a-z0-9_]*` + assigned + value), Secret, notYet},
		{re(`(?i)(?:` + accountNames + `)` + between + `["']?([A-Z]{0,2}\d[\d -]{5,32}\d)`), Account, nil},
		{re(`(?i)(?:` + salaryNames + `)[a-z_]*` + between + `["']?(-?\d[\d,]*(?:\.\d+)?)`), Amount, nil},
		{re(`\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b`), Account, iban},
		{re(`\d{17}[\dXx]`), ID, identity},
		{re(`\d{13,19}`), Card, card},
		{re(`\d{4}(?:[ -]\d{4}){3}[ -]\d{3}`), Card, card},
		{re(`\d{4}(?:[ -]\d{4}){3}`), Card, card},
		{re(`\d{4}[ -]\d{6}[ -]\d{5}`), Card, card},
		{re(`(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}`), Phone, phone},
		{re(`[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`), Mail, nil},
	}}
}

// Line returns the text without what must not be kept. Text is the same if nothing was found; redacting twice is the same
// as once. O(len(text)).
func (r *Redactor) Line(text string) string {
	for i := range r.rules {
		text = r.rules[i].apply(text)
	}
	return text
}

// apply replaces every match that stands alone: digits that go on are another number.
func (r *rule) apply(text string) string {
	var out strings.Builder
	done := 0
	for from := 0; from < len(text); {
		at := r.expr.FindStringSubmatchIndex(text[from:])
		if at == nil {
			break
		}
		begin, end := group(at)
		begin, end = from+begin, from+end
		if r.sure != nil && (!alone(text, begin, end) || !r.sure(text[begin:end])) {
			from += at[0] + 1 // what begins within it may be one
			continue
		}
		out.WriteString(text[done:begin])
		out.WriteString(r.with)
		done, from = end, max(end, from+1)
	}
	if done == 0 {
		return text
	}
	out.WriteString(text[done:])
	return out.String()
}

// group returns the bounds of the first group that took part, of the whole match if there is none.
func group(at []int) (begin, end int) {
	for i := 2; i < len(at); i += 2 {
		if at[i] >= 0 {
			return at[i], at[i+1]
		}
	}
	return at[0], at[1]
}

// alone reports whether no digit or Latin letter touches text[begin:end] where that begins or ends with one.
func alone(text string, begin, end int) bool {
	return (begin == 0 || !word(text[begin-1]) || !word(text[begin])) && (end == len(text) || !word(text[end]) || !word(text[end-1]))
}

func word(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// notYet reports whether a value is not one that stands for a redacted one, or for none.
func notYet(s string) bool {
	switch strings.ToLower(s) {
	case Secret, Amount, Account, "null", "nil", "none", "true", "false", "***", "******", "********":
		return false
	}
	return true
}
