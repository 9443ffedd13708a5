package digest

import "github.com/forewarn/forewarn/shared/i18n"

// Keeper is who answers a [Request], at partition 0.
const Keeper = "notifier-digest"

// Form is how a digest is written.
type Form string

// The forms. JSON is the [Digest] alone.
const (
	JSON     Form = "json"
	HTML     Form = "html"
	Text     Form = "text"
	Markdown Form = "markdown"
	PDF      Form = "pdf"
)

// Forms lists the forms.
func Forms() []Form { return []Form{JSON, HTML, Text, Markdown, PDF} }

// MediaType returns the type of what a form is.
func (f Form) MediaType() string {
	switch f {
	case HTML:
		return "text/html; charset=utf-8"
	case Text:
		return "text/plain; charset=utf-8"
	case Markdown:
		return "text/markdown; charset=utf-8"
	case PDF:
		return "application/pdf"
	}
	return "application/json; charset=utf-8"
}

// Request asks for a digest.
type Request struct {
	// Week is one such as "2026-W47", Month one such as "2026-10"; neither: the present week as it is now.
	Week  string `json:"week,omitempty"`
	Month string `json:"month,omitempty"`
	// Team is the name of one of notifier.teams, "" for the whole install. Language and Timezone are the reader's, in place of the
	// team's.
	Team     string        `json:"team,omitempty"`
	Language i18n.Language `json:"language,omitempty"`
	Timezone string        `json:"timezone,omitempty"`
	// Form asks for it as a document; "" for [Paper].
	Form Form `json:"form,omitempty"`
}

// Reply answers a request.
type Reply struct {
	Digest *Digest `json:"digest,omitempty"`
	Paper  *Paper  `json:"paper,omitempty"`
	// Document is what was asked for as a document.
	Document []byte `json:"document,omitempty"`
	// Teams are the names that may be asked for.
	Teams []string `json:"teams"`
	// Refusal says what is wrong with the request, "" if nothing is; NotFound that there is no such team or time.
	Refusal  string `json:"refusal,omitempty"`
	NotFound bool   `json:"not_found,omitempty"`
}
