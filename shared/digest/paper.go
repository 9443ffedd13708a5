package digest

import "time"

// Paper is a digest in one language and time zone, in the order in which it is read. Its texts hold what systems said,
// unescaped.
type Paper struct {
	Language string `json:"language"`
	Title    string `json:"title"`
	// Subtitle says for whom and of which time it is; Note what the reader must know first, such as that it comes late.
	Subtitle string `json:"subtitle"`
	Note     string `json:"note,omitempty"`
	// Lead are the lines that suffice on a phone, three at most.
	Lead []string `json:"lead"`
	// URL is where the page is, URLLabel what the link is called; "" if the reader cannot reach it.
	URL      string    `json:"url,omitempty"`
	URLLabel string    `json:"url_label,omitempty"`
	Sections []Section `json:"sections"`
	Foot     string    `json:"foot"`
}

// Section is a part of a paper: text, or rows of a table, or both.
type Section struct {
	// Name is stable, such as "risks".
	Name  string `json:"name"`
	Title string `json:"title"`
	// Lines are sentences before the rows, Head the names of the columns, Rows as long as Head, After sentences below.
	Lines []string `json:"lines,omitempty"`
	Head  []string `json:"head,omitempty"`
	Rows  [][]Cell `json:"rows,omitempty"`
	After []string `json:"after,omitempty"`
}

// Mark says how a cell is to be seen, beside its words.
type Mark string

// The marks.
const (
	Plain    Mark = ""
	Critical Mark = "critical"
	Warning  Mark = "warning"
	Good     Mark = "good"
)

// Cell is one field of a table.
type Cell struct {
	Text string `json:"text"`
	// More is what stands smaller below.
	More string `json:"more,omitempty"`
	URL  string `json:"url,omitempty"`
	Mark Mark   `json:"mark,omitempty"`
	// Number tells that digits should stand below each other.
	Number bool `json:"number,omitempty"`
	// Figure draws the past and the forecast of a signal in place of words.
	Figure *Figure `json:"figure,omitempty"`
}

// Figure is a small chart.
type Figure struct {
	// Label says in words what is drawn.
	Label string      `json:"label"`
	Times []time.Time `json:"times"`
	// Values may hold no NaN; a gap is a jump in Times.
	Values []float64   `json:"values"`
	Limit  float64     `json:"limit,omitempty"`
	Ahead  []time.Time `json:"ahead,omitempty"`
	Median []float64   `json:"median,omitempty"`
}
