package patterns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/forewarn/forewarn/models/pattern"
	"github.com/forewarn/forewarn/services/forewarn/internal/progress"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Options is what is shown of what.
type Options struct {
	// Input is a file, "-" for Stdin.
	Input string
	Stdin *os.File
	// Output is csv, a row for each line, or text, a pattern after another.
	Output   string
	Language i18n.Language
}

// printer writes what became of the lines, which come in their order.
type printer interface {
	line(raw []byte, match pattern.Match) error
	end() error
}

// Run reads the file and writes to out of which patterns its lines are. On notes it writes how far it is and what is amiss with
// the lines. When ctx ends it returns an error that says how far it came.
func Run(ctx context.Context, o Options, out, notes io.Writer) (err error) {
	miner, err := pattern.New(pattern.DefaultConfig())
	if err != nil {
		return err
	}
	s, err := open(ctx, o.Input, o.Stdin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	var p printer = newTable(out)
	if o.Output == "text" {
		p = newReport(out, o.Language)
	}
	stop := progress.Show(notes, s.share, nil)
	amiss, err := learn(ctx, s, miner)
	if err == nil {
		err = s.pass(ctx, func(line []byte) error { return p.line(line, miner.Find(line)) })
	}
	stop()
	if err != nil {
		return err
	}
	if err := p.end(); err != nil {
		return fmt.Errorf("write patterns: %w", err)
	}
	return amiss.tell(notes, o.Language)
}

// trouble is what is amiss with lines: from which on they explode, and how many of all are no UTF-8.
type trouble struct{ exploding, foreign, lines int }

// learn makes the first pass.
func learn(ctx context.Context, s *source, miner *pattern.Miner) (t trouble, err error) {
	err = s.pass(ctx, func(line []byte) error {
		t.lines++
		if miner.Add(line).Exploding {
			t.exploding = t.lines
		}
		if !utf8.Valid(line) && len(line) < keptLine { // what is cut may be cut within a character
			t.foreign++
		}
		return nil
	})
	miner.Review()
	return t, err
}

// tell says once what is amiss.
func (t trouble) tell(w io.Writer, lang i18n.Language) error {
	var errs []error
	say := func(text i18n.Text) {
		_, err := fmt.Fprintln(w, text.In(lang))
		errs = append(errs, err)
	}
	if t.exploding > 0 {
		say(i18n.Text{
			En: fmt.Sprintf("up to line %d at least every second line made a pattern of its own, so that patterns say little about them; is it a log?", t.exploding),
			Zh: fmt.Sprintf("截至第 %d 行，至少半数的行自成一个模式，模式已不能说明问题；请确认这是日志文件", t.exploding),
		})
	}
	if t.foreign*10 > t.lines {
		say(i18n.Text{
			En: fmt.Sprintf("%d of %d lines are not UTF-8, and what is not counts as a value; convert the file first, such as by iconv -f GB18030 -t UTF-8", t.foreign, t.lines),
			Zh: fmt.Sprintf("%d 行（共 %d 行）不是 UTF-8 编码，无法识别的部分按变量处理；请先转换文件，例如 iconv -f GB18030 -t UTF-8", t.foreign, t.lines),
		})
	}
	return errors.Join(errs...)
}
