package exhaustion

import "github.com/forewarn/forewarn/models/robust"

// A load that is lifted from day to day by what it keeps meets the limit near the peak of a day: a line from low to low does
// so hours too late or, where the next day is a rest day, a day too early.

// lifted returns in how many seconds the load of a day reaches the limit on top of what is kept, which grows by a slope
// since a time in Unix milliseconds; and where the load would have the signal stand now, a share of the limit. Where no
// day within reach does, it is when what is kept does by itself.
func (f *Forecaster) lifted(slope float64, since int64, days *Days, reach float64) (left, now float64) {
	const step = 1800
	local := f.LastMillis + int64(f.ZoneMillis)
	today, clock := local/dayMillis, float64(local%dayMillis)/1000
	var hours profile
	f.growthOfDay(&hours)
	loads, peak := f.loads(since, days), f.peakClock()
	climbed := func(clock float64) float64 { return min(1, hours.done(clock)/hours.done(peak)) }
	low := f.share(f.Low) + slope*float64(f.LastMillis-f.LowMillis)/1000
	now = low + loads[days.kind(today)]*climbed(clock)
	for day := range int64(reach/daySeconds) + 1 {
		begins, load := float64(day)*daySeconds-clock, loads[days.kind(today+day)]
		if low+slope*(begins+peak)+load < 1 {
			continue
		}
		for at := max(0, -begins); at <= peak; at += step {
			if low+slope*(begins+at)+load*climbed(at) >= 1 {
				return max(begins+at, step), now
			}
		}
	}
	return max((1-low)/slope, step), now
}

// lately returns by how much the quiet hours of the last day were above the same of the day before, a share of the limit; 0
// if it is not known. Busy ones differ by the load, on the first day after a weekend by all of it.
func (f *Forecaster) lately() float64 {
	const (
		daily = fastBuckets / 2
		quiet = 5 // of the daily buckets
	)
	var before, grown [daily]float64
	last, n := f.at(f.LastMillis)[fast2h], 0
	for i := last - daily + 1; i < last; i++ { // the bucket of now is not full, nor is its like of two days ago remembered
		if i < daily || f.Fast[fast2h][i%fastBuckets] == 0 || f.Fast[fast2h][(i-daily)%fastBuckets] == 0 {
			return 0
		}
		was := f.share(f.Fast[fast2h][(i-daily)%fastBuckets])
		k := n
		for ; k > 0 && before[k-1] > was; k-- {
			before[k], grown[k] = before[k-1], grown[k-1]
		}
		before[k], grown[k] = was, f.share(f.Fast[fast2h][i%fastBuckets])-was
		n++
	}
	return robust.Median(grown[:quiet])
}

// peakClock returns at what time of the day, in seconds, teeth usually end.
func (f *Forecaster) peakClock() float64 {
	var clocks [climbs]float64
	n := f.teeth()
	for i := range n {
		clocks[i] = float64((int64(f.PeakMinute[i])*minuteMillis+int64(f.ZoneMillis))%dayMillis) / 1000
	}
	return robust.Median(clocks[:n])
}

// loads returns by how much the load rises on a day of each kind, in shares of the limit, by the days before a time in Unix
// milliseconds.
func (f *Forecaster) loads(before int64, days *Days) (out [Kinds]float64) {
	var rises [Kinds][dayBuckets]float64
	var n [Kinds]int
	end := (before + int64(f.ZoneMillis)) / dayMillis
	for d := oldest(f.at(f.LastMillis)[day], dayBuckets); d < end; d++ {
		if r := f.Rise[d%dayBuckets]; r != 0 {
			k := days.kind(d)
			rises[k][n[k]] = f.share(r)
			n[k]++
		}
	}
	most := 0.0
	for k := range out {
		if n[k] > 0 {
			out[k] = robust.Median(rises[k][:n[k]])
			most = max(most, out[k])
		}
	}
	for k := range out {
		if like := days.Like[k]; n[k] == 0 && n[like] > 0 {
			out[k] = out[like]
		} else if n[k] == 0 {
			out[k] = most
		}
	}
	return out
}
