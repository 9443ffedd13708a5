package backtest

import (
	"io"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/page"
)

// html writes one page at the end.
type html struct {
	out io.Writer
	o   *Options
}

var _ format = (*html)(nil)

func (h *html) say(*statement) error { return nil }

func (h *html) sum(s *Summary) error {
	return page.Write(h.out, &page.Input{
		Language: h.o.Language, Zone: h.o.Zone, Start: s.Start, End: s.End, Samples: s.Samples, Series: s.Series, Signals: s.Signals,
		Ignored: int(s.Ignored), BadLines: s.BadLines, Compared: contest.Result(s.Rules), Recorders: s.recorders, //nolint:gosec // a count
	})
}
