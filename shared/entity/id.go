package entity

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxPart bounds one name inside an ID. Kubernetes names reach 253 bytes, kubelet's mount points 160.
	maxPart = 256
	// keptPart is how much of an over-long name stays readable before the hash of all of it.
	keptPart = 160
	// maxShown bounds, in runes, a value that is shown to people.
	maxShown = 120
)

// Outermost returns an entity that contains others and is contained by none: a host, a pod, a claim. Its
// ID is <type>:<name>[/<name>…][@<cluster>], the last part only if cluster is not empty. Equal IDs mean
// equal types, clusters and names, whatever these hold.
func Outermost(t Type, cluster string, names ...string) Entity {
	parts := make([]string, len(names))
	for i, n := range names {
		parts[i] = escape(n, ":/@")
	}
	id, shown := string(t)+":"+strings.Join(parts, "/"), strings.Join(names, "/")
	if cluster != "" {
		id, shown = id+"@"+escape(cluster, ":/@"), shown+"@"+cluster
	}
	return Entity{ID: id, Type: t, Root: id, Name: Shown(shown)}
}

// Within returns the entity of type t that the names call inside root, which [Outermost] made. Its ID is
// <type>:<root's names>:<name>[:<name>…], such as "volume:erp-01:/u01"; a container's first name follows a
// slash, as Kubernetes writes it, "container:prod/erp-0/app". Empty names at the end are left out. Equal
// IDs mean equal types, roots and names.
func Within(root Entity, t Type, names ...string) Entity {
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	separator, special := ":", ":"
	if t == Container {
		separator, special = "/", ":/"
	}
	_, path, _ := strings.Cut(root.ID, ":")
	var id strings.Builder
	id.WriteString(string(t) + ":" + path)
	for _, n := range names {
		id.WriteString(separator + escape(n, special))
		separator = ":"
	}
	return Entity{ID: id.String(), Type: t, Root: root.Root, Name: called(t, names) + " on " + root.Name}
}

// SourceRoot returns the partition key of what belongs to no entity that is known: "source:<name>".
func SourceRoot(source string) string { return "source:" + escape(source, ":") }

// called puts the name that people use first and the rest behind it in parentheses: "java (1234)",
// "G1 Old Gen (8080)". A pool's own name comes last in its ID, after the process that holds it.
func called(t Type, names []string) string {
	if len(names) == 0 {
		return string(t)
	}
	first, rest := names[0], names[1:]
	if t == Pool {
		first, rest = names[len(names)-1], names[:len(names)-1]
	}
	more := make([]string, 0, len(rest))
	for _, n := range rest {
		if n != "" {
			more = append(more, Shown(n))
		}
	}
	switch {
	case len(more) == 0:
		return Shown(first)
	case first == "":
		return strings.Join(more, ", ")
	}
	return Shown(first) + " (" + strings.Join(more, ", ") + ")"
}

// Shown returns s fit for people's eyes: what does not print replaced by U+FFFD, and at most 120 runes.
func Shown(s string) string {
	n := 0
	clean := true
	for _, r := range s {
		n++
		clean = clean && unicode.IsPrint(r) && r != utf8.RuneError
	}
	if clean && n <= maxShown {
		return s
	}
	var b strings.Builder
	n = 0
	for _, r := range s {
		if n++; n == maxShown {
			b.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = utf8.RuneError
		}
		b.WriteRune(r)
	}
	return b.String()
}

// escape makes a name part of an ID. The separators in special, the percent sign, whatever does not print
// and bytes that are no UTF-8 become %XX, so that no value can pretend to be two. An over-long name keeps
// its beginning and ends in "%#" and the SHA-256 of all of it, which no escaped name contains.
func escape(name, special string) string {
	if plain(name, special) {
		return name
	}
	var b strings.Builder
	for i, width := 0, 0; i < len(name); i += width {
		var r rune
		r, width = utf8.DecodeRuneInString(name[i:])
		bad := r == utf8.RuneError && width == 1
		chunk := name[i : i+width]
		if bad || !unicode.IsPrint(r) || r == '%' || strings.ContainsRune(special, r) {
			chunk = hexed(chunk)
		}
		if len(name) > maxPart && b.Len()+len(chunk) > keptPart {
			break
		}
		b.WriteString(chunk)
	}
	if len(name) > maxPart {
		sum := sha256.Sum256([]byte(name))
		b.WriteString("%#" + hex.EncodeToString(sum[:16]))
	}
	return b.String()
}

// plain reports whether a name is its own escaped form: the usual case, which allocates nothing.
func plain(name, special string) bool {
	if len(name) > maxPart || !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if r == '%' || !unicode.IsPrint(r) || strings.ContainsRune(special, r) {
			return false
		}
	}
	return true
}

func hexed(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02X", s[i])
	}
	return b.String()
}
