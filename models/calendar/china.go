package calendar

import "time"

// monthDay is month*100 + day, such as 1001 for 1 October.
type monthDay int

func (md monthDay) in(year int) date { return dateOf(year, time.Month(md/100), int(md%100)) }

// notice is what the General Office of the State Council announced for a year: the days off, the rest days that it
// counts with them included, and the rest days that are worked in exchange. Days of December that a later notice gives
// to New Year stand in the year that they lie in.
type notice struct {
	year int
	off  [][2]monthDay // first and last day of each holiday
	work []monthDay
}

// notices are the arrangements published until 25 November 2026; that of 2027 was not among them. Each names its source:
// the number of 国办发明电, 国务院办公厅关于…年部分节假日安排的通知, or its place on www.gov.cn.
var notices = [...]notice{
	{ // content_9302 on www.gov.cn, and the notice on 3 September
		year: 2015,
		off:  [][2]monthDay{{101, 103}, {218, 224}, {404, 406}, {501, 503}, {620, 622}, {903, 905}, {926, 927}, {1001, 1007}},
		work: []monthDay{104, 215, 228, 906, 1010},
	},
	{ // content_10394 on www.gov.cn
		year: 2016,
		off:  [][2]monthDay{{101, 103}, {207, 213}, {402, 404}, {430, 502}, {609, 611}, {915, 917}, {1001, 1007}, {1231, 1231}},
		work: []monthDay{206, 214, 612, 918, 1008, 1009},
	},
	{ // 〔2016〕17号
		year: 2017,
		off:  [][2]monthDay{{101, 102}, {127, 202}, {402, 404}, {429, 501}, {528, 530}, {1001, 1008}, {1230, 1231}},
		work: []monthDay{122, 204, 401, 527, 930},
	},
	{ // 〔2017〕12号
		year: 2018,
		off:  [][2]monthDay{{101, 101}, {215, 221}, {405, 407}, {429, 501}, {616, 618}, {922, 924}, {1001, 1007}, {1230, 1231}},
		work: []monthDay{211, 224, 408, 428, 929, 930, 1229},
	},
	{ // 〔2018〕15号, 〔2019〕3号
		year: 2019,
		off:  [][2]monthDay{{101, 101}, {204, 210}, {405, 407}, {501, 504}, {607, 609}, {913, 915}, {1001, 1007}},
		work: []monthDay{202, 203, 428, 505, 929, 1012},
	},
	{ // 〔2019〕16号, 〔2020〕1号
		year: 2020,
		off:  [][2]monthDay{{101, 101}, {124, 202}, {404, 406}, {501, 505}, {625, 627}, {1001, 1008}},
		work: []monthDay{119, 426, 509, 628, 927, 1010},
	},
	{ // 〔2020〕27号
		year: 2021,
		off:  [][2]monthDay{{101, 103}, {211, 217}, {403, 405}, {501, 505}, {612, 614}, {919, 921}, {1001, 1007}},
		work: []monthDay{207, 220, 425, 508, 918, 926, 1009},
	},
	{ // 〔2021〕11号
		year: 2022,
		off:  [][2]monthDay{{101, 103}, {131, 206}, {403, 405}, {430, 504}, {603, 605}, {910, 912}, {1001, 1007}, {1231, 1231}},
		work: []monthDay{129, 130, 402, 424, 507, 1008, 1009},
	},
	{ // 〔2022〕16号
		year: 2023,
		off:  [][2]monthDay{{101, 102}, {121, 127}, {405, 405}, {429, 503}, {622, 624}, {929, 1006}, {1230, 1231}},
		work: []monthDay{128, 129, 423, 506, 625, 1007, 1008},
	},
	{ // 〔2023〕7号 of 2023-10-25
		year: 2024,
		off:  [][2]monthDay{{101, 101}, {210, 217}, {404, 406}, {501, 505}, {608, 610}, {915, 917}, {1001, 1007}},
		work: []monthDay{204, 218, 407, 428, 511, 914, 929, 1012},
	},
	{ // 〔2024〕12号 of 2024-11-12
		year: 2025,
		off:  [][2]monthDay{{101, 101}, {128, 204}, {404, 406}, {501, 505}, {531, 602}, {1001, 1008}},
		work: []monthDay{126, 208, 427, 928, 1011},
	},
	{ // 〔2025〕7号 of 2025-11-04
		year: 2026,
		off:  [][2]monthDay{{101, 103}, {215, 223}, {404, 406}, {501, 505}, {619, 621}, {925, 927}, {1001, 1007}},
		work: []monthDay{104, 214, 228, 509, 920, 1010},
	},
}

// lastNotice is the last year whose arrangement is known.
const lastNotice = 2026

// festivals are the movable ones of a year: the first day of the first lunar month, Qingming (the sun at 15 degrees),
// the fifth of the fifth and the fifteenth of the eighth lunar month.
type festivals struct{ spring, qingming, dragonBoat, midAutumn monthDay }

// movable are the festivals of the years after lastNotice, by the rules of GB/T 33661-2017 (calculation and promulgation
// of the Chinese calendar).
var movable = [...]festivals{
	{206, 405, 609, 915}, // 2027
	{126, 404, 528, 1003},
	{213, 404, 616, 922},
	{203, 405, 605, 912}, // 2030
	{123, 405, 624, 1001},
	{211, 404, 612, 919},
	{131, 404, 601, 908},
	{219, 405, 620, 927},
	{208, 405, 610, 916}, // 2035
	{128, 404, 530, 1004},
	{215, 404, 618, 924},
	{204, 405, 607, 913},
	{124, 405, 527, 1002},
	{212, 404, 614, 920}, // 2040
	{201, 404, 603, 910},
	{122, 404, 622, 928},
	{210, 405, 611, 917},
	{130, 404, 531, 1005},
	{217, 404, 619, 925}, // 2045
}

// assumedChina returns the days off of a year without notice: the festivals of the Regulation on Public Holidays (State
// Council order 795, in force since 2025) with the lengths that 国办发明电〔2024〕12号 gives them as a rule. The make-up
// workdays that pay for some of these days are not known, so none is assumed.
func assumedChina(year int, f festivals) []span {
	eve, national := f.spring.in(year)-1, monthDay(1001).in(year)
	autumn := f.midAutumn.in(year)
	out := []span{
		breakAround(dateOf(year, time.January, 1)),
		{eve, eve + 7},
		breakAround(f.qingming.in(year)),
		{dateOf(year, time.May, 1), dateOf(year, time.May, 5)},
		breakAround(f.dragonBoat.in(year)),
	}
	if autumn >= national && autumn <= national+7 {
		return append(out, span{national, national + 7})
	}
	return append(out, breakAround(autumn), span{national, national + 6})
}

// breakAround returns the three days off that a festival of one day makes with a weekend, or the day alone on a Wednesday.
func breakAround(d date) span {
	switch d.weekday() {
	case time.Monday, time.Tuesday:
		return span{d - 2, d}
	case time.Wednesday:
		return span{d, d}
	case time.Sunday:
		return span{d - 1, d + 1}
	default: // Thursday to Saturday
		return span{d, d + 2}
	}
}

// china marks the holidays and make-up workdays of all covered years.
func china(kinds []Class) {
	for _, n := range notices {
		for _, off := range n.off {
			mark(kinds, span{off[0].in(n.year), off[1].in(n.year)}, Holiday)
		}
		for _, md := range n.work {
			mark(kinds, span{md.in(n.year), md.in(n.year)}, MakeUpWorkday)
		}
	}
	for i, f := range movable {
		for _, s := range assumedChina(lastNotice+1+i, f) {
			mark(kinds, s, Holiday)
		}
	}
}

// mark sets the kind of the covered dates of a span. An ordinary workday needs no making up.
func mark(kinds []Class, s span, kind Class) {
	for d := max(s.first, firstDate); d <= min(s.last, lastDate); d++ {
		if i := d - firstDate; kind != MakeUpWorkday || kinds[i] != Workday {
			kinds[i] = kind
		}
	}
}
