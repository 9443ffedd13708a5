package outcome

import "time"

// Keeper is the service that keeps score, and QueryScorecard what it is asked for a [Scorecard], at partition 0.
const (
	Keeper         = "notifier"
	QueryScorecard = "scorecard"
)

// Scorecard says how good the predictions have been that people were told.
type Scorecard struct {
	// Since and Until bound the time in which they came to an end; zero while none did.
	Since time.Time `json:"since"`
	Until time.Time `json:"until"`
	// Calibration is the version of the table in force.
	Calibration uint64 `json:"calibration"`
	// Prior is what probabilities are corrected by at first; null if who keeps score does not say.
	Prior *Prior `json:"prior"`
	// OwnOutcomes is how many outcomes of this install the table in force was fitted to; 0 while it is the prior itself.
	OwnOutcomes uint64 `json:"own_outcomes"`
	// Kinds are sorted; the first, "all", is all of them together.
	Kinds []KindScore `json:"kinds"`
	// Incidents count what became of incidents, by team, kind, week and month; null if who keeps score does not say.
	Incidents *Tallies `json:"incidents"`
	// Verdicts are what people said of incidents, by the incidents' kind, sorted; those without any are left out.
	Verdicts []Verdicts `json:"verdicts,omitempty"`
	// TeamVerdicts are the same by the teams that answer for the incidents, in the order of the configuration; an incident may count for
	// several, or for none.
	TeamVerdicts []Verdicts `json:"team_verdicts,omitempty"`
}

// Verdicts count what people said that incidents of a kind, or of a team, were worth: opinions, by which no probability is measured.
type Verdicts struct {
	// Kind or Team says of which; the other is empty.
	Kind       string `json:"kind,omitempty"`
	Team       string `json:"team,omitempty"`
	Useful     uint64 `json:"useful"`
	Prevented  uint64 `json:"prevented"`
	FalseAlarm uint64 `json:"false_alarm"`
	Expected   uint64 `json:"expected"`
}

// Count returns how many there are.
func (v Verdicts) Count() uint64 { return v.Useful + v.Prevented + v.FalseAlarm + v.Expected }

// Prior is where the table comes from that every release brings along: an evaluation on labelled histories. What an install
// learns by itself is shrunk towards it.
type Prior struct {
	// Made is the date of the evaluation, Revision the version of the models that it measured.
	Made     string `json:"made"`
	Revision string `json:"revision"`
	// Series is how many series were played, on each of two seeds, Outcomes how many forecasts came to an end.
	Series   int    `json:"series"`
	Outcomes uint64 `json:"outcomes"`
	// Fresh is how many more outcomes there must be than at the last fitting for the table to be fitted anew.
	Fresh uint64 `json:"fresh"`
}

// KindScore is the score of one kind, such as "exhaustion/filesystem-space", or of a family, such as "leak".
type KindScore struct {
	Kind     string         `json:"kind"`
	Horizons []HorizonScore `json:"horizons"`
	Episodes EpisodeScore   `json:"episodes"`
}

// HorizonScore is that of the probabilities for one horizon, and of the dates about as far ahead.
type HorizonScore struct {
	// Horizon is "4h", "24h", "7d" or "30d".
	Horizon string `json:"horizon"`
	// Resolved predictions, whatever their probability; those that Reached the limit; and those where somebody stepped in.
	Resolved  uint64 `json:"resolved"`
	Reached   uint64 `json:"reached"`
	Prevented uint64 `json:"prevented"`
	// Brier is the mean squared difference of what was told and what happened, less is better; null without any.
	Brier *float64 `json:"brier"`
	// AtLeast80 and AtLeast50 are the predictions told at such a probability or more.
	AtLeast80 Told `json:"at_least_80"`
	AtLeast50 Told `json:"at_least_50"`
	// Dates is how many dates could be checked, Covered how many fell between p10 and p90; 8 in 10 should.
	Dates   uint64 `json:"dates"`
	Covered uint64 `json:"covered"`
	// Rows are the reliability diagram: all predictions by tenths of their probability.
	Rows []Told `json:"rows"`
}

// Told is what became of predictions of like probability.
type Told struct {
	// From is the least probability, Mean the mean one; null without any.
	From float64  `json:"from"`
	Mean *float64 `json:"mean"`
	// CameTrue, Wrong and Prevented predictions together are those that were told and have come to an end.
	CameTrue  uint64 `json:"came_true"`
	Wrong     uint64 `json:"wrong"`
	Prevented uint64 `json:"prevented"`
}

// EpisodeScore is what became of the episodes that a prediction opened.
type EpisodeScore struct {
	Reached   uint64 `json:"reached"`
	Prevented uint64 `json:"prevented"`
	Enlarged  uint64 `json:"enlarged"`
	Faded     uint64 `json:"faded"`
	Unknown   uint64 `json:"unknown"`
	// Corrected is how many of them stand where a person said, and not where samples did.
	Corrected uint64 `json:"corrected,omitempty"`
	// LeadSeconds is the median time from the opening to the limit of those that reached it; null without any.
	LeadSeconds *int64 `json:"lead_seconds"`
}
