package trend

import (
	"slices"
	"time"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/models/exhaustion"
)

// predictions are the remembered predictions of one signal, and what must be known of its past to tell what became of
// them. Everything is of the samples' time, in Unix seconds; 0 is never. It depends on the samples alone.
type predictions struct {
	past
	list []prediction
}

// past has a fixed size, so that it can be written down as it is.
type past struct {
	// Noted is when a prediction was remembered last, for each horizon.
	Noted [calibration.Horizons]uint32
	// Seen is the time of the newest sample, Began when the process behind it was started, Full when the limit was
	// reached last.
	Seen, Began, Full uint32
	// Limit is that of the newest sample, Peak the highest share within an hour, and PeakAt when that hour began.
	Limit, Peak float32
	PeakAt      uint32
	// Falls are the two newest large falls.
	Falls [2]fall
}

// fall is a share that went away at once.
type fall struct {
	At   uint32
	Size float32
}

const (
	// maxPredictions are remembered of a signal at once: one of a day, two each of a week and of a month, and one for an
	// episode. What finds no room is not remembered; that must not depend on how older ones are going to end.
	maxPredictions = 6
	// reachedShare is a limit reached: no sample sees the last byte.
	reachedShare = 0.999
	// killedShare is the share from which a new start of the process means that it ran out.
	killedShare = 0.95
	// resizedBy is the change of a limit that makes another signal of it.
	resizedBy = 0.02
	// largeFall is a share that nobody takes for noise; largePart what a fall must have of what was left to the limit,
	// or the date has hardly moved.
	largeFall, largePart = 0.05, 0.2
	// What falls like this for the third time within usualFor does so by itself, and whoever predicts must know. Falls
	// within oneFall are the same one.
	usualFor, usualSize = 15 * 24 * 3600, 1.5
	oneFall             = 12 * 3600
	fallWithin          = 3600
	// longestGap is how long a signal may be silent before nobody knows what happened meanwhile.
	longestGap = 4 * 3600
	// calmAfterFull is how long a signal must have been off its limit before predictions are remembered again: what
	// touches it every few hours in good health predicts nothing by doing so.
	calmAfterFull = 24 * 3600
)

// noteEvery is how often a prediction is remembered, by horizon, and noteOpening how often when an episode opens.
// Predictions that overlap by more would tell the same over again.
func noteEvery() [calibration.Horizons]uint32 {
	return [calibration.Horizons]uint32{24 * 3600, 24 * 3600, 84 * 3600, 15 * 24 * 3600}
}

func noteOpening() [calibration.Horizons]uint32 {
	return [calibration.Horizons]uint32{4 * 3600, 4 * 3600, 24 * 3600, 5 * 24 * 3600}
}

// witness takes note of what happened at the newest sample, and returns what that makes of the open predictions:
// pending is nothing.
func (p *predictions) witness(o observation) became {
	if o.Limit <= 0 {
		return pending
	}
	at, share := uint32(o.Millis/1000), float32(o.Use/o.Limit)
	what := p.happened(at, share, float32(o.Limit), uint32(o.StartMillis/1000))
	if what == unseen {
		p.close(what, p.Seen)
	} else if what != pending {
		p.close(what, at)
	}
	p.Seen = at
	return what
}

// happened compares a sample with the one before.
func (p *past) happened(at uint32, share, limit float32, began uint32) became {
	before, restarted := p.Peak, began > p.Began && p.Began != 0
	p.Began = max(p.Began, began)
	moved := limit > p.Limit*(1+resizedBy) || limit < p.Limit*(1-resizedBy)
	switch first := p.Seen == 0; {
	case first, at-p.Seen > longestGap:
		p.peak(at, share, limit)
		if first {
			return p.reached(at, share)
		}
		return unseen
	case moved:
		p.peak(at, share, limit)
		return resized
	case restarted:
		p.peak(at, share, limit)
		if before >= killedShare {
			p.Full = at
			return reached
		}
		return cleaned
	}
	fell := before - share
	if share >= before || at-p.PeakAt > fallWithin {
		p.peak(at, share, p.Limit)
	}
	if fell >= max(largeFall, largePart*(1-before)) {
		p.peak(at, share, p.Limit)
		return p.fell(at, fell)
	}
	return p.reached(at, share)
}

func (p *past) peak(at uint32, share, limit float32) { p.Peak, p.PeakAt, p.Limit = share, at, limit }

func (p *past) reached(at uint32, share float32) became {
	if share < reachedShare {
		return pending
	}
	p.Full = at
	return reached
}

// fell remembers a large fall, and returns cleaned unless the like is usual.
func (p *past) fell(at uint32, size float32) became {
	if p.Falls[0].At != 0 && at-p.Falls[0].At < oneFall {
		p.Falls[0].Size += size
		return cleaned
	}
	usual := true
	for _, f := range p.Falls {
		usual = usual && f.At != 0 && at-f.At <= usualFor && size <= usualSize*f.Size
	}
	p.Falls[1], p.Falls[0] = p.Falls[0], fall{at, size}
	if usual {
		return pending
	}
	return cleaned
}

// close says of all predictions that nothing has happened to what did.
func (p *predictions) close(what became, at uint32) {
	for i := range p.list {
		if r := &p.list[i]; r.Became == pending && at >= r.At {
			r.Became, r.After = what, at-r.At
		}
	}
}

// rewind forgets what was predicted and seen under a clock that was ahead.
func (p *predictions) rewind() { *p = predictions{} }

// note remembers a forecast for the horizons whose turn it is, and reports whether there was room for it.
func (p *predictions) note(at uint32, raw, told *exhaustion.Forecast, version uint64, every [calibration.Horizons]uint32) bool {
	if raw.Learning || raw.Used >= reachedShare || p.Limit <= 0 || p.Full != 0 && at-p.Full < calmAfterFull {
		return true
	}
	r := prediction{At: at, Raw: say(raw), Told: say(told), Version: uint32(version)}
	for h, due := range every {
		if p.Noted[h] == 0 || at-p.Noted[h] >= due {
			r.Open |= 1 << h
		}
	}
	if r.Open == 0 {
		return true
	}
	if len(p.list) >= maxPredictions {
		return false
	}
	for h := range p.Noted {
		if r.Open&(1<<h) != 0 {
			p.Noted[h] = at
		}
	}
	r.Dates = p.dates(raw, r.Open)
	p.list = append(p.list, r)
	return true
}

// dates returns for which horizon the dates of a forecast are watched, plus 1; 0 for none. That must be clearly longer
// than the interval: what comes too late for the watch is taken for what never comes, and intervals would seem to hold
// more than they do. Where it is longer than the probabilities are watched, it must not take all room.
func (p *predictions) dates(f *exhaustion.Forecast, open uint8) uint8 {
	if f.P50 <= 0 {
		return 0
	}
	watched := 0
	for i := range p.list {
		if p.list[i].Dates != 0 {
			watched++
		}
	}
	for h := range calibration.Horizons {
		if f.P90 <= time.Duration(horizon(h))*time.Second*2/3 {
			if open>>h != 0 || watched < maxPredictions/3 {
				return uint8(h + 1)
			}
			break
		}
	}
	return 0
}

// settle gives the predictions to tell whose probability for a horizon can be judged, or whose dates can, and forgets
// those of which nothing is left. A prediction is judged when the horizon has passed, also if the limit was reached long
// before: otherwise the quick ends would be counted first. silent is for how long nothing was heard, now the time of
// the bus.
func (p *predictions) settle(now uint32, silent time.Duration, tell func(r *prediction, h int), date func(r *prediction, h int)) {
	if silent > longestGap*time.Second {
		p.close(unseen, p.Seen)
	}
	for i := range p.list {
		r := &p.list[i]
		over := p.Seen
		if r.Became != pending && silent > time.Hour {
			over = now // no sample will tell more
		}
		for h := range calibration.Horizons {
			if r.Open&(1<<h) != 0 && over >= r.At+horizon(h) {
				tell(r, h)
				r.Open &^= 1 << h
			}
		}
		if h := int(r.Dates) - 1; h >= 0 && over >= r.At+horizon(h) {
			date(r, h)
			r.Dates = 0
		}
	}
	p.list = slices.DeleteFunc(p.list, func(r prediction) bool { return r.Open == 0 && r.Dates == 0 })
}
