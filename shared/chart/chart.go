package chart

import "time"

// Chart is the past and the future of one signal. Everything but the history may be left out, and the history may be empty.
type Chart struct {
	Frame // usually 720 by 320
	// Unit is that of all values: "bytes", "ratio" (shown in %), or a noun, which is shown in the language of the frame as far as [i18n.Unit] knows it.
	Unit string
	// History is what was known when the forecast was made.
	History Series
	// Since is what has come true since then; it is drawn apart.
	Since    Series
	Forecast Forecast
	// Expected is between what was usual; values of the history outside of it are marked.
	Expected Band
	// Limit holds from each of its times until the next, and the first also before: one element is a fixed limit.
	Limit Series
	// Lower are points that belong to the history, such as the floors of a leak; they are named by their Name.
	Lower Series
	// Marks within the time of the data are shown, the last 80 at most.
	Marks  []Mark
	Shades []Shade
	// Now is where the present is marked; zero marks none.
	Now time.Time
}

// Series is values over time, as many as times. NaN is a gap, and so is what is infinite or beyond 1e150.
type Series struct {
	// Name is shown beside the series, in the reader's language; "" shows what the series is in a chart.
	Name   string
	Times  []time.Time
	Values []float64
}

// Forecast is what was expected at one moment: a median and the bands that hold 50 % and 80 % of what may come. Each list
// is as long as Times, or empty and not drawn.
type Forecast struct {
	At            time.Time
	Times         []time.Time
	Median        []float64
	Low50, High50 []float64
	Low80, High80 []float64
}

// Band is between what values were expected, in lists as long as its times; what was most likely is in between, and empty if it
// is not to be drawn.
type Band struct {
	Times     []time.Time
	Low, High []float64
	Usual     []float64
}

// Mark is something that happened. Its label is a few words; "" shows what its kind is called.
type Mark struct {
	At    time.Time
	Kind  MarkKind
	Label string
}

// MarkKind says what happened, and so the shape of a mark. A kind that is none of these has a shape of its own too.
type MarkKind string

// The kinds of marks.
const (
	Opened       MarkKind = "opened" // an incident
	Acknowledged MarkKind = "acknowledged"
	Resolved     MarkKind = "resolved"
	CleanUp      MarkKind = "clean-up"
	Restart      MarkKind = "restart"
	Resized      MarkKind = "resized"
	Failed       MarkKind = "failed"
)

// Shade is a span of time that differs from others: a month end, days of rest, or a night. Its label is shown where there is
// room, and a night without one is understood.
type Shade struct {
	From, To time.Time
	Label    string
	Night    bool
}
