package entity

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/shared/telemetry"
)

// Resolver tells which host a series belongs to. Names are compared as DNS does, without regard to the
// case of ASCII letters, and IP addresses in their canonical form. The zero value knows no aliases. A
// Resolver is immutable and safe for concurrent use.
type Resolver struct{ aliases map[string]string }

// NewResolver returns a resolver that calls a host by what the aliases say. A key is any name that senders
// use for it: a host name, an address, or an address with port where several hosts share one. An alias may
// lead to another. All faults are returned joined: empty names, a name with two meanings, circles.
func NewResolver(aliases map[string]string) (*Resolver, error) {
	direct := make(map[string]string, len(aliases))
	var errs []error
	for _, from := range slices.Sorted(maps.Keys(aliases)) {
		key, to := canonical(from), canonical(aliases[from])
		switch known, dup := direct[key]; {
		case key == "" || to == "":
			errs = append(errs, fmt.Errorf("aliases: %q: %q has an empty name; write both names or remove the line", from, aliases[from]))
		case dup && known != to:
			errs = append(errs, fmt.Errorf("aliases: %q means both %q and %q (case does not count); keep one of them", key, known, to))
		default:
			direct[key] = to
		}
	}
	r := &Resolver{aliases: make(map[string]string, len(direct))}
	for _, from := range slices.Sorted(maps.Keys(direct)) {
		to, ok := follow(direct, from)
		if !ok {
			errs = append(errs, fmt.Errorf("aliases: %q leads back to itself through %q; remove one of the lines of that circle", from, direct[from]))
			continue
		}
		r.aliases[from] = to
	}
	return r, errors.Join(errs...)
}

// follow walks from one alias to the next; false for a circle. A name that stands for itself is its end.
func follow(direct map[string]string, name string) (string, bool) {
	for range len(direct) + 1 {
		to, ok := direct[name]
		if !ok || to == name {
			return name, true
		}
		name = to
	}
	return "", false
}

// Host returns the name of the host that the series belongs to: the label host, else nodename, else
// instance without its port, through the aliases. It returns "" if none of them says.
func (r *Resolver) Host(ls telemetry.Labels) string {
	for _, label := range [...]string{"host", "nodename"} {
		if v := ls.Get(label); v != "" {
			return r.Canonical(v)
		}
	}
	instance := ls.Get("instance")
	if to, ok := r.aliases[canonical(instance)]; ok {
		return to
	}
	name, _ := SplitInstance(instance)
	return r.Canonical(name)
}

// Canonical returns the one name of the host that people call name.
func (r *Resolver) Canonical(name string) string {
	name = canonical(name)
	if to, ok := r.aliases[name]; ok {
		return to
	}
	return name
}

func canonical(name string) string {
	if strings.Contains(name, ":") {
		bare := name
		if len(name) > 2 && name[0] == '[' && name[len(name)-1] == ']' {
			bare = name[1 : len(name)-1]
		}
		if a, err := netip.ParseAddr(bare); err == nil {
			return a.Unmap().String()
		}
	}
	if !strings.ContainsFunc(name, func(r rune) bool { return 'A' <= r && r <= 'Z' }) {
		return name
	}
	b := []byte(name)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// SplitInstance takes the port off an instance label: "erp-01:9100" is "erp-01" and "9100", "[::1]:9100"
// is "::1" and "9100". What is no host with a port comes back whole, with an empty port.
func SplitInstance(instance string) (host, port string) {
	if rest, ok := strings.CutPrefix(instance, "["); ok {
		host, after, ok := strings.Cut(rest, "]")
		switch {
		case ok && after == "":
			return host, ""
		case ok && after[0] == ':' && digits(after[1:]):
			return host, after[1:]
		}
		return instance, ""
	}
	host, port, ok := strings.Cut(instance, ":")
	if !ok || !digits(port) {
		return instance, ""
	}
	return host, port
}

func digits(s string) bool { return s != "" && len(s) <= 5 && strings.Trim(s, "0123456789") == "" }
