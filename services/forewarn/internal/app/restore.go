package app

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"

	"github.com/forewarn/forewarn/services/forewarn/internal/backup"
	"github.com/forewarn/forewarn/services/forewarn/internal/progress"
	"github.com/forewarn/forewarn/shared/i18n"
)

// RestoreOptions is what the command line says. Options' Listen is not used.
type RestoreOptions struct {
	Options
	// Input is the archive.
	Input string
}

// Restore makes an install of an archive in a new data directory, or on the server that the configuration names.
func Restore(ctx context.Context, o RestoreOptions) error {
	l, err := load(o.ConfigFile, o.Environ, nil)
	if err != nil {
		return err
	}
	log, err := quiet(l.Log, o.Stderr)
	if err != nil {
		return err
	}
	var share atomic.Uint64
	stop := progress.Show(o.Stderr, shown(&share), nil)
	m, err := backup.Restore(ctx, backup.RestoreOptions{Input: o.Input, DataDir: o.DataDir, Bus: l.Bus, Logger: log, Observe: observe(&share)})
	stop()
	if err != nil {
		return err
	}
	tellRestored(o.Stdout, o.DataDir, m, language(o.Environ))
	return nil
}

func tellRestored(w io.Writer, dir string, m *backup.Manifest, lang i18n.Language) {
	say(w, lang, i18n.Text{En: "restored", Zh: "已恢复"}, fmt.Sprintf("%s (%s)", m.Made.Local().Format("2006-01-02 15:04:05 -07:00"), i18n.Line(m.MadeBy)))
	say(w, lang, i18n.Text{En: "data", Zh: "数据"}, dir)
	say(w, lang, i18n.Text{En: "left out", Zh: "未包含"}, printable(m.LeftOut, lang)...)
	say(w, lang, i18n.Text{En: "note", Zh: "注意"}, printable(m.Notes, lang)...)
	say(w, lang, i18n.Text{En: "next", Zh: "下一步"}, i18n.Text{
		En: fmt.Sprintf("put back what was left out (the configuration is in %s), then start: forewarn up --data-dir %s", filepath.Join(dir, "configuration"), dir),
		Zh: fmt.Sprintf("补齐未包含的内容（配置在 %s），然后启动：forewarn up --data-dir %s", filepath.Join(dir, "configuration"), dir),
	}.In(lang))
}
