package life

import (
	"path"
	"strings"
	"unicode/utf8"

	"github.com/forewarn/forewarn/shared/entity"
)

// leastName is how long a name must be to be found in a line by more than chance.
const leastName = 2

// names tells how closely a line of a log names an entity: the length of the longest of its names that stands there as a word, 0
// if none does. A mount point is also named by a path below it, and by a tablespace that is called like its last folder; of what
// lies in a tablespace only that name counts, since all of a database share the others.
func names(line string, e entity.Entity) (longest int) {
	line = strings.ToLower(line)
	if name, ok := e.Labels["tablespace"]; ok {
		return found(line, name)
	}
	table := tablespace(line)
	for _, name := range e.Labels {
		if strings.HasSuffix(e.Root, ":"+name) {
			continue // the host writes its own name into many lines
		}
		longest = max(longest, found(line, name))
		if table != "" && strings.HasPrefix(name, "/") && strings.EqualFold(path.Base(name), table) {
			longest = max(longest, len(table))
		}
	}
	return longest
}

// tablespace returns the name of the tablespace that a line in lower case is about, "" if it says none.
func tablespace(line string) string {
	for _, word := range []string{"tablespace", "表空间"} {
		_, rest, ok := strings.Cut(line, word)
		rest = strings.TrimLeft(rest, " :：'\"“[(<")
		if n := strings.IndexFunc(rest, func(r rune) bool { return r > 'z' || !within(byte(r)) }); n >= 0 {
			rest = rest[:n]
		}
		if ok && rest != "" {
			return rest
		}
	}
	return ""
}

// found returns the length of a name that stands in a line in lower case as a word, or as the beginning of a path; otherwise 0.
func found(line, name string) int {
	name = strings.TrimRight(strings.ToLower(name), `/\`)
	if len(name) < leastName || strings.ContainsRune(name, utf8.RuneError) { // what is damaged is like any other damage
		return 0
	}
	for rest, begin := line, true; ; begin = false {
		k := strings.Index(rest, name)
		if k < 0 {
			return 0
		}
		start := k == 0 && begin || k > 0 && !within(rest[k-1]) && (name[0] != '/' || rest[k-1] != '.')
		after := rest[k+len(name):]
		if start && (after == "" || !within(after[0])) {
			return len(name)
		}
		rest = rest[k+1:]
	}
}

// within reports whether a byte goes on with a name: letters and digits of ASCII, and what identifiers hold. Chinese text follows
// names without a space.
func within(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '_' || b == '$' || b == '#' || b == '-'
}
