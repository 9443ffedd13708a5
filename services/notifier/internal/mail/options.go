package mail

import (
	"fmt"
	"net"
	"net/mail"
	"strconv"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/config"
)

// Rate is how many messages are sent in a minute, unless a channel says otherwise.
const Rate = 60

// MaxPicture is the largest picture that is put into a mail, in bytes.
const MaxPicture = 1 << 20

// How the connection is protected.
const (
	StartTLS = "starttls" // begins in the clear, and goes no further without TLS (RFC 3207)
	TLS      = "tls"      // from the first byte (RFC 8314)
	None     = "none"     // for a server on this machine only
)

// Options are the keys of a channel that are this type's own.
type Options struct {
	// Server is host or host:port; the port is 587 for starttls, 465 for tls, 25 for none unless it is given.
	Server string `yaml:"server"`
	// Security is starttls, tls or none; "" is starttls.
	Security string `yaml:"security"`
	// User is who we are, by the channel's secret as password; "" does not authenticate.
	User string `yaml:"user"`
	// From is the sender, such as "Forewarn <forewarn@example.com>".
	From string `yaml:"from"`
	// Page is the channel's own form of HTML, a Go html/template over message.Fields: the text itself, or file:PATH. The zero value is the
	// form that is built in, around the channel's own text if it has a template of that.
	Page config.Text `yaml:"html_template"`
}

// Form reads the template of Page, nil if there is none. The error tells file and line.
func (o *Options) Form() (*message.Template, error) {
	if o.Page.Body == "" {
		return nil, nil
	}
	return message.ParsePage(o.Page.Name("html_template"), o.Page.Body)
}

// Problems tells all that is wrong with the options.
func (o *Options) Problems(bad func(key, rule string)) {
	switch o.Security {
	case "", StartTLS, TLS:
	case None:
		if host, _ := o.address(); !loopback(host) {
			bad("security", "none is for a server on this machine only; set starttls or tls, or let a relay on 127.0.0.1 pass it on")
		}
	default:
		bad("security", fmt.Sprintf("%q is not known; set starttls, tls or none", o.Security))
	}
	host, port := o.address()
	if n, err := strconv.ParseUint(port, 10, 16); host == "" || err != nil || n == 0 {
		bad("server", fmt.Sprintf("%q is no server; set its name, or name:port, such as smtp.example.com:587", o.Server))
	}
	if _, err := o.Form(); err != nil {
		bad("html_template", err.Error())
	}
	if _, err := mail.ParseAddress(o.From); err != nil {
		bad("from", fmt.Sprintf("%q is no sender; set an address that the server lets you send from, such as Forewarn <forewarn@example.com>", o.From))
	}
}

// address returns host and port.
func (o *Options) address() (host, port string) {
	if host, port, err := net.SplitHostPort(o.Server); err == nil {
		return host, port
	}
	switch o.Security {
	case TLS:
		return o.Server, "465"
	case None:
		return o.Server, "25"
	}
	return o.Server, "587"
}

// loopback reports whether a host is this machine by its name, without asking anybody.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
