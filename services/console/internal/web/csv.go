package web

import (
	"bufio"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

// maxExported bounds the incidents of one file.
const maxExported = 5000

// signalsCSV answers with all signals that pass the filter, the most dangerous first.
func (w *Web) signalsCSV(rw http.ResponseWriter, r *http.Request) {
	l := w.listSignals(r, pipeline.MaxSignals)
	if l.Failed {
		http.Error(rw, "signals could not be read; try again", http.StatusServiceUnavailable)
		return
	}
	f := newFile(rw, "signals.csv", "signal", "rule", "kind", "entity", "stage", "severity", "used", "limit", "unit",
		"p_4h", "p_24h", "p_7d", "p_30d", "eta_p10", "eta_p50", "eta_p90", "updated_at")
	for _, s := range l.Rows {
		f.row(append([]string{
			s.Key, s.Rule, string(s.Kind), s.Entity.Name, string(s.Stage), string(l.severity[s.Key]),
			number(s.Used), number(s.Limit), s.Unit,
		}, append(forecast(s.Probability, s.ETA), instant(&s.UpdatedAt))...))
	}
	f.Flush()
}

// incidentsCSV answers with the incidents that pass the filter, the newest first.
func (w *Web) incidentsCSV(rw http.ResponseWriter, r *http.Request) {
	l := newIncidentList(r)
	all, err := w.allIncidents(r.Context(), l.filter(), l.After)
	if err != nil {
		w.settings.Logger.Error("incidents cannot be listed", zap.Error(err))
		http.Error(rw, "the store of incidents did not answer; try again", http.StatusServiceUnavailable)
		return
	}
	p := w.newPage(rw, r)
	f := newFile(rw, "incidents.csv", "id", "state", "kind", "severity", "worst", "entity", "signal", "title", "opened_at",
		"resolved_at", "outcome", "used", "limit", "unit", "p_4h", "p_24h", "p_7d", "p_30d", "eta_p10", "eta_p50", "eta_p90", "stage", "owner")
	for _, in := range all {
		outcome := ""
		if in.Outcome != nil {
			outcome = string(in.Outcome.What)
		}
		f.row(append([]string{
			in.ID, string(in.State), string(in.Kind), string(in.Severity), string(in.Worst), in.Entity.Name, in.Signal, p.Pick(in.Title),
			instant(&in.OpenedAt), instant(in.ResolvedAt), outcome, number(in.Used), number(in.Limit), in.Unit,
		}, append(forecast(in.Horizons, in.ETA), string(in.Stage()), in.Work.Owner)...))
	}
	f.Flush()
}

// allIncidents returns the incidents that pass a filter, the newest first, opened before one; at most maxExported.
func (w *Web) allIncidents(ctx context.Context, f pipeline.IncidentFilter, after string) (all []*incident.Incident, err error) {
	for len(all) < maxExported {
		page, err := w.settings.Source.Incidents(ctx, f, after, shownIncidents*10)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Incidents...)
		if after = page.Next; after == "" {
			break
		}
	}
	return all, nil
}

// fileBuffer is how much of a file is sent at once, which is sent while the rest is made.
const fileBuffer = 64 << 10

// file is an answer in CSV (RFC 4180).
type file struct{ *csv.Writer }

func newFile(rw http.ResponseWriter, name string, header ...string) file {
	h := rw.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	f := file{csv.NewWriter(bufio.NewWriterSize(rw, fileBuffer))}
	f.row(header)
	return f
}

// row writes a row; an error means that the client went away.
func (f file) row(fields []string) {
	for i := range fields {
		fields[i] = harmless(fields[i])
	}
	f.Write(fields) //nolint:errcheck // the client went away
}

// harmless keeps spreadsheets from reading a stranger's text as a formula.
func harmless(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			return "'" + text
		}
	}
	return text
}

func forecast(h finding.Horizons, eta finding.ETA) []string {
	return []string{number(h.H4), number(h.H24), number(h.D7), number(h.D30), instant(eta.P10), instant(eta.P50), instant(eta.P90)}
}

func count(n int) string { return strconv.Itoa(n) }

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// instant writes a time as RFC 3339 in UTC, nothing for none.
func instant(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
