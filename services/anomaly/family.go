package anomaly

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// family is what the same signal of other pods of a component shares.
type family struct {
	name    string
	members []*watched
}

// leastLearned is how much of its whole budget's history a habit must have to be inherited: a week.
const leastLearned = 1.0 / 3

// newWatched begins to watch a signal. One of a new pod inherits what was learned of another pod of its component, of the one
// that is known best: what is usual of an hour is known then from the first sample on, and its own level is the usual one
// as any change is.
func (w *Watcher) newWatched(b *signal.Binding, ls telemetry.Labels) *watched {
	of := w.family(w.familyOf(b, ls))
	var learned habit
	if elder := w.elder(of); elder != nil {
		learned = w.stock.heir(elder.habit)
		w.stats.Inherited++
	} else {
		learned = w.stock.habit(b.Rule)
	}
	s := w.stock.signal(&kept{Reading: signal.NewReading(b.Rule)}, w.place(&b.Entity), learned)
	s.family = of
	return s
}

// familyOf returns what the signals of a component's pods share: rule, component, and all that names the entity but the pod.
// It is "" for what is in no pod, or does not say its component.
func (w *Watcher) familyOf(b *signal.Binding, ls telemetry.Labels) string {
	component := w.cat.Component(ls)
	if component == "" || !strings.HasPrefix(b.Entity.Root, string(entity.Pod)+":") {
		return ""
	}
	key := []string{b.Rule.ID, component}
	for _, name := range slices.Sorted(maps.Keys(b.Entity.Labels)) {
		if name != "pod" {
			key = append(key, name, b.Entity.Labels[name])
		}
	}
	for i := range key {
		key[i] = strconv.Quote(key[i])
	}
	return strings.Join(key, "")
}

// family returns that of a name, a new one if nothing of it is watched yet; nil for "".
func (w *Watcher) family(name string) *family {
	if f := w.families[name]; f != nil || name == "" {
		return f
	}
	return &family{name: name}
}

// elder returns the member of a family, if it is of any, that is known best and is as usual; nil if there is none.
func (w *Watcher) elder(of *family) (best *watched) {
	if of == nil {
		return nil
	}
	for _, s := range of.members {
		if s.Episode != nil || s.habit.Learned(w.now.UnixMilli()) < leastLearned {
			continue
		}
		if best == nil || s.habit.Age() > best.habit.Age() || s.habit.Age() == best.habit.Age() && s.compare(best) < 0 {
			best = s
		}
	}
	return best
}
