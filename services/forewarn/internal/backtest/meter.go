package backtest

import (
	"io"
	"sync/atomic"
)

// meter tells how far the input is read: bytes of files, or milliseconds of a server's time.
type meter struct{ done, total atomic.Int64 }

// share returns how much is done, 0 to 1; 0 where the whole is not known.
func (m *meter) share() float64 {
	total := m.total.Load()
	if total <= 0 {
		return 0
	}
	return min(1, float64(m.done.Load())/float64(total))
}

// counter counts what is read of a file; of each so many bytes one is counted.
type counter struct {
	io.Reader
	m   *meter
	per int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.m.done.Add(int64(n) / c.per)
	return n, err
}
