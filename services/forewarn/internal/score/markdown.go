package score

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Row is a line of the tables: a method and what it reached.
type Row struct {
	Method string
	*Summary
}

// WriteTables writes the rows as tables in Markdown: warnings, recall at equal false alarms, dates, probabilities.
func WriteTables(w io.Writer, rows []Row) error {
	var sb strings.Builder
	table(&sb, rows, warningColumns())
	table(&sb, rows, equalColumns())
	table(&sb, rows, dateColumns())
	table(&sb, rows, oddsColumns())
	if _, err := io.WriteString(w, sb.String()); err != nil {
		return fmt.Errorf("write tables: %w", err)
	}
	return nil
}

// column is a heading and what stands below it.
type column struct {
	head string
	cell func(*Summary) string
}

func table(sb *strings.Builder, rows []Row, columns []column) {
	sb.WriteString("| method |")
	for _, c := range columns {
		sb.WriteString(" " + c.head + " |")
	}
	sb.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, r := range rows {
		sb.WriteString("| " + r.Method + " |")
		for _, c := range columns {
			sb.WriteString(" " + c.cell(r.Summary) + " |")
		}
		sb.WriteByte('\n')
	}
	sb.WriteByte('\n')
}

func warningColumns() []column {
	return []column{
		{"warned in time", func(s *Summary) string { return fmt.Sprintf("%d/%d", s.Warned, s.Failures) }},
		{"recall", func(s *Summary) string { return s.Recall.text() }},
		{"false alarms per series-week", func(s *Summary) string { return s.FalseRate.text() }},
		{"time in false alarm", func(s *Summary) string { return s.FalseTime.text() }},
		{"precision", func(s *Summary) string { return s.Precision.text() }},
		{"avoided, found", func(s *Summary) string { return fmt.Sprintf("%d/%d", s.Found, s.Risky) }},
		{"lead, h", func(s *Summary) string { return s.LeadHours.text() }},
	}
}

func equalColumns() (out []column) {
	for i, budget := range Budgets() {
		out = append(out, column{fmt.Sprintf("recall at <= %v false per series-week", budget), func(s *Summary) string { return s.Equal[i].Recall.text() }})
	}
	return out
}

func dateColumns() []column {
	return []column{
		{"ETA error at 4 h", func(s *Summary) string { return s.Eta4h.Error.text() }},
		{"at 24 h (memory 12 h)", func(s *Summary) string { return s.EtaNear.Error.text() }},
		{"at 7 d", func(s *Summary) string { return s.EtaWeek.Error.text() }},
		{"coverage at 24 h", func(s *Summary) string { return s.EtaNear.Coverage.text() }},
		{"width", func(s *Summary) string { return s.EtaNear.Width.text() }},
		{"coverage at 7 d", func(s *Summary) string { return s.EtaWeek.Coverage.text() }},
		{"width", func(s *Summary) string { return s.EtaWeek.Width.text() }},
		{"failures at 24 h, 7 d", func(s *Summary) string { return fmt.Sprintf("%d, %d", s.EtaNear.Count, s.EtaWeek.Count) }},
	}
}

func oddsColumns() []column {
	return []column{
		{"Brier 24 h", func(s *Summary) string { return s.Brier24h.text() }},
		{"Brier 7 d", func(s *Summary) string { return s.Brier7d.text() }},
		{"foretold > happened, 24 h", func(s *Summary) string { return reliabilityText(s.Reliability24h) }},
		{"foretold > happened, 7 d", func(s *Summary) string { return reliabilityText(s.Reliability7d) }},
	}
}

// reliabilityText says the table in one line, without the bins that nothing fell into.
func reliabilityText(rows []Reliability) string {
	var parts []string
	for _, r := range rows {
		if r.Forecasts > 0 {
			parts = append(parts, r.Foretold.text()+" > "+r.Happened.text())
		}
	}
	if len(parts) == 0 {
		return "-"
	}
	return strings.Join(parts, ", ")
}

func (f Figure) text() string {
	if math.IsNaN(float64(f.Value)) {
		return "-"
	}
	return f.Value.text() + " (" + f.Low.text() + " to " + f.High.text() + ")"
}

func (n Number) text() string {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return "-"
	}
	return strconv.FormatFloat(float64(n), 'g', 3, 64)
}

// appendRounded appends v with at most four decimals.
func appendRounded(b []byte, v float64) []byte {
	text := strings.TrimRight(strconv.FormatFloat(v, 'f', 4, 64), "0")
	if text = strings.TrimSuffix(text, "."); text == "-0" {
		text = "0"
	}
	return append(b, text...)
}
