package entity

import "strings"

// RootOf returns the ID of the outermost entity that the entity with an ID is in: itself, if nothing contains it. It reads what
// [Outermost] and [Within] write; of anything else it returns the ID as it is.
func RootOf(id string) string {
	typ, rest, ok := strings.Cut(id, ":")
	if !ok {
		return id
	}
	if Type(typ) == Container {
		path, _, _ := strings.Cut(rest, ":")
		if k := strings.LastIndexByte(path, '/'); k >= 0 {
			return rooted(path[:k])
		}
		return id
	}
	path, _, within := strings.Cut(rest, ":")
	if !within {
		return id
	}
	return rooted(path)
}

// rooted returns the ID of the root with these names: a pod has two of them, and a host has one.
func rooted(path string) string {
	if strings.ContainsRune(path, '/') {
		return string(Pod) + ":" + path
	}
	return string(Host) + ":" + path
}

// TypeOf returns the type of the entity with an ID, "" if it is none.
func TypeOf(id string) Type {
	typ, _, ok := strings.Cut(id, ":")
	if !ok {
		return ""
	}
	return Type(typ)
}

// Called returns what people call the entity with an ID, without its type: "erp-01", "/u01 on erp-01".
func Called(id string) string {
	_, rest, ok := strings.Cut(id, ":")
	if !ok {
		return Shown(id)
	}
	root := RootOf(id)
	if root == id {
		return Shown(rest)
	}
	_, path, _ := strings.Cut(root, ":")
	return Shown(strings.TrimPrefix(rest, path)[1:]) + " on " + Shown(path)
}

// ID returns an ID with the one name of its host in it, if that has aliases: "volume:10.0.0.5:/u01" may be "volume:erp-01:/u01".
func (r *Resolver) ID(id string) string {
	root := RootOf(id)
	name, ok := strings.CutPrefix(root, string(Host)+":")
	if !ok || strings.ContainsRune(name, '%') {
		return id // an alias is no name that has to be escaped
	}
	typ, rest, _ := strings.Cut(id, ":")
	return typ + ":" + escape(r.Canonical(name), ":/@") + strings.TrimPrefix(rest, name)
}
