package digest

import "github.com/forewarn/forewarn/shared/chart"

// Sparkline returns the picture of a figure in a frame, whose title becomes the figure's label.
func (f *Figure) Sparkline(frame chart.Frame) chart.Sparkline {
	frame.Title = f.Label
	s := chart.Sparkline{
		Frame: frame, History: chart.Series{Times: f.Times, Values: f.Values}, Forecast: chart.Forecast{Times: f.Ahead, Median: f.Median},
	}
	if f.Limit > 0 && len(f.Times) > 0 {
		s.Limit = chart.Series{Times: f.Times[:1], Values: []float64{f.Limit}}
	}
	return s
}
