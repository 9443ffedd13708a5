package app

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/version"
)

// greet says within a second of the start what is watched, where to look, and what is missing.
func greet(ctx context.Context, o Options, cfg Config, url string) {
	w := o.Stdout
	lang := language(o.Environ)
	say := func(label i18n.Text, lines ...string) { say(w, lang, label, lines...) }
	dir, err := filepath.Abs(o.DataDir)
	if err != nil {
		dir = o.DataDir
	}
	fmt.Fprintf(w, "%s\n", version.Of("forewarn")) //nolint:errcheck // nobody reads
	say(i18n.Text{En: "page", Zh: "页面"}, url)
	say(i18n.Text{En: "watching", Zh: "监控"}, watching(collector.Describe(ctx, cfg.Collector), lang)...)
	say(i18n.Text{En: "telling", Zh: "通知"}, telling(notifier.Describe(cfg.Notifier), lang)...)
	say(i18n.Text{En: "data", Zh: "数据"}, dir)
	say(i18n.Text{En: "learning", Zh: "学习"}, i18n.Text{
		En: "a fast fill is seen after a minute or two, growth over days after days; until then only the fixed limits warn",
		Zh: "快速增长约一两分钟即可发现，按天的增长需要数天；在此之前仅按固定上限告警",
	}.In(lang))
	say(i18n.Text{En: "stop", Zh: "停止"}, "Ctrl-C")
}

// say writes lines behind a label.
func say(w io.Writer, lang i18n.Language, label i18n.Text, lines ...string) {
	for i, line := range lines {
		name := label.In(lang)
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(w, "  %s%s  %s\n", name, strings.Repeat(" ", max(0, 9-width(name))), line) //nolint:errcheck // nobody reads
	}
}

func telling(d notifier.Description, lang i18n.Language) []string {
	var lines []string
	for _, t := range slices.Concat(d.Channels, d.Missing) {
		lines = append(lines, t.In(lang))
	}
	return lines
}

// watching lists what the collector watches, with the names of what there is few of.
func watching(w collector.Watching, lang i18n.Language) []string {
	var lines []string
	for _, t := range w.Text() {
		lines = append(lines, t.In(lang))
	}
	const few = 8
	if n := len(w.FileSystems); n > 0 && n <= few {
		lines[0] += i18n.Text{En: ": ", Zh: "："}.In(lang) + i18n.Line(strings.Join(w.FileSystems, i18n.Text{En: ", ", Zh: "、"}.In(lang)))
	}
	lines = append(lines, w.Targets[:min(few, len(w.Targets))]...)
	if more := len(w.Targets) - few; more > 0 {
		lines = append(lines, i18n.Text{En: fmt.Sprintf("… and %d more", more), Zh: fmt.Sprintf("…… 以及另外 %d 个", more)}.In(lang))
	}
	return lines
}

// width counts columns: Chinese characters take two.
func width(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0x2E80 {
			n++
		}
	}
	return n
}

// language follows the environment as other programs do.
func language(environ []string) i18n.Language {
	vars := map[string]string{}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		vars[k] = v
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := vars[name]; v != "" {
			if strings.HasPrefix(v, "zh") {
				return i18n.Chinese
			}
			break
		}
	}
	return i18n.English
}

// announce writes a line when an incident opens, gets worse or better, or ends, until ctx ends. Who wants to see the
// forecast move looks at the page.
func announce(ctx context.Context, w io.Writer, incidents *incident.Store, lang i18n.Language, log *zap.Logger) error {
	told, began := map[string]string{}, time.Now()
	for {
		err := incidents.Watch(ctx, func(i *incident.Incident) {
			now := fmt.Sprint(i.State, i.Severity, i.OpenedAt, i.ReopenedAt)
			if told[i.ID] == now || byPeople(i) {
				return
			}
			if told[i.ID] = now; i.State == incident.Resolved {
				delete(told, i.ID)
			}
			line := incidentLine(i, lang)
			if i.State == incident.Open && i.UpdatedAt.Before(began) {
				line += i18n.Text{En: " (open since before this start)", Zh: "（启动前已存在）"}.In(lang)
			}
			fmt.Fprintln(w, line) //nolint:errcheck // nobody reads
		})
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it ended because it was to
		}
		log.Warn("terminal lost sight of incidents; watching anew", zap.Error(err))
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
}

// byPeople tells whether the newest change of an incident says nothing of the danger: people have done something about it, or were told
// again.
func byPeople(i *incident.Incident) bool {
	if len(i.Timeline) == 0 {
		return false
	}
	last := i.Timeline[len(i.Timeline)-1].Action
	return last == incident.Remind || slices.Contains(incident.Actions(), last)
}

// incidentLine says how an incident is. Its message holds what labels say, which must not reach the terminal as commands.
func incidentLine(i *incident.Incident, lang i18n.Language) string {
	return fmt.Sprintf("%s  %-8s  %s", i.UpdatedAt.Local().Format(time.TimeOnly), word(i).In(lang), i18n.Line(i.Message.In(lang)))
}

// word says in one word what is the matter with an incident.
func word(i *incident.Incident) i18n.Text {
	if i.Unheard() {
		return i18n.Text{En: "CLOSED", Zh: "已关闭"}
	}
	if i.State == incident.Resolved {
		return i18n.Text{En: "RESOLVED", Zh: "已恢复"}
	}
	switch i.Severity {
	case "critical":
		return i18n.Text{En: "CRITICAL", Zh: "严重"}
	case "warning":
		return i18n.Text{En: "WARNING", Zh: "警告"}
	}
	return i18n.Text{En: "INFO", Zh: "提示"}
}
