package calendar

import (
	"fmt"
	"time"
)

func (doc *document) batchList(p *problems) []batch {
	if len(doc.Batches) > maxBatches {
		p.add("batches", "%d are too many; keep at most %d, joining those of the same hours", len(doc.Batches), maxBatches)
		return nil
	}
	var out []batch
	for i, b := range doc.Batches {
		out = append(out, b.batch(p, fmt.Sprintf("batches[%d]", i)))
	}
	return out
}

func (b batchDoc) batch(p *problems, key string) batch {
	out := batch{name: b.Name, from: int(b.From) - 1, to: int(b.To) - 1, close: Close(b.Close)}
	if b.Name == "" {
		p.add(key, "has no name; write name, as people shall read it")
	}
	switch {
	case b.From == 0 || b.To == 0:
		p.add(key, "has no from or no to; write both, such as from: \"22:00\" and to: \"04:00\"")
	case b.From == b.To:
		p.add(key, "from and to are both %02d:%02d; for a whole day write from: \"00:00\" and to: \"24:00\"", out.from/60, out.from%60)
	case out.from == minutesPerDay:
		p.add(key, "from is 24:00; write \"00:00\", and the day on which it begins")
	}
	for _, w := range b.Weekdays {
		out.weekdays = append(out.weekdays, time.Weekday(w))
	}
	if b.Offsets != nil && b.Close == 0 {
		p.add(key+".offsets", "need a close to count from; write close: month, quarter or year")
	}
	for _, o := range b.Offsets {
		if o < -daysBefore || o > daysAfter {
			p.add(key+".offsets", "%d lies outside the close; write working days from %d to %d, 0 being the last of the period", o, -daysBefore, daysAfter)
		}
		out.offsets = append(out.offsets, int8(max(-100, min(o, 100))))
	}
	return out
}
