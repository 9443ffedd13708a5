package landscape

import "math"

// batchHost posts and closes by night.
type batchHost struct {
	*machine
	log      *journal
	stage    *volume
	resident *gauge
	running  bool
	extra    routine // somebody unpacks an import
}

func newBatchHost(l *Landscape) *batchHost {
	b := &batchHost{machine: l.newMachine("batch-01", 8, 32)}
	b.stage = b.volume("/stage", 300, 0.2)
	b.log = b.journal(l, "batch", "/opt/batch/logs/posting.log")
	b.resident = b.exporter(l, "settlement", "9404").gauge("process_resident_memory_bytes")
	b.extra = routine{dice: b.dice, aDay: 0.15, size: 0.2}
	return b
}

func (b *batchHost) step(l *Landscape) {
	b.begin(l, false)
	night := l.now.between(1, 1.3) - l.now.between(4, 4.3)
	b.running = night > 0.5 || l.Trouble.Batch.Runaway
	work := max(night, 0)
	if l.Trouble.Batch.Runaway {
		work = 1
	}
	b.stage.share = 0.2 + 0.45*max(night, 0) + b.extra.step(&l.now)
	b.cpu += 0.2 + 4*work*(0.8+0.4*b.dice.Float64())
	b.need += 4 + 6*work
	b.resident.set(math.Round(gibibyte * (1.5 + 2*work)))
	b.say(l)
	b.machine.step(l, 0)
}
