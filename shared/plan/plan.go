// Package plan holds what is said of the next six months: capacity plans, how they are asked for, and who answers.
//
// The planner answers queries at partition 0: a [Request] in JSON with a [Reply]. Numbers are in the signal's unit, dates
// are days of UTC, and every text is there in all languages.
package plan

import (
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Keeper is the service that answers a [Request], at partition 0.
const Keeper = "planner"

// MaxPage is how many plans a reply holds at most, so that it fits into one message.
const MaxPage = 150

// Request asks for one plan, by Signal, or for a page of the list.
type Request struct {
	// Signal is the key of the one to plan, Drivers what becomes of its drivers: "+20%" grows by so much in a year, "120"
	// stands at that value. Drivers that are not named are carried on.
	Signal  string            `json:"signal,omitempty"`
	Drivers map[string]string `json:"drivers,omitempty"`
	// Rule and Text select from the list; Text is looked for in key and name, whatever its case. After is Next of the
	// page before.
	Rule  string `json:"rule,omitempty"`
	Text  string `json:"text,omitempty"`
	After string `json:"after,omitempty"`
	// Limit is how many plans to return, at most [MaxPage].
	Limit int `json:"limit,omitempty"`
}

// Reply answers a request.
type Reply struct {
	// Plans are sorted by the date to buy, the soonest first; then those that last, then those without a plan.
	Plans []Plan `json:"plans"`
	// Next is the cursor of the next page, empty on the last.
	Next string `json:"next"`
	// Pending counts the signals that no plan was made for yet since the start.
	Pending int `json:"pending"`
	// Refusal says why there is no answer, nil if there is one.
	Refusal *Refusal `json:"refusal,omitempty"`
}

// Refusal is an error that who asked can do something about.
type Refusal struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// Code is the sort of a refusal.
type Code string

// The codes.
const (
	NotFound Code = "not_found"
	BadValue Code = "bad_parameter"
)

// Plan is what is said of one signal.
type Plan struct {
	Signal string        `json:"signal"`
	Rule   string        `json:"rule"`
	Entity entity.Entity `json:"entity"`
	Unit   string        `json:"unit"`
	// Used is the highest use in the newest full week or month (Step), Limit what there is now.
	Used  float64 `json:"used"`
	Limit float64 `json:"limit"`
	// MadeAt is when the history was read.
	MadeAt time.Time `json:"made_at"`
	// Words say all of it in a sentence or two.
	Words i18n.Text `json:"words"`
	// Missing says why there is no plan; then what follows is absent.
	Missing *i18n.Text `json:"missing,omitempty"`
	*Outlook
}

// Outlook is a plan proper.
type Outlook struct {
	// Step is "week" or "month": the time from one point to the next.
	Step string `json:"step"`
	// GrowthPerMonth is the mean one over the next six months.
	GrowthPerMonth float64 `json:"growth_per_month"`
	// Forecast is the highest use in the week or month that ends so many months ahead.
	Forecast []Level `json:"forecast"`
	// Full is when the limit, less the headroom, is reached: Mondays, null if not within two years.
	Full     Dates    `json:"full"`
	Purchase Purchase `json:"purchase"`
	Basis    Basis    `json:"basis"`
}

// Level is what will be used.
type Level struct {
	Months int `json:"months"`
	// From is the first day of the period.
	From time.Time `json:"from"`
	P10  float64   `json:"p10"`
	P50  float64   `json:"p50"`
	P90  float64   `json:"p90"`
}

// Dates are quantiles: with 80 % probability it is between P10 and P90.
type Dates struct {
	P10 *time.Time `json:"p10"`
	P50 *time.Time `json:"p50"`
	P90 *time.Time `json:"p90"`
}

// Purchase is what to buy.
type Purchase struct {
	// By when it must be there; null if what there is lasts for ReserveMonths.
	By *time.Time `json:"by"`
	// Amount to add, 0 if nothing; Total is the limit with it.
	Amount float64 `json:"amount"`
	Total  float64 `json:"total"`
	// Until when it then lasts at the Confidence.
	Until         time.Time `json:"until"`
	ReserveMonths int       `json:"reserve_months"`
	Confidence    float64   `json:"confidence"`
	Headroom      float64   `json:"headroom"`
}

// Basis is what the plan rests on.
type Basis struct {
	// Formula is in a unit that people can read, such as GiB for bytes; Terms are in the signal's.
	Formula string `json:"formula"`
	// R2 is the share of the variance that is explained, Points how many were used, Skipped how many were not.
	R2      float64 `json:"r2"`
	Points  int     `json:"points"`
	Skipped int     `json:"skipped"`
	// DurbinWatson is about 2 where what is not explained is different every time; below 1 the intervals are too narrow.
	DurbinWatson float64   `json:"durbin_watson"`
	Terms        []Term    `json:"terms"`
	LeftOut      []LeftOut `json:"left_out"`
	// Drivers are those of the scenario, as they were asked for.
	Drivers map[string]string `json:"drivers,omitempty"`
}

// Term is an effect and what one more of it adds, with its 80 % interval.
type Term struct {
	Name string `json:"name"`
	// Driver tells that it is one of the drivers, of which one can ask what if.
	Driver      bool    `json:"driver,omitempty"`
	Coefficient float64 `json:"coefficient"`
	Low         float64 `json:"low"`
	High        float64 `json:"high"`
}

// LeftOut is an effect that is not in the formula, and why.
type LeftOut struct {
	Name string    `json:"name"`
	Why  i18n.Text `json:"why"`
}
