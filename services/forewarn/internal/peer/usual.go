package peer

// Rule watches one signal.
type Rule interface {
	// Observe takes a sample that is newer than all before it.
	Observe(s Sample) Reading
}

var (
	_ Rule = (*Linear)(nil)
	_ Rule = (*Static)(nil)
	_ Rule = (*TheilSen)(nil)
	_ Rule = (*FirstPassage)(nil)
)

// Usual is a rule that is in use almost everywhere.
type Usual struct {
	// Name is stable: lower-case letters, digits and underscores.
	Name string
	// New returns the rule for another signal.
	New func() Rule
}

// Usuals returns the rules by which most operators are warned today.
func Usuals() []Usual {
	return []Usual{
		{"static_90", func() Rule { return Static90() }},
		{"predict_linear_1h", func() Rule { return PredictLinear() }},
		{"node_mixin_6h", func() Rule { return NodeMixin() }},
		{"timeleft_linear", func() Rule { return Timeleft() }},
	}
}
