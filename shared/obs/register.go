package obs

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Register registers what a part of the process tells of itself, all of it or nothing; a nil registerer takes nothing. The function that
// it returns ends that again: of several processes one works, and one that has lost its lease may work again later.
func Register(r prometheus.Registerer, part string, collectors ...prometheus.Collector) (unregister func(), err error) {
	if r == nil {
		return func() {}, nil
	}
	registered := 0
	unregister = func() {
		for _, c := range collectors[:registered] {
			r.Unregister(c)
		}
	}
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			unregister()
			return nil, fmt.Errorf("register metrics of %s: %w", part, err)
		}
		registered++
	}
	return unregister, nil
}
