// Package logfile follows log files and publishes their entries.
//
// A set of files is followed by one goroutine, which looks at them at an interval rather than waiting for
// the kernel to tell, so that network file systems and missed events make no difference. It guarantees:
//
//   - an entry is read until its batch is safe: positions advance only after the publish returned nil, so
//     that a crash repeats at most the entries of about the last second, and loses none;
//   - a file is known by device, inode and the hash of its first bytes: renaming it neither repeats nor loses
//     entries, also while the collector is down, as long as it stays in its directory; truncating it starts it
//     anew, and a copy made of it before goes on where it was published;
//   - a file is followed by one set;
//   - memory is bounded whatever is in a file: long lines are cut, binary files are left alone.
package logfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.uber.org/zap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/forewarn/forewarn/services/collector/internal/edge"
	"github.com/forewarn/forewarn/services/collector/internal/part"
	"github.com/forewarn/forewarn/shared/telemetry"
)

const (
	chunk = 64 << 10
	// turn is how much of a file is read before it is another's turn.
	turn = 4 << 20
	// batchBytes is when a batch is published before its file is read to the end. With an entry of 256 KiB
	// on top it is still below 512 KiB.
	batchBytes = 192 << 10
	// lingers is for how long a file that no path leads to any more is still read since it grew last: its writer
	// may not know yet, or write to it until its own next rotation.
	lingers     = 5 * time.Minute
	publishWait = 15 * time.Second
	// hangs is after how long without an answer a file system is said to hang, as one on a lost network does.
	hangs = 30 * time.Second
	// maxFiles bounds the files of a set.
	maxFiles = 1000
)

// Settings are what a watcher works with; all are needed.
type Settings struct {
	Edge     *edge.Edge
	Part     *part.Part
	Metrics  *Metrics
	Offsets  *Offsets
	Hostname string
}

// Watcher follows one set of files. It belongs to one goroutine.
type Watcher struct {
	Settings
	config Config
	first  *regexp.Regexp
	tails  map[identity]*tail
	buf    []byte

	discovered time.Time
	began      bool  // the files that were there at the start are known
	trouble    error // of the last discovery
}

// New returns the watcher of a valid set.
func New(c Config, s Settings) (*Watcher, error) {
	c = c.defaulted()
	w := &Watcher{Settings: s, config: c, tails: map[identity]*tail{}, buf: make([]byte, chunk)}
	if c.FirstLine != "" {
		var err error
		if w.first, err = regexp.Compile(c.FirstLine); err != nil {
			return nil, fmt.Errorf("first_line: %w", err)
		}
	}
	return w, nil
}

// Run follows the files until ctx ends. It reports to the part under the set's name.
func (w *Watcher) Run(ctx context.Context) error {
	defer w.close()
	for {
		more, err := w.poll(ctx)
		if ctx.Err() != nil {
			return nil
		}
		problem := ""
		if err != nil {
			problem = err.Error()
		}
		w.Part.Report(w.config.Name(), problem)
		wait := w.config.Poll
		if more && err == nil {
			wait = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// close lets go of the files and saves how far they are published. What was read but not published is
// read again.
func (w *Watcher) close() {
	for id, t := range w.tails {
		w.drop(id, t)
	}
	w.began = false // a start after a panic discovers again
	w.discovered = time.Time{}
	if err := w.Offsets.Save(); err != nil {
		w.Part.Logger().Error("log offsets not saved", zap.Error(err))
	}
}

func (w *Watcher) drop(id identity, t *tail) {
	t.file.Close() //nolint:errcheck // it was only read
	delete(w.tails, id)
	w.Offsets.release(id)
	w.Metrics.files.Dec()
}

// poll looks at each file once. more says that one has more to read than was its turn.
func (w *Watcher) poll(ctx context.Context) (more bool, err error) {
	now := time.Now()
	if now.Sub(w.discovered) >= w.config.Poll {
		w.discovered = now
		answered := w.await(strings.Join(w.config.Paths, " "))
		w.trouble = w.discover(now)
		answered()
	}
	errs := []error{w.trouble}
	for id, t := range w.tails {
		if ctx.Err() != nil { // what is unread stays in the files
			break
		}
		rest, err := w.follow(ctx, t)
		more = more || rest
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", t.path, err))
		} else if !rest && t.over(now, lingers+2*w.config.FlushAfter) {
			w.drop(id, t)
		}
	}
	errs = append(errs, w.Offsets.Save())
	return more, errors.Join(errs...)
}

// await says of the set that a file does not answer, unless answered is called soon. Nothing can end a call that hangs.
func (w *Watcher) await(path string) (answered func() bool) {
	since := time.Now()
	return time.AfterFunc(hangs, func() {
		w.Part.Report(w.config.Name(), fmt.Sprintf("%s does not answer since %s; look at its mount, reading goes on when it does",
			path, since.UTC().Format(time.RFC3339)))
	}).Stop
}

// follow reads what is new in a file, for one turn, and publishes it.
func (w *Watcher) follow(ctx context.Context, t *tail) (more bool, err error) {
	if err := w.checkTruncated(t); err != nil || t.binary {
		return false, err
	}
	for start := t.offset; t.offset-start < turn; {
		if t.bytes >= batchBytes {
			if err := w.publish(ctx, t); err != nil {
				return false, err
			}
		}
		before := t.offset
		answered := w.await(t.path)
		err := t.read(w.buf, func(l line) { w.line(t, l) })
		answered()
		if t.offset > before {
			t.grew = time.Now()
			w.Metrics.bytes.Add(float64(t.offset - before))
		}
		switch {
		case errors.Is(err, errBinary):
			w.leave(t)
			return false, w.publish(ctx, t)
		case errors.Is(err, io.EOF):
			w.settle(t)
			return false, w.publish(ctx, t)
		case err != nil:
			return false, fmt.Errorf("read: %w", err)
		}
	}
	return true, w.publish(ctx, t)
}

func (w *Watcher) checkTruncated(t *tail) error {
	emptied, err := t.truncated()
	if err != nil || !emptied {
		return err
	}
	w.Metrics.truncations.Inc()
	w.Part.Logger().Info("log file was truncated, reading it from its beginning", zap.String("file", t.path))
	t.restart()
	return nil
}

// line takes a line that was read.
func (w *Watcher) line(t *tail, l line) {
	w.Metrics.lines.Inc()
	l.text = w.decode(t, l)
	if r, ok := t.joiner.add(l, time.Now()); ok {
		w.add(t, r)
	}
}

// decode returns the line's text as UTF-8, as far as its encoding allows: what of it does not is said once for a file.
func (w *Watcher) decode(t *tail, l line) []byte {
	if w.config.Encoding == encodingGB18030 {
		// What is none becomes U+FFFD, so that there is no error.
		if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(l.text); err == nil {
			return text
		}
	}
	if l.cut > 0 || utf8.Valid(l.text) { // a cut may be within a character
		return l.text
	}
	w.Metrics.invalid.Inc()
	if !t.foreign {
		t.foreign = true
		w.Part.Logger().Warn("log file is not UTF-8, and some of its text is lost; set encoding: gb18030 for its logs entry "+
			"if it is GBK, else let it be written as UTF-8", zap.String("file", t.path))
	}
	return l.text
}

func (w *Watcher) add(t *tail, r record) {
	if r.cut {
		w.Metrics.cut.Inc()
	}
	t.add(r)
}

// settle gives out what has waited long enough for its continuation, at the end of the file.
func (w *Watcher) settle(t *tail) {
	before := time.Now().Add(-w.config.FlushAfter)
	if len(t.partial) > 0 || t.cut > 0 {
		// A line without an end: it is taken once the file has rested.
		if info, err := t.file.Stat(); err == nil && info.ModTime().Before(before) {
			t.flushPartial(func(l line) { w.line(t, l) })
		}
	}
	if t.joiner.due(before) {
		if r, ok := t.joiner.flush(); ok {
			w.add(t, r)
		}
	}
}

// leave gives a file up as binary, until it is truncated. What it held before is still to be published.
func (w *Watcher) leave(t *tail) {
	if r, ok := t.joiner.flush(); ok {
		w.add(t, r)
	}
	t.binary = true
	w.Metrics.binary.Inc()
	w.Part.Logger().Warn("binary file left out, it begins with many NUL bytes; exclude it, or write it as UTF-8 text",
		zap.String("file", t.path))
}

// publish sends the file's entries, if there are any, and then remembers how far it is published.
func (w *Watcher) publish(ctx context.Context, t *tail) error {
	for len(t.batch) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := batchLen(t.batch)
		ctx, cancel := context.WithTimeout(ctx, publishWait)
		err := w.Edge.PublishLogs(ctx, "logs/"+t.path, w.batch(t, n))
		cancel()
		if err != nil {
			return fmt.Errorf("%w; look at the bus, the file is read on when it is back", err)
		}
		p, err := t.commit(n)
		if err != nil {
			return err
		}
		w.Offsets.set(p)
	}
	return nil
}

// batchLen returns how many entries fit a batch, at least one.
func batchLen(records []record) int {
	size := 0
	for i, r := range records {
		if size += r.bytes(); i > 0 && size > 448<<10 {
			return i
		}
	}
	return len(records)
}

// batch returns the first n entries of the file's batch.
func (w *Watcher) batch(t *tail, n int) *telemetry.LogBatch {
	b := &telemetry.LogBatch{
		Origin: telemetry.NewLabels(
			telemetry.Label{Name: "host", Value: w.Hostname},
			telemetry.Label{Name: "file", Value: strings.ToValidUTF8(t.path, "?")},
			telemetry.Label{Name: "service", Value: w.config.Service}),
		Records: make([]telemetry.LogRecord, n),
	}
	for i, r := range t.batch[:n] {
		b.Records[i] = telemetry.LogRecord{TimeMillis: r.read.UnixMilli(), Severity: severityOf(r.text), Body: r.text}
	}
	return b
}
