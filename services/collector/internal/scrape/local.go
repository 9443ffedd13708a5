package scrape

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"strings"
)

// Local is this machine, as targets may be named by it.
type Local struct {
	Hostname string
	// System is what the machine calls itself, and so does a node exporter on it; it may differ from Hostname,
	// which is configured.
	System    string
	Addresses []netip.Addr
}

// LocalMachine returns this machine under its hostname, with the addresses of its interfaces. Interfaces
// that come later are not known; loopback is always local.
func LocalMachine(hostname string) Local {
	l := Local{Hostname: hostname}
	l.System, _ = os.Hostname() //nolint:errcheck // then it is not known by another name
	all, err := net.InterfaceAddrs()
	if err != nil {
		return l
	}
	for _, a := range all {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			l.Addresses = append(l.Addresses, p.Addr().Unmap())
		}
	}
	return l
}

// is reports whether the host of the URL is this machine. It asks no name server.
func (l Local) is(rawURL string) bool {
	u, err := url.Parse(rawURL)
	if err != nil {
		return false
	}
	host := u.Hostname()
	if strings.EqualFold(host, "localhost") || strings.EqualFold(host, l.Hostname) {
		return true
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	for _, a := range l.Addresses {
		if a.WithZone("") == addr {
			return true
		}
	}
	return addr.IsLoopback()
}
