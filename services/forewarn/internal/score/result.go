package score

import "github.com/forewarn/forewarn/services/forewarn/internal/scenario"

// Result is the judgement on one series. It is what is kept of it.
type Result struct {
	Family string
	Kind   scenario.Kind
	// Fails is true if the limit was reached: Warned if that was foretold in time, LeadHours before it.
	Fails, Warned bool
	LeadHours     float64
	// Risky is true if trouble was avoided, or never came to its end: Found if there was a warning.
	Risky, Found bool
	// Weeks is for how long a harmless series was watched after the learning time, 0 for others: False counts the
	// alarms in it, Learning those before it, and HoursFalse is how long the former lasted.
	Weeks           float64
	False, Learning int
	HoursFalse      float64
	// Dates judges the dates at each of the leads before the failure.
	Dates [Leads]Date
	// Odds judges the probabilities.
	Odds [Judged]Odds
	// Sweep judges alarms by urgency alone, one for each threshold.
	Sweep [Thresholds]Alarm
}

// Date is the judgement on the date that was expected some time before a failure.
type Date struct {
	// Asked is true if it was fair to expect a date: long enough after the onset, with enough history.
	Asked bool
	// Error is |p50 - failure| relative to the time left; 1 if no date was given.
	Error float64
	// Covered tells whether the failure lay between p10 and p90, both given. Width is p90 - p10 relative to the
	// time left; NaN if one was not given.
	Covered bool
	Width   float64
}

// The leads of Result.Dates.
const (
	At4h  = iota
	Near  // 24 hours before the failure, of memory 12
	At7d  // 7 days
	Leads // their number
)

// Odds sums up forecasts of one horizon whose outcome is known.
type Odds struct {
	Bins [10]Bin // by probability: 0 to 0.1, ... 0.9 to 1
	// Squares is the sum of (probability - outcome)^2.
	Squares float64
}

// Bin is a part of the forecasts: how many, the sum of their probabilities, and how many failures followed.
type Bin struct{ Count, Sum, Failures float64 }

// The horizons that are judged.
const (
	Odds24h = iota
	Odds7d
	Judged // their number
)

// Thresholds is the number of urgencies that are swept over.
const Thresholds = 72

// Alarm is the judgement on one threshold: was the failure foretold in time, and how many alarms were false.
type Alarm struct {
	Warned bool
	False  int32
}
