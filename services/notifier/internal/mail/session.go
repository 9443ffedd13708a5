package mail

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/i18n"
)

// post brings a letter to those who wait, in one transaction, and notes of each whether they have it or never will. It returns an
// error if another attempt is needed for any of them.
func (c *Channel) post(ctx context.Context, l *letter, waiting []person.Receiver) error {
	s, err := c.dial(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { s.Close() }) //nolint:errcheck // whoever waits for it is told
	defer stop()
	defer s.Close() //nolint:errcheck // what was accepted is
	if err := s.Mail("<" + c.sender.Address + ">"); err != nil {
		return judge(err, stageSender)
	}
	a := offer(s, waiting)
	if err := a.useless(); err != nil {
		return err
	}
	for _, r := range a.refused {
		c.told.Note(l.message, r.Address, r.why)
	}
	if len(a.accepted) > 0 {
		if err := content(s, l); err != nil {
			return judge(err, stageContent)
		}
	}
	for _, r := range a.accepted {
		c.told.Note(l.message, r.Address, "")
	}
	s.Quit() //nolint:errcheck // what was accepted is
	return a.later
}

// answers is what a server says to receivers.
type answers struct {
	accepted []person.Receiver
	refused  []refusal
	later    error // why some have to wait
	policy   int   // how many were refused by a rule that is not about them
}

type refusal struct {
	person.Receiver
	why string
}

func offer(s *smtp.Client, waiting []person.Receiver) (a answers) {
	for _, r := range waiting {
		err := s.Rcpt("<" + r.Address + ">")
		v := read(err)
		switch {
		case err == nil:
			a.accepted = append(a.accepted, r)
		case v.permanent():
			a.refused = append(a.refused, refusal{r, v.String()})
			if v.policy() {
				a.policy++
			}
		default:
			e := judge(err, stageReceiver)
			e.What = r.Name + ": " + e.What
			a.later = e
			if !v.spoken() {
				return a // nobody is there any more
			}
		}
	}
	return a
}

// useless returns an error if no receiver was taken and the channel is to blame, so that nobody is given up.
func (a *answers) useless() error {
	if len(a.accepted) > 0 || len(a.refused) == 0 || a.policy < len(a.refused) {
		return nil
	}
	return &delivery.Error{
		Channel: true, What: "the mail server takes nothing from us for these receivers: " + a.refused[0].why,
		Remedy: "set user and secret, or let the server pass on mail from this machine",
	}
}

func content(s *smtp.Client, l *letter) error {
	w, err := s.Data()
	if err != nil {
		return err
	}
	if _, err := l.mime.WriteTo(w); err != nil {
		return err // without the end of the message the server does not take it
	}
	return w.Close()
}

// dial opens a session: connected, protected and authenticated as configured.
func (c *Channel) dial(ctx context.Context) (*smtp.Client, error) {
	host, port := c.s.address()
	conn, err := (&net.Dialer{Timeout: c.s.Timeout}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, judge(err, stageConnect)
	}
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetDeadline(deadline) //nolint:errcheck // the context ends it, too
	}
	if c.s.Security == TLS {
		conn = tls.Client(conn, c.tls)
	}
	s, err := smtp.NewClient(conn, host)
	if err != nil {
		conn.Close() //nolint:errcheck // nothing was sent
		return nil, judge(err, stageConnect)
	}
	if err := c.open(s, host); err != nil {
		s.Close() //nolint:errcheck // nothing was sent
		return nil, err
	}
	return s, nil
}

// open greets, protects and authenticates.
func (c *Channel) open(s *smtp.Client, host string) error {
	s.SkipSMTPUTF8(ascii(c.sender.Address)) // what needs no extension must not be refused for it further on
	name, err := os.Hostname()
	if err != nil || !ascii(name) || strings.ContainsAny(name, " \r\n") {
		name = "localhost"
	}
	if err := s.Hello(name); err != nil {
		return judge(err, stageConnect)
	}
	if c.s.Security == StartTLS || c.s.Security == "" {
		if ok, _ := s.Extension("STARTTLS"); !ok {
			return &delivery.Error{
				Channel: true, What: "the mail server offers no STARTTLS, and nothing is sent in the clear",
				Remedy: "set security to tls and the port to 465, or let the server offer it",
			}
		}
		if err := s.StartTLS(c.tls); err != nil {
			return judge(err, stageConnect)
		}
	}
	if c.s.User == "" {
		return nil
	}
	return c.authenticate(s, host)
}

// authenticate uses PLAIN (RFC 4616), or LOGIN where that is all that there is.
func (c *Channel) authenticate(s *smtp.Client, host string) error {
	_, offered := s.Extension("AUTH")
	mechanisms := strings.Fields(strings.ToUpper(offered))
	var a smtp.Auth
	for _, m := range mechanisms {
		switch {
		case m == "PLAIN":
			a = smtp.PlainAuth("", c.s.User, c.s.Password.Reveal(), host, false)
		case m == "LOGIN" && a == nil:
			a = smtp.LoginAuth(c.s.User, c.s.Password.Reveal(), host, false)
		}
	}
	if a == nil {
		return &delivery.Error{
			Channel: true, What: fmt.Sprintf("the mail server offers neither AUTH PLAIN nor LOGIN, but %q", i18n.Line(offered)),
			Remedy: "remove user if it needs none, or let it offer one of them",
		}
	}
	if err := s.Auth(a); err != nil {
		return judge(err, stageAuth)
	}
	return nil
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 126 }) < 0
}
