package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/forewarn/forewarn/services/forewarn/internal/backup"
	"github.com/forewarn/forewarn/services/forewarn/internal/progress"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/durable"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/version"
)

// BackupOptions is what the command line says. Options' Listen is not used.
type BackupOptions struct {
	Options
	// Output is the archive, "-" for Stdout; a file that is there is replaced when the new one is whole.
	Output string
	// History tells that the samples of the embedded history are copied, too.
	History bool
	// Include are files that are copied as they are, such as keys.
	Include []string
}

// Backup copies an install into an archive while it runs.
func Backup(ctx context.Context, o BackupOptions) error {
	l, err := load(o.ConfigFile, o.Environ, nil)
	if err != nil {
		return err
	}
	if o.History && l.History.Kind != history.Embedded {
		return fmt.Errorf("--history: the history is kept by %s, not embedded; make a backup of it there", l.History.Kind)
	}
	log, err := quiet(l.Log, o.Stderr)
	if err != nil {
		return err
	}
	var share atomic.Uint64
	b := backup.Options{
		DataDir: o.DataDir, Bus: l.Bus, History: o.History, MadeBy: version.Of("forewarn"), Logger: log, Observe: observe(&share),
	}
	if b.Configuration, b.LeftOut, err = configuration(o, l); err != nil {
		return err
	}
	if l.History.Kind == history.Embedded && !o.History {
		b.LeftOut = append(b.LeftOut, i18n.Text{En: "history: the samples (--history takes them, too)", Zh: "历史数据：样本（--history 可一并备份）"})
	}
	notes := o.Stdout
	if o.Output == "-" {
		notes = o.Stderr
	}
	stop := progress.Show(o.Stderr, shown(&share), nil)
	m, err := writeArchive(ctx, b, o)
	stop()
	if err != nil {
		return err
	}
	tellBackup(notes, o.Output, m, language(o.Environ))
	return nil
}

// quiet returns a logger for a command that is over soon: of what goes well people see the end.
func quiet(cfg obs.LogConfig, w io.Writer) (*zap.Logger, error) {
	cfg.Level = "warn"
	return obs.NewLogger(cfg, w)
}

// observe keeps a share, in thousandths, for who shows it.
func observe(share *atomic.Uint64) func(float64) {
	return func(s float64) { share.Store(uint64(1000 * s)) }
}

func shown(share *atomic.Uint64) func() float64 {
	return func() float64 { return float64(share.Load()) / 1000 }
}

// writeArchive writes beside the archive's place until it is whole.
func writeArchive(ctx context.Context, b backup.Options, o BackupOptions) (m *backup.Manifest, err error) {
	if o.Output == "-" {
		return backup.Take(ctx, b, o.Stdout)
	}
	tmp := o.Output + durable.Temporary
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("archive: %w; correct --output", err)
	}
	defer os.Remove(tmp) //nolint:errcheck // it is not there any more if all went well
	m, err = backup.Take(ctx, b, f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	return m, os.Rename(tmp, o.Output)
}

// configuration returns the files of the configuration as they are copied, and what is left out of them.
func configuration(o BackupOptions, l loaded) (files []backup.File, leftOut []i18n.Text, err error) {
	if o.ConfigFile != "" {
		data, err := os.ReadFile(o.ConfigFile)
		if err != nil {
			return nil, nil, fmt.Errorf("configuration: %w", err)
		}
		r, err := config.Redact(data, process.Beside(l.sections())...)
		if err != nil {
			return nil, nil, fmt.Errorf("configuration %s: %w", o.ConfigFile, err)
		}
		files = append(files, backup.File{Name: "forewarn.yaml", Content: r.Document})
		leftOut = redacted(r, o.Include)
	}
	leftOut = append(leftOut, variables(o.Environ)...)
	for _, name := range append(l.files(), o.Include...) {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("configuration: %w; correct its name", err)
		}
		if name, err = filepath.Abs(name); err != nil {
			return nil, nil, err
		}
		files = append(files, backup.File{Name: path.Join("files", strings.TrimPrefix(filepath.ToSlash(name), "/")), Content: data})
	}
	return files, leftOut, nil
}

// redacted says what was left out of a configuration file.
func redacted(r config.Redacted, included []string) (out []i18n.Text) {
	for _, key := range r.Removed {
		out = append(out, i18n.Text{En: "configuration: " + key + " (a secret)", Zh: "配置：" + key + "（密钥）"})
	}
	for _, name := range r.Files {
		if !slices.Contains(included, name) {
			out = append(out, i18n.Text{
				En: "configuration: the file " + name + " (--include takes it, too, in clear)",
				Zh: "配置：文件 " + name + "（--include 可一并备份，以明文保存）",
			})
		}
	}
	return out
}

// variables says which settings are in the environment.
func variables(environ []string) (out []i18n.Text) {
	for _, e := range environ {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "FOREWARN_") {
			out = append(out, i18n.Text{En: "configuration: the variable " + name, Zh: "配置：环境变量 " + name})
		}
	}
	return out
}

// files are those beside the configuration file that it names and that hold no secrets.
func (c *Config) files() []string {
	all := slices.Concat(c.Catalogue.Files, c.Calendar.Files, c.Anomaly.Signatures, c.Anomaly.Rules, c.Transactions.Files)
	slices.Sort(all)
	return slices.Compact(all)
}

func tellBackup(w io.Writer, output string, m *backup.Manifest, lang i18n.Language) {
	size := int64(0)
	for _, f := range m.Members {
		size += f.Size
	}
	where := output
	if output == "-" {
		where = i18n.Text{En: "the standard output", Zh: "标准输出"}.In(lang)
	}
	say(w, lang, i18n.Text{En: "backup", Zh: "备份"}, where)
	say(w, lang, i18n.Text{En: "holds", Zh: "内容"}, i18n.Text{
		En: fmt.Sprintf("%d files, %s: incidents, track record, states of the workers, what is not processed yet", len(m.Members), i18n.Amount(float64(size), "bytes")),
		Zh: fmt.Sprintf("%d 个文件，%s：事件、预测记录、各工作进程的状态以及尚未处理的数据", len(m.Members), i18n.Amount(float64(size), "bytes")),
	}.In(lang))
	say(w, lang, i18n.Text{En: "left out", Zh: "未包含"}, printable(m.LeftOut, lang)...)
	say(w, lang, i18n.Text{En: "note", Zh: "注意"}, printable(m.Notes, lang)...)
}

// printable returns texts of an archive, which must not reach the terminal as commands.
func printable(texts []i18n.Text, lang i18n.Language) (out []string) {
	for _, t := range texts {
		out = append(out, i18n.Line(t.In(lang)))
	}
	return out
}
