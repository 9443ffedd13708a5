package page

import (
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Input is what a page tells of.
type Input struct {
	Language i18n.Language
	Zone     *time.Location
	// Start and End are those of the samples; both zero if there were none.
	Start, End time.Time
	// Samples, Series and Signals are how many were read and are watched; Ignored and BadLines could not be used.
	Samples, Series, Signals, Ignored, BadLines int
	// Compared is what Forewarn and today's rules came to.
	Compared contest.Result
	// Recorders are those of all workers, which observe nothing afterwards.
	Recorders []*Recorder
}

// How much a page shows at most, so that it stays below 5 MB.
const (
	mostEpisodes = 200
	mostMissed   = 40
	mostCalm     = 400
	mostBytes    = 3_400_000 // of charts
	calmBytes    = 900_000   // of sparklines
)
