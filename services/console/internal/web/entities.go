package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/forewarn/forewarn/services/console/internal/pipeline"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/signal"
)

// shownEntities is how many entities a page of the list has.
const shownEntities = 50

// entityList is one page of the entities, those with the most dangerous signals first.
type entityList struct {
	paging
	Rows []entityRow
	// Total counts all entities.
	Total             int
	Missing           []int
	Truncated, Failed bool
	Text, Type, State string
	// In is the id of the one that they are in, "" for any.
	In string
	// Types are those that one can choose from.
	Types choice
}

// entityRow is one entity with what is open about it.
type entityRow struct {
	*pipeline.Node
	// Most is its most dangerous signal, or of what is in it.
	Most *signal.State
	trouble
}

// trouble is what is open about an entity and what is in it.
type trouble struct {
	Open int
	// Severity is the worst, "" without any.
	Severity finding.Severity
}

// EntitiesIn returns the address of the list of what is in an entity.
func (s speaker) EntitiesIn(id string) string { return address("/entities", chosen("in", id)) }

// entityPath returns the address of an entity's page.
func entityPath(id string) string { return named("/entities/", id) }

func newEntityList(q url.Values) entityList {
	l := entityList{Text: searched(q), Type: q.Get("type"), State: q.Get("state"), In: q.Get("in")}
	l.paging = newPaging("/entities", chosen("q", l.Text, "type", l.Type, "state", l.State, "in", l.In), q.Get("page"))
	return l
}

// match reports whether an entity is asked for; text is in lower case.
func (l *entityList) match(n *pipeline.Node, t trouble, text string) bool {
	return (l.Type == "" || string(n.Type) == l.Type) && (l.State != "open" || t.Open > 0) &&
		(l.In == "" || n.Outer != nil && n.Outer.ID == l.In) &&
		(text == "" || strings.Contains(strings.ToLower(n.ID), text) || strings.Contains(strings.ToLower(n.Name), text))
}

// readEntities reads all that a list of entities shows; the list says what failed.
func (w *Web) readEntities(r *http.Request, size int) entityList {
	ctx := r.Context()
	l := newEntityList(r.URL.Query())
	var open openIncidents
	var wg sync.WaitGroup
	wg.Go(func() { open = w.openIncidents(ctx) })
	snapshot, err := w.settings.Source.Signals(ctx)
	wg.Wait()
	if l.Failed = err != nil; err != nil {
		return l
	}
	all, troubles, text := snapshot.Entities(), troublesOf(&open), strings.ToLower(l.Text)
	l.Total, l.Missing, l.Truncated = len(all.Ranked), snapshot.Missing, snapshot.Truncated
	var found []*pipeline.Node
	for _, n := range all.Ranked {
		if l.match(n, troubles[n.ID], text) {
			found = append(found, n)
		}
	}
	from, to := l.cut(len(found), size)
	for _, n := range found[from:to] {
		l.Rows = append(l.Rows, newEntityRow(snapshot, n, troubles))
	}
	l.Types = choice{Name: "type", Value: l.Type}
	for _, t := range all.Types {
		l.Types.Options = append(l.Types.Options, option{Value: string(t)})
	}
	return l
}

func newEntityRow(s *pipeline.Snapshot, n *pipeline.Node, troubles map[string]trouble) entityRow {
	row := entityRow{Node: n, trouble: troubles[n.ID]}
	if i := n.Worst(); i >= 0 {
		row.Most = &s.Signals[i]
	}
	return row
}

// troublesOf counts the open incidents of each entity and of the one that it is in, by their ids.
func troublesOf(o *openIncidents) map[string]trouble {
	out := map[string]trouble{}
	for _, in := range o.Open {
		ids := []string{in.Entity.ID, in.Entity.Root}
		for _, id := range slices.Compact(ids) {
			t := out[id]
			t.Open++
			if in.Severity.Rank() > t.Severity.Rank() {
				t.Severity = in.Severity
			}
			out[id] = t
		}
	}
	return out
}

// entities serves the list of entities.
func (w *Web) entities(rw http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("format") == "csv" {
		w.entitiesCSV(rw, r)
		return
	}
	p := w.newPage(rw, r)
	l := w.readEntities(r, shownEntities)
	l.Types.Label = p.Say("Type", "类型")
	for i := range l.Types.Options {
		o := &l.Types.Options[i]
		o.Text = p.TypeName(entity.Type(o.Value))
	}
	l.Types.Options = append([]option{{"", p.Say("all types", "全部类型")}}, l.Types.Options...)
	p.Query = address("", l.query)
	p.Title, p.Content = p.Say("Entities", "对象"), &l
	w.render(rw, http.StatusOK, "entities", p)
}

// TroubledChoice filters entities by whether something is open about them.
func (s speaker) TroubledChoice(now string) choice {
	return choice{"state", s.Say("State", "状态"), now, []option{
		{"", s.Say("with and without incidents", "有无事件均显示")},
		{"open", s.Say("with open incidents", "有未解决事件")},
	}}
}

// TypeName names a type of entity; those of other catalogues go by their own names.
func (s speaker) TypeName(t entity.Type) string {
	switch t {
	case entity.Host:
		return s.Say("host", "主机")
	case entity.Volume:
		return s.Say("volume", "卷")
	case entity.Process:
		return s.Say("process", "进程")
	case entity.Container:
		return s.Say("container", "容器")
	case entity.Pod:
		return s.Say("pod", "Pod")
	case entity.Database:
		return s.Say("database", "数据库")
	case entity.Pool:
		return s.Say("pool", "内存池")
	case entity.App:
		return s.Say("application", "应用")
	case entity.Certificate:
		return s.Say("certificate", "证书")
	}
	return s.Plain(string(t))
}

// entitiesCSV answers with all entities that pass the filter.
func (w *Web) entitiesCSV(rw http.ResponseWriter, r *http.Request) {
	l := w.readEntities(r, pipeline.MaxSignals)
	if l.Failed {
		http.Error(rw, "signals could not be read; try again", http.StatusServiceUnavailable)
		return
	}
	f := newFile(rw, "entities.csv", "entity", "type", "name", "in", "signals", "open_incidents", "severity", "most_dangerous_signal")
	for _, e := range l.Rows {
		outer, most := "", ""
		if e.Outer != nil {
			outer = e.Outer.ID
		}
		if e.Most != nil {
			most = e.Most.Key
		}
		f.row([]string{e.ID, string(e.Type), e.Name, outer, count(e.Total()), count(e.Open), string(e.Severity), most})
	}
	f.Flush()
}
