package evaluation

import (
	"fmt"
	"io"
	"math"

	"github.com/forewarn/forewarn/models/calibration"
	"github.com/forewarn/forewarn/models/exhaustion"
	"github.com/forewarn/forewarn/shared/finding"
)

// check is what a table does to forecasts that it was not fitted on, by family and horizon.
type check []gain

// gain compares the forecasts of one family and horizon as the model made them and as the table told them.
type gain struct {
	family  string
	horizon int
	// outcomes and dates could be judged. The Brier scores, and the shares of dates within the interval.
	outcomes, dates       uint64
	brier, brierTold      float64
	covered, coveredTold  float64
	brierNoise, dateNoise float64 // standard errors of the differences, over series
}

// beyondNoise is how many standard errors a difference must have to be more than noise, where sixteen maps are tried.
const beyondNoise = 3

// curve tells whether the probabilities of a family and horizon were better told than not.
func (c check) curve(family string, horizon int) bool {
	g := c.find(family, horizon)
	return g != nil && g.brier-g.brierTold > beyondNoise*g.brierNoise
}

// date tells whether intervals of dates came nearer to what they claim.
func (c check) date(family string, horizon int) bool {
	g := c.find(family, horizon)
	return g != nil && math.Abs(g.covered-claimed)-math.Abs(g.coveredTold-claimed) > beyondNoise*g.dateNoise
}

// claimed is the share of dates that an interval from p10 to p90 holds.
const claimed = 0.8

func (c check) find(family string, horizon int) *gain {
	for i := range c {
		if c[i].family == family && c[i].horizon == horizon {
			return &c[i]
		}
	}
	return nil
}

// check compares what was told with what the models said, on the same predictions.
func (r records) check() check {
	var out check
	for _, family := range [...]finding.Kind{finding.Exhaustion, finding.Leak} {
		for h := range calibration.Horizons {
			g := gain{family: string(family), horizon: h}
			g.compare(r)
			out = append(out, g)
		}
	}
	return out
}

func (g *gain) compare(r records) {
	var brier, dates paired
	for i := range r {
		raw, told := r[i].raw.Scorecard(g.family, g.horizon), r[i].told.Scorecard(g.family, g.horizon)
		brier.add(raw.Brier*float64(raw.Resolved), told.Brier*float64(told.Resolved), float64(raw.Resolved))
		dates.add(float64(raw.Covered), float64(told.Covered), float64(raw.Dates))
	}
	g.outcomes, g.dates = uint64(brier.weight), uint64(dates.weight)
	g.brier, g.brierTold, g.brierNoise = brier.means()
	g.covered, g.coveredTold, g.dateNoise = dates.means()
}

// paired sums two measures over series, each with a weight.
type paired struct {
	a, b, weight float64
	series       [][3]float64
}

func (p *paired) add(a, b, weight float64) {
	p.a, p.b, p.weight = p.a+a, p.b+b, p.weight+weight
	p.series = append(p.series, [3]float64{a, b, weight})
}

// means returns both means, and the standard error of their difference when series are drawn anew (the ratio estimator,
// Cochran, Sampling Techniques, 1977, section 6.4). All are NaN of nothing.
func (p *paired) means() (a, b, noise float64) {
	a, b = p.a/p.weight, p.b/p.weight
	sum := 0.0
	for _, s := range p.series {
		d := s[0] - s[1] - (a-b)*s[2]
		sum += d * d
	}
	return a, b, math.Sqrt(sum) / p.weight
}

// write shows the comparison as a table in Markdown.
func (c check) write(out io.Writer) error {
	_, err := fmt.Fprint(out, "| family | horizon | outcomes | Brier | told | noise | kept | dates | covered | told | noise | kept |\n",
		"|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range c {
		if err == nil {
			g := &c[i]
			_, err = fmt.Fprintf(out, "| %s | %v | %d | %.4f | %.4f | %.4f | %t | %d | %.2f | %.2f | %.2f | %t |\n",
				g.family, exhaustion.Horizons()[g.horizon], g.outcomes, g.brier, g.brierTold, g.brierNoise, c.curve(g.family, g.horizon),
				g.dates, g.covered, g.coveredTold, g.dateNoise, c.date(g.family, g.horizon))
		}
	}
	return err
}
