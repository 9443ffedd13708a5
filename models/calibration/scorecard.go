package calibration

// Scorecard says how good the forecasts were that a ledger has counted.
type Scorecard struct {
	// Resolved forecasts of the horizon, those that Reached the limit, and those Censored, which are not among Resolved.
	Resolved, Reached, Censored uint64
	// Brier is the mean squared difference of what was predicted and what happened, 0 to 1, less is better. It means
	// nothing while Resolved is 0, when it is 0.
	Brier float64
	// Rows are the reliability diagram, by tenths of the predicted probability.
	Rows [10]Row
	// Dates is how many told dates could be checked, Covered how many of these fell between p10 and p90; 8 in 10 should.
	// They are those of the band of distance whose middle is the horizon.
	Dates, Covered uint64
}

// Row is what became of the forecasts with a probability of at least From, and below From + 0.1.
type Row struct {
	From float64
	// Predictions of which is known what became of them, and how many of these came true.
	Predictions, Reached uint64
	// Censored predictions are not among Predictions: people stepped in.
	Censored uint64
	// Mean predicted probability; 0 without predictions. Well calibrated is where Reached/Predictions is near it.
	Mean float64
}

// AtLeast returns the sum of the rows from a probability of tenths/10 on, and the mean of their predictions: "of 40
// predictions at 80 % and more, 33 came true" is AtLeast(8).
func (c *Scorecard) AtLeast(tenths int) Row {
	sum := Row{From: float64(tenths) / 10}
	for i := max(0, tenths); i < len(c.Rows); i++ {
		sum.Mean += c.Rows[i].Mean * float64(c.Rows[i].Predictions)
		sum.Predictions += c.Rows[i].Predictions
		sum.Reached += c.Rows[i].Reached
		sum.Censored += c.Rows[i].Censored
	}
	if sum.Predictions > 0 {
		sum.Mean /= float64(sum.Predictions)
	}
	return sum
}

// Scorecard returns what became of the forecasts of a kind, a family or ("") all kinds at a horizon (an index); an empty
// one where there is none such. O(kinds).
func (l *Ledger) Scorecard(kind string, horizon int) Scorecard {
	var card Scorecard
	for i := range card.Rows {
		card.Rows[i].From = float64(i) / 10
	}
	if horizon < 0 || horizon >= Horizons {
		return card
	}
	counts := l.sum(kind)
	card.count(&counts.horizons[horizon])
	card.Dates, card.Covered = counts.bands[horizon].covered()
	return card
}

func (c *Scorecard) count(t *tally) {
	var sums [len(c.Rows)]uint64
	for i, b := range t.bins {
		row := int((edges[i] + edges[i+1]) / 2 * 10)
		c.Resolved += b.n
		c.Reached += b.reached
		c.Censored += b.censored
		c.Rows[row].Censored += b.censored
		c.Rows[row].Predictions += b.n
		c.Rows[row].Reached += b.reached
		sums[row] += b.sum
	}
	for i, sum := range sums {
		if n := c.Rows[i].Predictions; n > 0 {
			c.Rows[i].Mean = float64(sum) / billion / float64(n)
		}
	}
	if c.Resolved > 0 {
		c.Brier = float64(t.squares) / billion / float64(c.Resolved)
	}
}

// covered counts the dates that are known, and those of them from p10 to p90.
func (s *scores) covered() (dates, covered uint64) {
	for i, n := range s.reached {
		dates += n
		if i >= middleBin-binsToEdge && i < middleBin+binsToEdge {
			covered += n
		}
	}
	return dates, covered
}
