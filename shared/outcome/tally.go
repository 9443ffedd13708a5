package outcome

// Tally is what became of the incidents that a prediction opened: an incident counts once, by the probability that people
// were told when it opened and by what the samples say became of it.
type Tally struct {
	// Name is what is counted: a team, a kind such as "exhaustion/filesystem-space", a week "2026-W47" or a month "2026-10"; "" all.
	Name string `json:"name"`
	// AtLeast80 and AtLeast50 are those told at such a probability or more; the second contain the first.
	AtLeast80 Kept `json:"at_least_80"`
	AtLeast50 Kept `json:"at_least_50"`
}

// Kept counts predictions by what became of them.
type Kept struct {
	CameTrue  uint64 `json:"came_true"`
	Prevented uint64 `json:"prevented"`
	// PreventedByWord are those among Prevented of which only people say so, not the samples.
	PreventedByWord uint64 `json:"prevented_by_word"`
	Wrong           uint64 `json:"wrong"`
	// Unknown are those whose end nobody saw. They are not among Told.
	Unknown uint64 `json:"unknown"`
	// Lead is how long before the limit those were told that came true, in seconds; null without any.
	Lead *Quartiles `json:"lead_seconds"`
}

// Told is how many have come to an end that is known.
func (k Kept) Told() uint64 { return k.CameTrue + k.Prevented + k.Wrong }

// Quartiles of a list.
type Quartiles struct {
	Count uint64 `json:"count"`
	P25   int64  `json:"p25"`
	P50   int64  `json:"p50"`
	P75   int64  `json:"p75"`
}

// Tallies are the same incidents counted in several ways, over the time that incidents are kept.
type Tallies struct {
	All    Tally   `json:"all"`
	Teams  []Tally `json:"teams"`
	Kinds  []Tally `json:"kinds"`
	Weeks  []Tally `json:"weeks"`
	Months []Tally `json:"months"`
}
