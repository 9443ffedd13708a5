package chaos

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
)

// most is how many differences of one sort are told; all are counted.
const most = 5

// differences collects what is other than it should be.
type differences struct{ texts []string }

func (d *differences) add(format string, args ...any) {
	d.texts = append(d.texts, fmt.Sprintf(format, args...))
}

// states compares the state of each worker with that of one which nobody has disturbed.
func (d *differences) states(got, want *record) (equal, other int) {
	for p := range partitions {
		for _, worker := range []string{
			fmt.Sprintf("%s.met.%02d", trend.Service, p), fmt.Sprintf("%s.log.%02d", anomaly.Service, p), fmt.Sprintf("%s.met.%02d", anomaly.MetricsService, p),
			fmt.Sprintf("%s.met.%02d", anomaly.RulesService, p),
		} {
			g, w := got.states[worker], want.states[worker]
			if g.Seq == w.Seq && g.Hash == w.Hash && w.Seq > 0 {
				equal++
				continue
			}
			other++
			d.add("state of %s: %x at message %d, undisturbed %x at message %d", worker, g.Hash, g.Seq, w.Hash, w.Seq)
		}
	}
	return equal, other
}

// outputs compares what workers said: for each of them the same in the same order, each once.
func (d *differences) outputs(got, want []said) (missing, doubled, other int) {
	subjects := map[string]bool{}
	for _, m := range append(slices.Clone(got), want...) {
		subjects[m.subject] = true
	}
	for subject := range subjects {
		if strings.HasPrefix(subject, "find."+trend.ReleaseService) || strings.HasPrefix(subject, "find.notifier") || strings.HasSuffix(subject, ".tick") {
			continue // what is said over all partitions depends on their order, and ticks are not said by workers
		}
		m, t, o := d.outputsOf(subject, on(got, subject), on(want, subject))
		missing, doubled, other = missing+m, doubled+t, other+o
	}
	return missing, doubled, other
}

func on(all []said, subject string) (out []said) {
	for _, m := range all {
		if m.subject == subject {
			out = append(out, m)
		}
	}
	return out
}

func (d *differences) outputsOf(subject string, got, want []said) (missing, doubled, other int) {
	seen := map[string]int{}
	data := map[string][]byte{}
	for _, m := range got {
		if seen[m.id]++; seen[m.id] > 1 {
			doubled++
		}
		data[m.id] = m.data
	}
	for _, m := range want {
		switch {
		case seen[m.id] == 0:
			missing++
		case !bytes.Equal(data[m.id], m.data):
			other++
			if other <= most {
				d.add("%s: %s says\n%s\nundisturbed\n%s", subject, m.id, data[m.id], m.data)
			}
		}
		delete(seen, m.id)
	}
	other += len(seen) // nobody would have said these
	if missing+doubled+other > 0 {
		d.add("%s: %d missing, %d doubled, %d other than undisturbed", subject, missing, doubled, other)
	} else if !slices.EqualFunc(got, want, func(a, b said) bool { return a.id == b.id }) {
		other++
		d.add("%s: in another order than undisturbed", subject)
	}
	return missing, doubled, other
}

// incidents compares the store, and the trail of changes.
func (d *differences) incidents(got, want *record) (other int) {
	before := len(d.texts)
	for key, w := range want.incidents {
		if g, ok := got.incidents[key]; !ok || g != w {
			if other++; other <= most {
				d.add("incident %s:\n%s\nundisturbed\n%s", key, g, w)
			}
		}
	}
	for key := range got.incidents {
		if _, ok := want.incidents[key]; !ok {
			if other++; other <= most {
				d.add("incident %s: undisturbed there is none", key)
			}
		}
	}
	if other > 0 {
		d.add("%d keys of the incident store differ", other)
	}
	if !slices.EqualFunc(got.changes, want.changes, func(a, b said) bool { return a.id == b.id && bytes.Equal(a.data, b.data) }) {
		other++
		d.add("the trail of changes differs: %d changes, undisturbed %d", len(got.changes), len(want.changes))
	}
	return min(other, len(d.texts)-before+other)
}

// deliveries compares what people were told: at least once, and what was told again is counted. A message that only tells of
// another time may have been replaced by a newer one of its incident.
func (d *differences) deliveries(got, want map[string]int, moved map[string]bool) (lost, doubled int) {
	for id := range want {
		if got[id] == 0 && !(moved[id] && newer(got, id)) {
			if lost++; lost <= most {
				d.add("notification %s was never delivered", id)
			}
		}
	}
	for id, n := range got {
		doubled += n - 1
		if want[id] == 0 {
			d.add("notification %s was delivered and should not have been", id)
		}
	}
	return lost, doubled
}

// newer tells whether a message of a later version of the incident was delivered: ids are <incident>.<version>.<channel>.
func newer(heard map[string]int, id string) bool {
	incident, version := versionOf(id)
	for other := range heard {
		if i, v := versionOf(other); i == incident && v > version {
			return true
		}
	}
	return false
}

func versionOf(id string) (incident string, version int) {
	part := strings.Split(id, ".")
	if len(part) == 3 {
		_, _ = fmt.Sscan(part[1], &version)
	}
	return part[0], version
}

// batches holds the ledgers against the streams: what was acknowledged is there once, and in order.
func (d *differences) batches(entries []entry, input map[string][]said) (acked, lost, doubled, disordered int) {
	place := map[string]map[uint64]uint64{} // stream, hash: sequence
	for name, all := range input {
		place[name] = map[uint64]uint64{}
		for _, m := range all {
			h := (batch{payload: m.data}).hash()
			if _, ok := place[name][h]; ok && strings.HasSuffix(m.subject, ".batch") {
				doubled++
			}
			place[name][h] = m.seq
		}
	}
	last := map[string]uint64{}
	for _, e := range entries {
		if e.what != acknowledged {
			continue
		}
		acked++
		seq, ok := place[e.stream][e.hash]
		switch {
		case !ok:
			lost++
		case seq < last[e.stream]:
			disordered++
		default:
			last[e.stream] = seq
		}
	}
	if lost+doubled+disordered > 0 {
		d.add("of %d acknowledged batches %d are not on the bus, %d not in order, %d twice", acked, lost, disordered, doubled)
	}
	return acked, lost, doubled, disordered
}

// isMetrics tells whether a stream is one of metrics.
func isMetrics(stream string) bool { return strings.HasPrefix(stream, string(bus.Metrics)) }
