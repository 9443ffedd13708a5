package examiner

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/checks"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/outcome"
	"github.com/forewarn/forewarn/shared/pause"
	"github.com/forewarn/forewarn/shared/transaction"
)

// listen reads all findings that there are, and goes on with new ones, until ctx ends.
func (x *service) listen(ctx context.Context) error {
	last, err := x.newest(ctx)
	for err != nil && pause.For(ctx, sweepSoon) {
		x.log.Warn("findings cannot be read, trying again", zap.Error(err))
		last, err = x.newest(ctx)
	}
	var once sync.Once
	caughtUp := func() { once.Do(func() { close(x.caughtUp) }) }
	if last == 0 {
		caughtUp()
	}
	return x.set.Bus.Consume(ctx, bus.StreamFindings, 0, func(m bus.Message) error {
		x.hear(m.Data)
		if m.Seq >= last {
			caughtUp()
		}
		return nil
	})
}

// newest returns the sequence of the newest finding, 0 if there is none.
func (x *service) newest(ctx context.Context) (uint64, error) {
	stream, err := x.set.Bus.JetStream().Stream(ctx, bus.StreamFindings)
	if err != nil {
		return 0, err
	}
	state := stream.CachedInfo().State
	if state.Msgs == 0 {
		return 0, nil
	}
	return state.LastSeq, nil
}

// hear notes what a message of the stream says. What cannot be read is the notifier's to complain of.
func (x *service) hear(data []byte) {
	if outcome.IsSummary(data) || checks.IsReport(data) {
		return
	}
	f, err := finding.Decode(data)
	if err != nil {
		return
	}
	x.exam.Heard.Take(f)
	x.signs.take(f)
}

// sign is one thing that tells now that a transaction is slow or fails.
type sign struct {
	since time.Time
	says  i18n.Text
	// sure says that people have set its limit, rather than that something is unusual.
	sure bool
}

// maxSigns bounds the signs of one transaction.
const maxSigns = 200

// signs are the findings that go on about signals of transactions and are too slight to be incidents. Those that are more have one of
// their own, to which the checks go.
type signs struct {
	mu   sync.Mutex
	book *transaction.Book
	// of are the signs by transaction and signal.
	of map[string]map[string]sign
}

func newSigns(b *transaction.Book) *signs { return &signs{book: b, of: map[string]map[string]sign{}} }

// take notes a finding.
func (s *signs) take(f *finding.Finding) {
	t, own := s.book.Concerned(transaction.SubjectOf(f.Kind, f.Signal, f.Entity.Root, f.Series))
	if t == nil || !own || f.Signal == t.Signal() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known, there := s.of[t.Name][f.Signal]
	switch {
	case f.Action == finding.Resolved:
		delete(s.of[t.Name], f.Signal)
	case there:
		s.of[t.Name][f.Signal] = sign{since: known.since, says: f.Message}
	case f.Severity.Rank() <= finding.Info.Rank() && len(s.of[t.Name]) < maxSigns:
		if s.of[t.Name] == nil {
			s.of[t.Name] = map[string]sign{}
		}
		s.of[t.Name][f.Signal] = sign{since: f.Time, says: f.Message}
	}
}

// list returns the signs of a transaction.
func (s *signs) list(name string) (out []sign) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.of[name] {
		out = append(out, g)
	}
	return out
}
