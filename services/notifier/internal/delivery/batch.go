package delivery

// batch is what one message is about: a delivery, or all that waits of one incident or of several.
type batch struct {
	items []*item // of each incident in the order of the stream
	class class
	scope scope
	// urgent lets it use what is kept for critical incidents: the queue fills up.
	urgent bool
}

// scope says what a batch puts together.
type scope int

const (
	ofOne     scope = iota // one incident
	ofGroup                // a group
	ofChannel              // whatever waits for the same people
)

// single is the batch of the first delivery of a lane.
func single(l *lane) *batch { return &batch{items: []*item{l.items[0]}, class: l.class} }

// whole is the batch of all that waits of some lanes.
func whole(s scope, lanes ...*lane) *batch {
	b := &batch{class: lanes[0].class, scope: s}
	for _, l := range lanes {
		b.items = append(b.items, l.items...)
	}
	return b
}

func (b *batch) critical() bool { return b.class.critical || b.urgent }

// oldest is the sequence of the oldest message in it.
func (b *batch) oldest() uint64 {
	seq := b.items[0].seq
	for _, it := range b.items {
		seq = min(seq, it.seq)
	}
	return seq
}

// before reports whether b is to be sent before o.
func (b *batch) before(o *batch) bool {
	if b.critical() != o.critical() {
		return b.critical()
	}
	return b.oldest() < o.oldest()
}

// newest returns the newest delivery of each incident, in the order in which the incidents come.
func (b *batch) newest() []*item {
	at := map[string]int{}
	var out []*item
	for _, it := range b.items {
		id := it.delivery.topic()
		if k, ok := at[id]; ok {
			out[k] = it
			continue
		}
		at[id] = len(out)
		out = append(out, it)
	}
	return out
}
