package calibration

// scores counts where things happened relative to their intervals, and up to where it is known that they had not.
type scores struct{ reached, censored [scoreBins]uint64 }

func (s *scores) add(o *Outcome) {
	score, known := newInterval(o.P10, o.P50, o.P90).score(o.After)
	if o.What == Reached && known {
		s.reached[scoreBin(score)]++
	} else {
		s.censored[scoreBin(score)]++
	}
}

func (s *scores) count() (reached, censored uint64) {
	for i := range s.reached {
		reached += s.reached[i]
		censored += s.censored[i]
	}
	return reached, censored
}

// quantile returns the score below which a share of level, 0 to 1, happens, by the life table of Cutler & Ederer (1958):
// what is censored within a bin was at risk for half of it. It reports false if too much is censored to tell.
func (s *scores) quantile(level float64) (float64, bool) {
	reached, censored := s.count()
	atRisk, surviving := float64(reached+censored), 1.0
	for i := range s.reached {
		died, lost := float64(s.reached[i]), float64(s.censored[i])
		next := surviving
		if exposed := atRisk - lost/2; exposed > 0 {
			next *= max(0, 1-died/exposed)
		}
		if died > 0 && 1-next >= level {
			return scoreAt(float64(i) + (level-1+surviving)/(surviving-next)), true
		}
		atRisk, surviving = atRisk-died-lost, next
	}
	return 0, false
}

// factor says where the quantiles of a date are moved to, as scores: lower <= middle <= upper. The identity is -1, 0, 1;
// a model that is too sure of itself is stretched beyond, one that is always early is shifted up.
type factor struct{ lower, middle, upper float64 }

// datePrior is how many imagined dates agree with the prior.
const datePrior = 20

// fitFactor returns the conformal factor, shrunk towards the parent's.
func fitFactor(s *scores, parent factor) factor {
	reached, _ := s.count()
	n := float64(reached)
	shrunk := func(level, parent float64) float64 {
		// A rank among n+1, as the next one counts too: the finite-sample correction of split conformal prediction.
		score, known := s.quantile(min(1, level*(n+1)/n))
		if !known {
			return parent
		}
		return rounded((n*score + datePrior*parent) / (n + datePrior))
	}
	if n == 0 {
		return parent
	}
	f := factor{shrunk(0.1, parent.lower), shrunk(0.5, parent.middle), shrunk(0.9, parent.upper)}
	// A quantile that is not known keeps its parent, which may lie on the wrong side of one that is.
	f.middle = max(f.middle, f.lower)
	f.upper = max(f.upper, f.middle)
	return f
}
