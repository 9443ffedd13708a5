package topology

// The places under which something is listed by where it is: at an outermost entity, of a group, and on what it rests on.
const (
	at = "at "
	of = "of "
	on = "on "
)

// On is the place of what rests on an outermost entity.
func On(root string) string { return on + root }

// Listed returns the places under which what is in an outermost entity is found by all that are near it.
func (g *Graph) Listed(root string) []string {
	out := []string{at + root}
	for _, group := range g.Groups(root) {
		out = append(out, of+group)
	}
	for _, l := range g.Supports(root) {
		out = append(out, on+l.Root)
	}
	return out
}

// Sought returns the places that one in an outermost entity looks at to find all that are near it: whatever is not apart is listed
// under one of them.
func (g *Graph) Sought(root string) []string {
	out := []string{at + root}
	if len(g.in[root]) > 0 {
		out = append(out, on+root, of+root)
	}
	for _, group := range g.Groups(root) {
		out = append(out, at+group, of+group, on+group)
	}
	for _, l := range g.Supports(root) {
		out = append(out, at+l.Root)
	}
	return out
}
