package digest

import (
	"time"

	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/outcome"
)

// SchemaVersion is the version of the JSON form.
const SchemaVersion = 1

// Span is of how long a digest tells.
type Span string

// The spans. A month's digest is called the monthly report.
const (
	Week  Span = "week"
	Month Span = "month"
)

// Digest is what a team should know at the end of a week or a month.
type Digest struct {
	Schema int  `json:"schema"`
	Span   Span `json:"span"`
	// ID names the week ("2026-W47") or the month ("2026-10"), Team for whom it is; "" is everybody.
	ID   string `json:"id"`
	Team string `json:"team"`
	// From and Until bound the time that it tells of, Until excluded; what is to come is seen from Until.
	From  time.Time `json:"from"`
	Until time.Time `json:"until"`
	// DueAt is when it is told; MadeAt when it was made; Late tells that it was due long before, since nobody was there to send it.
	DueAt  time.Time `json:"due_at"`
	MadeAt time.Time `json:"made_at"`
	Late   bool      `json:"late,omitempty"`
	// WatchedSince is since when something has been watched, if that was after From: there is nothing to compare with; nil else.
	WatchedSince *time.Time `json:"watched_since,omitempty"`

	// Risks are the greatest, in order; MoreRisks counts those that are not listed.
	Risks     []Risk `json:"risks"`
	MoreRisks int    `json:"more_risks"`
	// Changes say how the risks differ from those at From.
	Changes Changes `json:"changes"`
	// Close is the outlook on the close of the books that is under way or comes next; nil without a calendar, and where nothing can be foretold yet.
	Close *Close `json:"close"`
	// Purchases are what must be bought in the next six months, the soonest first; null if plans are not known.
	Purchases []Purchase `json:"purchases"`
	// Coverage is what is not watched as it should be; nil if nobody can tell.
	Coverage *Coverage `json:"coverage"`
	// Track is how predictions kept their word over TrackDays days before Until; Kinds are the same by kind.
	Track     outcome.Tally   `json:"track"`
	TrackDays int             `json:"track_days"`
	Kinds     []outcome.Tally `json:"kinds"`
	// Response is how soon people answered and troubles ended.
	Response Response `json:"response"`
	// Teams are the same two by team, of the digest of everything where there are teams, sorted by name; what nobody answers for is in none.
	Teams []TeamPart `json:"teams,omitempty"`
	// Causes are the incidents that opened, by what was their likeliest cause, the most frequent first.
	Causes []Cause `json:"causes"`
	// Availability is of a month's report only.
	Availability *Availability `json:"availability,omitempty"`
	// Missing says what could not be told, and why.
	Missing []i18n.Text `json:"missing"`
}

// Unready reports whether of nothing that is watched anything can be foretold yet, so that no risk is no good news.
func (d *Digest) Unready() bool {
	c := d.Coverage
	return len(d.Risks) == 0 && c != nil && !c.Unheard && c.Learning+c.Silent >= c.Watched
}

// Change says how a risk has changed since the digest before.
type Change string

// The changes of a risk.
const (
	New    Change = "new"
	Worse  Change = "worse"
	Better Change = "better"
	Same   Change = "same"
	// Untold is of what only a forecast knows, of which no past is kept.
	Untold Change = ""
)

// Risk is one thing that may break, or is broken.
type Risk struct {
	// Incident is its id, "" of what is foreseen and has none. Signal is its key, Rule that of the catalogue or of a rule file.
	Incident string           `json:"incident,omitempty"`
	Signal   string           `json:"signal"`
	Rule     string           `json:"rule"`
	Series   string           `json:"series,omitempty"`
	Entity   string           `json:"entity"`
	Title    i18n.Text        `json:"title"`
	Severity finding.Severity `json:"severity,omitempty"`
	// Present tells that it is no forecast: it has failed, or is unusual, now.
	Present bool `json:"present"`
	// Probability of reaching the limit within 30 days, 0 to 1; 1 of what is present. Impact is 1 (a nuisance) to 5 (the business
	// stops). Weight is their product.
	Probability float64 `json:"probability"`
	Impact      int     `json:"impact"`
	Weight      float64 `json:"weight"`
	// ETA is when the limit is reached.
	ETA finding.ETA `json:"eta"`
	// FixSeconds is how long a repair takes, 0 if that is not known. SlackSeconds is what is left from Until to the earliest
	// likely failure (its 10 % quantile) less that; negative where it is too late; null without a date.
	FixSeconds   int64     `json:"fix_seconds"`
	SlackSeconds *int64    `json:"slack_seconds"`
	Used         float64   `json:"used"`
	Limit        float64   `json:"limit"`
	Unit         string    `json:"unit"`
	Change       Change    `json:"change,omitempty"`
	Advice       i18n.Text `json:"advice"`
}

// Changes are the risks by how they differ from the digest before; Gone are those that ended in between.
type Changes struct {
	New    int      `json:"new"`
	Worse  int      `json:"worse"`
	Better int      `json:"better"`
	Same   int      `json:"same"`
	Gone   []Ending `json:"gone"`
}

// Ending is a risk that is over.
type Ending struct {
	Incident string    `json:"incident"`
	Title    i18n.Text `json:"title"`
	At       time.Time `json:"at"`
	// Outcome is what became of the prediction, "" of what was none.
	Outcome finding.What `json:"outcome,omitempty"`
}

// Verdict says whether a close of the books is safe.
type Verdict string

// The verdicts, from what may be reached before the close ends.
const (
	// Safe: of nothing that is watched is the limit likely to be reached, or even possible.
	Safe Verdict = "safe"
	// Possible: the 10 % quantile of some date is before the end of the close.
	Possible Verdict = "possible"
	// Likely: the median of some date is, or something is broken.
	Likely Verdict = "likely"
)

// Close is the outlook on a close of the books.
type Close struct {
	// Start and End bound it, End excluded; Name is "month end", "quarter end" or "year end".
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
	Name    string    `json:"name"`
	Verdict Verdict   `json:"verdict"`
	// Threats are the signals that may reach their limit before End, the earliest first.
	Threats []Threat `json:"threats"`
}

// Threat is what may fail before a close ends.
type Threat struct {
	Signal string     `json:"signal"`
	Entity string     `json:"entity"`
	Title  i18n.Text  `json:"title"`
	Likely bool       `json:"likely"`
	P10    *time.Time `json:"p10"`
	P50    *time.Time `json:"p50"`
}

// Purchase is what to buy, and by when.
type Purchase struct {
	Signal string    `json:"signal"`
	Entity string    `json:"entity"`
	By     time.Time `json:"by"`
	Amount float64   `json:"amount"`
	Total  float64   `json:"total"`
	Unit   string    `json:"unit"`
	Until  time.Time `json:"until"`
	// Words say it in a sentence.
	Words i18n.Text `json:"words"`
}

// Coverage is what is not watched as it should be.
type Coverage struct {
	// Watched counts the signals, Learning those of them for which it is too early to predict, Silent those not heard any more.
	Watched  int `json:"watched"`
	Learning int `json:"learning"`
	Silent   int `json:"silent"`
	// Unheard tells that those who know the signals did not answer; the three are 0 then.
	Unheard bool `json:"unheard,omitempty"`
	// Unlimited are things that grow and have no limit, so that no date can be told.
	Unlimited []string `json:"unlimited"`
	// Unread are metrics that no rule reads, SilentTargets what a collector cannot reach.
	Unread        []string `json:"unread"`
	SilentTargets []string `json:"silent_targets"`
	// Unowned are outermost entities (hosts, pods) that no team's digest selects.
	Unowned []string `json:"unowned"`
}

// Response is how soon people answered and troubles ended.
type Response struct {
	Opened    int `json:"opened"`
	Resolved  int `json:"resolved"`
	StillOpen int `json:"still_open"`
	// Acknowledge is the time from opening to the first sign of a person, Resolve to the end.
	Acknowledge Times `json:"acknowledge"`
	Resolve     Times `json:"resolve"`
}

// TeamPart is how predictions kept their word about what one team answers for, and how soon it answered.
type TeamPart struct {
	Team     string        `json:"team"`
	Track    outcome.Tally `json:"track"`
	Response Response      `json:"response"`
}

// Times sum up durations; Mean and Median are null without any.
type Times struct {
	Count         int    `json:"count"`
	MeanSeconds   *int64 `json:"mean_seconds"`
	MedianSeconds *int64 `json:"median_seconds"`
}

// Cause counts the incidents with one sort of likeliest cause.
type Cause struct {
	Rule  string    `json:"rule"`
	Title i18n.Text `json:"title"`
	Count int       `json:"count"`
}

// Availability is how long things were up in a month, as far as is known.
type Availability struct {
	// Target is what was promised, such as 0.999.
	Target float64 `json:"target"`
	// Seconds is how long the time is that is told of.
	Seconds int64 `json:"seconds"`
	// Things are those that were down or unheard, the longest down first; what is not among them was heard and up.
	Things []Uptime `json:"things"`
	// Met counts the Things whose share is at least Target.
	Met int `json:"met"`
}

// Uptime is how long one thing was up.
type Uptime struct {
	Entity string `json:"entity"`
	// DownSeconds is how long it was found down; UnknownSeconds how long nothing was heard of it and it was not found down.
	DownSeconds    int64 `json:"down_seconds"`
	UnknownSeconds int64 `json:"unknown_seconds"`
	// Share is 1 less the share of time that it was down; Least is the same if it was down while unheard, too.
	Share float64 `json:"share"`
	Least float64 `json:"least"`
}
