package collector

import (
	"context"
	"fmt"

	"github.com/forewarn/forewarn/services/collector/internal/host"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Watching is what a configuration watches at this moment, for people.
type Watching struct {
	// Host is this machine's name, "" if it is not watched.
	Host string `json:"host,omitempty"`
	// FileSystems are the mount points that are watched.
	FileSystems []string `json:"file_systems,omitempty"`
	// Targets are the names of the scraped ones, job and instance.
	Targets []string `json:"targets,omitempty"`
	// LogSets is how many sets of log files are followed, LogFiles which files they match now.
	LogSets  int      `json:"log_sets"`
	LogFiles []string `json:"log_files,omitempty"`
}

// Describe looks at the mount table and the patterns of log files, which takes milliseconds, and says what
// cfg, which must be valid, will watch. What cannot be read is left out: Run reports it.
func Describe(ctx context.Context, cfg Config) Watching {
	var w Watching
	if cfg.Host.Enabled {
		w.Host = cfg.Host.Name()
		mounts, err := host.FileSystems(ctx, cfg.Host)
		if err == nil {
			for _, m := range mounts {
				w.FileSystems = append(w.FileSystems, m.Point)
			}
		}
	}
	for _, t := range cfg.Scrape {
		w.Targets = append(w.Targets, t.Name())
	}
	w.LogSets = len(cfg.Logs)
	for _, l := range cfg.Logs {
		files, err := l.Files()
		if err == nil {
			w.LogFiles = append(w.LogFiles, files...)
		}
	}
	return w
}

// Text returns one sentence per kind of thing that is watched.
func (w Watching) Text() []i18n.Text {
	var out []i18n.Text
	if w.Host != "" {
		n := len(w.FileSystems)
		out = append(out, i18n.Text{
			En: fmt.Sprintf("host %s with %d file system%s", w.Host, n, plural(n)),
			Zh: fmt.Sprintf("主机 %s，%d 个文件系统", w.Host, n),
		})
	}
	if n := len(w.Targets); n > 0 {
		out = append(out, i18n.Text{
			En: fmt.Sprintf("%d scrape target%s", n, plural(n)), Zh: fmt.Sprintf("%d 个采集目标", n),
		})
	}
	if w.LogSets > 0 {
		n := len(w.LogFiles)
		out = append(out, i18n.Text{En: fmt.Sprintf("%d log file%s", n, plural(n)), Zh: fmt.Sprintf("%d 个日志文件", n)})
	}
	return out
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}
