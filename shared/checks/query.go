package checks

import (
	"time"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Request asks for the transactions that are known, or, with a name, for the checks of one.
type Request struct {
	Transaction string `json:"transaction,omitempty"`
	// At is the time to look at; zero is now.
	At time.Time `json:"at,omitzero"`
}

// Reply answers a request.
type Reply struct {
	Transactions []Transaction `json:"transactions,omitempty"`
	Report       *Report       `json:"report,omitempty"`
	// Refusal says why there is no answer, nil if there is one.
	Refusal *Refusal `json:"refusal,omitempty"`
}

// Transaction is what people are told of a transaction that is known.
type Transaction struct {
	Name  string    `json:"name"`
	Title i18n.Text `json:"title"`
	// Impact is 1 (a nuisance) to 5 (the business stops).
	Impact int `json:"impact"`
	// Applications, Databases and Targets are what it runs through, as they are written.
	Applications []string `json:"applications"`
	Databases    []string `json:"databases"`
	Targets      []string `json:"targets"`
	// Signals say what tells that it is slow or fails.
	Signals []string `json:"signals"`
}

// Code is the sort of a refusal.
type Code string

// The codes.
const (
	NotFound Code = "not_found"
	Busy     Code = "busy"
)

// Refusal is an error that who asked can do something about.
type Refusal struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}
