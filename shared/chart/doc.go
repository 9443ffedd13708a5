// Package chart draws what people look at: the past of a signal, what was forecast of it and when, its limit, what
// happened, and what came true. It draws the same picture as SVG for pages and as PNG for chats and mail.
//
//	renderer, err := chart.New()
//	…
//	svg, err := renderer.SVG(chart.Chart{
//		Frame:    chart.Frame{Title: "erp-01 /u01", Language: i18n.Chinese, Zone: shanghai},
//		Unit:     "bytes",
//		History:  chart.Series{Times: times, Values: used},
//		Limit:    chart.Series{Times: times[:1], Values: []float64{250 << 30}},
//		Forecast: chart.Forecast{At: now, Times: ahead, Median: median, Low80: low, High80: high},
//		Marks:    []chart.Mark{{At: cleaned, Kind: chart.CleanUp}},
//	})
//
// There are four pictures: a [Chart], a [Sparkline] (a line of a table), [Bars] (counts per bucket of time), and
// [Reliability] (what was told beside what came true).
//
// What it guarantees:
//
//  1. Equal input gives equal bytes on machines of one architecture, if its characters are in the font that the package carries.
//  2. Peaks survive: of the samples that share a column of pixels, the first, the least, the greatest and the last are
//     drawn (M4, after Jugel et al., VLDB 2014), so that a picture of 10^5 samples is as small as one of 10^3.
//  3. An SVG can be inlined into a page by the hundred and under a strict Content-Security-Policy: it has no style, script,
//     id, or reference to anything outside, and its text is text. A browser shows that in its own fonts.
//  4. Text may come from anybody. Control and direction characters are taken out, the rest is escaped, and what is wider than
//     its place ends in "…".
//  5. Nothing is told by colour alone: lines differ in dash and weight, marks in shape, parts of bars in filling, and each
//     is named where it is drawn. The colours are those of Okabe and Ito (2008), which colour-blind people can tell apart.
//  6. Data may be anything. Values that are not finite are gaps, times may be out of order, what lies outside is cut off; only
//     lists of unequal lengths and impossible sizes are errors.
//
// # Sizes
//
// A size is in CSS pixels, a PNG has two pixels for each, and letters do not shrink with the picture. So choose the width that
// people see: 390 for a chat on a telephone, 720 or more for a page or mail.
//
// # Fonts
//
// A PNG is written in the font of the package (folder font): Latin, Greek, Cyrillic and all of GB 2312. A character that it
// lacks is looked for in the font files of the system: below /usr/share/fonts, /usr/local/share/fonts, ~/.local/share/fonts,
// ~/.fonts, /Library/Fonts, /System/Library/Fonts and %WINDIR%\Fonts, in that order, by name in each, the first 256 files
// (.ttf, .otf, .ttc) at most. One that no font has is shown as the geta mark "〓", the printers' sign for a missing letter.
package chart
