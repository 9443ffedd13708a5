package trend

import "github.com/forewarn/forewarn/shared/bus"

// ReleaseService is the name of the second stage on the bus: of the one worker that judges the instances of a release together.
const ReleaseService = "releases"

// stage joins the second stage to the bus: what partitions tell of a day in, findings with their ids out. Its state is in the
// snapshots of the bus, since what it compares with is weeks old, and what is read of the stream is purged.
type stage struct {
	*Releases
	metrics *metrics
}

var _ bus.Processor = (*stage)(nil)

// Process hears a part of a day. Its clock is that of the samples, so that ticks say nothing to it.
func (s *stage) Process(m bus.Message) ([]bus.Output, error) {
	if m.Tick {
		s.metrics.observeReleases(s.Releases)
		return nil, nil
	}
	if m.Sender() != Service { // others talk here, too
		return nil, nil
	}
	d, err := decodeDigest(m.Data)
	if err != nil {
		return nil, err
	}
	findings := s.Hear(d.Source, d.Day, d.Growth, d.Last)
	out := make([]bus.Output, 0, len(findings))
	for n := range findings {
		o, err := s.metrics.publish(&findings[n], bus.OutputID(ReleaseService, 0, m.Seq, n))
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}
