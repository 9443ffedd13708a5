package page

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest/contest"
	"github.com/forewarn/forewarn/shared/chart"
)

//go:embed page.html page.css
var files embed.FS

// view is what the template shows.
type view struct {
	Lang  string
	Style template.CSS
	Say   map[string]string
	// Period, Read and Headline are sentences.
	Period, Read string
	Headline     []string
	Head         []string
	Rows         [][]string
	Footnotes    []string

	Episodes, Missed []card
	Calm             []calmRow
	// Each says what was left out, "" for nothing.
	MoreEpisodes, MoreMissed, MoreCalm string
}

// card is an episode, or a failure without a warning.
type card struct {
	Name, Rule, When, Message, Outcome string
	Severity, Word                     string
	Chart                              template.HTML
}

// calmRow is a signal of which there is nothing to tell.
type calmRow struct {
	Name, Rule, Used, Most string
	Spark                  template.HTML
}

// writer makes a page.
type writer struct {
	*Input
	words    words
	renderer *chart.Renderer
	story    *story
	left     int // bytes that charts may still take
}

// Write writes the page. The same input gives the same bytes.
func Write(out io.Writer, in *Input) error {
	t, err := template.ParseFS(files, "page.html")
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	r, err := chart.New()
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	w := &writer{Input: in, words: words{in.Language, in.Zone}, renderer: r, story: tell(in)}
	v, err := w.view()
	if err != nil {
		return fmt.Errorf("page: %w", err)
	}
	if err := t.Execute(out, v); err != nil {
		return fmt.Errorf("write the output: %w", err)
	}
	return nil
}

func (w *writer) view() (*view, error) {
	style, err := w.style()
	if err != nil {
		return nil, err
	}
	v := &view{
		Lang: string(w.Language), Style: style, Say: w.words.labels(), Period: w.words.period(w.Start, w.End), Read: w.words.read(w.Input),
		Headline: w.words.headline(w.Input, w.story), Footnotes: append(contest.Footnotes(w.Language), w.words.bands()),
	}
	if w.Compared.Subjects > 0 {
		v.Head = contest.Head(w.Language)
		for i := range w.Compared.Standings {
			v.Rows = append(v.Rows, w.Compared.Standings[i].Cells(w.Language))
		}
	}
	w.left = mostBytes
	if err := w.missed(v); err != nil {
		return nil, err
	}
	if err := w.episodes(v); err != nil {
		return nil, err
	}
	w.left = calmBytes
	return v, w.calm(v)
}

// style is the page's own and what makes light charts dark.
func (w *writer) style() (template.CSS, error) {
	own, err := files.ReadFile("page.css")
	if err != nil {
		return "", err
	}
	dark, err := darkRules(w.renderer)
	if err != nil {
		return "", err
	}
	return template.CSS(string(own) + "@media screen and (prefers-color-scheme: dark){\n" + dark + "\n}\n"), nil //nolint:gosec // of this program only
}

// draw returns a picture as a part of the page.
func (w *writer) draw(p chart.Picture) (template.HTML, error) {
	svg, err := w.renderer.SVG(p)
	w.left -= len(svg)
	return template.HTML(svg), err //nolint:gosec // the renderer escapes what is not of this program
}

func (w *writer) frame(title string, width, height int) chart.Frame {
	return chart.Frame{Title: title, Language: w.Language, Zone: w.Zone, Width: width, Height: height}
}

func (w *writer) episodes(v *view) error {
	for i, e := range w.story.episodes {
		if i == mostEpisodes || w.left < 0 {
			break
		}
		failed, at := w.story.reached[e], int64(0)
		if failed != nil {
			at = failed.At
		}
		drawn, err := w.draw(e.picture(w.frame(e.first.Title.In(w.Language), chartWidth, chartHeight), at))
		if err != nil {
			return err
		}
		v.Episodes = append(v.Episodes, card{
			Name: e.first.Entity.Name, Rule: e.first.Title.In(w.Language), When: w.words.time(e.at), Message: e.first.Message.In(w.Language),
			Outcome: w.words.outcome(e, failed), Severity: string(e.worst), Word: w.words.severity(e.worst), Chart: drawn,
		})
	}
	if more := len(w.story.episodes) - len(v.Episodes) + w.story.forgot; more > 0 {
		v.MoreEpisodes = w.words.moreEpisodes(more)
	}
	return nil
}

func (w *writer) missed(v *view) error {
	for i, f := range w.story.missed {
		if i == mostMissed {
			v.MoreMissed = w.words.moreMissed(len(w.story.missed) - mostMissed)
			break
		}
		c := card{
			Name: f.State.Entity.Name, When: w.words.time(f.At), Message: w.words.unwarned(f, w.story.before(f)),
			Severity: "missed", Word: w.words.labels()["full"],
		}
		if m := w.full(f); m != nil {
			ahead := max(f.At-f.Onset, (12 * time.Hour).Milliseconds())
			p := m.picture(w.frame(c.Name, chartWidth, chartHeight), f.At-ahead-ahead/2, f.At+ahead/3)
			p.History.Times, p.History.Values = append(p.History.Times, p.Since.Times...), append(p.History.Values, p.Since.Values...)
			p.Since, p.Marks = chart.Series{}, []chart.Mark{{At: time.UnixMilli(f.At), Kind: chart.Failed}}
			var err error
			if c.Chart, err = w.draw(p); err != nil {
				return err
			}
		}
		v.Missed = append(v.Missed, c)
	}
	return nil
}

// full returns the moment of a failure, nil if it was not kept.
func (w *writer) full(f *contest.Verdict) *moment {
	for _, r := range w.Recorders {
		if s := r.signals[f.State.Key]; s != nil {
			for _, m := range s.full {
				if m.at == f.At {
					return m
				}
			}
		}
	}
	return nil
}

// before returns the newest episode of the series that began before a failure and after its onset, nil if there is none.
func (s *story) before(f *contest.Verdict) (newest *episode) {
	for _, e := range s.episodes {
		if e.first.Series == f.State.Series && e.at <= f.At && e.at >= f.From && (newest == nil || e.at > newest.at) {
			newest = e
		}
	}
	return newest
}

func (w *writer) calm(v *view) error {
	for i, r := range w.story.calm {
		if i == mostCalm || w.left < 0 {
			v.MoreCalm = w.words.moreCalm(len(w.story.calm) - i)
			break
		}
		drawn, err := w.draw(r.spark(w.frame(r.state.Entity.Name, sparkWidth, sparkHeight)))
		if err != nil {
			return err
		}
		v.Calm = append(v.Calm, calmRow{Name: r.state.Entity.Name, Rule: r.state.Rule, Used: w.words.use(r.used, r), Most: w.words.use(r.most, r), Spark: drawn})
	}
	return nil
}
