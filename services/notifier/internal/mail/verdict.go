package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/shared/i18n"
)

// verdict is what a server answered: a code of RFC 5321, the enhanced one of RFC 3463 if it gave one, and its words without
// addresses.
type verdict struct {
	code     int // 0 if it answered nothing
	enhanced string
	words    string
}

var (
	enhancedCode = regexp.MustCompile(`^([245]\.\d{1,3}\.\d{1,3})\b\s*`)
	anyAddress   = regexp.MustCompile(`[^\s<>:;,()"']+@[^\s<>:;,()"']+`)
)

// read reads an answer from the error that stands for it.
func read(err error) verdict {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return verdict{}
	}
	v := verdict{code: answer.Code, words: i18n.Line(answer.Msg)}
	if m := enhancedCode.FindStringSubmatch(v.words); m != nil {
		v.enhanced, v.words = m[1], v.words[len(m[0]):]
	}
	v.words = anyAddress.ReplaceAllString(v.words, "***")
	if r := []rune(v.words); len(r) > 160 {
		v.words = string(r[:160]) + "…"
	}
	return v
}

func (v verdict) spoken() bool    { return v.code != 0 }
func (v verdict) permanent() bool { return v.code >= 500 }

// policy reports whether it is about who sends rather than about who receives.
func (v verdict) policy() bool { return strings.HasPrefix(v.enhanced, "5.7.") || v.code == 530 }

// String returns codes and words.
func (v verdict) String() string {
	return strings.TrimSpace(strings.Join(strings.Fields(strconv.Itoa(v.code)+" "+v.enhanced+" "+v.words), " "))
}

// stage is how far a transaction had come.
type stage int

const (
	stageConnect stage = iota
	stageAuth
	stageSender
	stageReceiver
	stageContent
)

// judge says what a failure at a stage means for another attempt. It quotes the server but for what it says of a password.
func judge(err error, at stage) *delivery.Error {
	v := read(err)
	if !v.spoken() {
		return unspoken(err)
	}
	e := &delivery.Error{What: "the mail server answered " + v.String(), Remedy: "it is tried again; look at the server's log if that stays"}
	if at == stageAuth {
		e.What = "the mail server refused user and password with " + strings.TrimSpace(strconv.Itoa(v.code)+" "+v.enhanced)
	}
	if !v.permanent() {
		return e
	}
	switch at {
	case stageContent:
		e.Permanent, e.Remedy = true, "it refuses this message; the incident is on the page"
	case stageAuth:
		e.Channel, e.Remedy = true, "correct user and secret; some providers want a password made for programs"
	case stageSender:
		e.Channel, e.Remedy = true, "set from to an address that the server lets us send from, and user and secret if it wants them"
	default:
		e.Channel, e.Remedy = true, "look at the server's log"
	}
	return e
}

// unspoken describes a failure without an answer.
func unspoken(err error) *delivery.Error {
	var (
		bad  *tls.CertificateVerificationError
		head tls.RecordHeaderError
		op   *net.OpError
		dns  *net.DNSError
	)
	e := &delivery.Error{What: "the mail server broke off", Remedy: "check server, port and security, and look at the server's log"}
	switch {
	case errors.As(err, &bad):
		e.What, e.Remedy = "the mail server's certificate is not trusted: "+bad.Error(), "name the CA that signed it with tls.ca_file, or correct tls.server_name"
	case errors.As(err, &head):
		e.What, e.Remedy = "the mail server does not speak TLS from the first byte", "set security to starttls, or correct the port"
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		e.What, e.Remedy = "the mail server did not answer in time", "check server and port, or raise the channel's timeout"
	case errors.As(err, &dns):
		e.What = "the mail server cannot be reached: " + dns.Error()
	case errors.As(err, &op):
		e.What = "the mail server cannot be reached: " + op.Error()
	}
	return e
}
