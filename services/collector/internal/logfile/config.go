package logfile

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/config"
)

// Where reading begins in a file that is there when its set is watched for the first time.
const (
	startEnd       = "end"
	startBeginning = "beginning"
)

// The encodings of logs; others write UTF-8 where they are told to.
const (
	encodingUTF8    = "utf-8"
	encodingGB18030 = "gb18030" // and GBK and GB 2312, of which it is a superset
)

// Config is a set of log files, an element of the configuration's list.
type Config struct {
	// Paths are absolute paths or patterns (*, ?, [a-z]; no **).
	Paths []string `yaml:"paths"`
	// Exclude are patterns of paths, or of file names if without a slash, that are left out. Compressed
	// files always are.
	Exclude []string `yaml:"exclude"`
	// Service is what writes the logs, a label of the records.
	Service string `yaml:"service"`
	// Start is "end" (if empty) or "beginning": where reading begins in files that are there when the set is
	// watched for the first time. Files that come later are read whole.
	Start string `yaml:"start"`
	// Encoding of the files, utf-8 (if empty) or gb18030.
	Encoding string `yaml:"encoding"`
	// FirstLine is a regular expression that the first line of an entry matches; other lines continue the
	// entry. If empty, lines continue that begin with white space, "at ", "Caused by" or the like.
	FirstLine string `yaml:"first_line"`
	// FlushAfter is how long an entry waits for its continuation, 1s if zero.
	FlushAfter time.Duration `yaml:"flush_after"`
	// MaxLineBytes bounds an entry, 256KiB if zero; what is longer is cut.
	MaxLineBytes config.Bytes `yaml:"max_line_bytes"`
	// Poll is how often files are looked at, 1s if zero.
	Poll time.Duration `yaml:"poll"`
}

func (c Config) defaulted() Config {
	c.Start = cmp.Or(c.Start, startEnd)
	c.Encoding = cmp.Or(c.Encoding, encodingUTF8)
	c.FlushAfter = cmp.Or(c.FlushAfter, time.Second)
	c.MaxLineBytes = cmp.Or(c.MaxLineBytes, 256<<10)
	c.Poll = cmp.Or(c.Poll, time.Second)
	return c
}

// Name is what people call the set: its service, if it has one, and its paths.
func (c Config) Name() string {
	name := strings.Join(c.Paths, " ")
	if c.Service != "" {
		return c.Service + " " + name
	}
	return name
}

// Problems returns all that is wrong with the set; each error starts with the key, under prefix.
func (c Config) Problems(prefix string) (errs []error) {
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(prefix+format, args...)) }
	d := c.defaulted()
	if len(c.Paths) == 0 {
		bad("paths: are missing; set at least one, such as /var/log/app/*.log")
	}
	for i, p := range c.Paths {
		if !filepath.IsAbs(p) {
			bad("paths[%d]: %q is not absolute; begin it with /", i, p)
		}
		if strings.Contains(p, "**") {
			bad("paths[%d]: %q holds **, which is not understood; name each directory level by *", i, p)
		}
	}
	for _, list := range []struct {
		key      string
		patterns []string
	}{{"paths", c.Paths}, {"exclude", c.Exclude}} {
		for i, p := range list.patterns {
			if _, err := filepath.Match(p, ""); err != nil {
				bad("%s[%d]: %q is no pattern; close its brackets", list.key, i, p)
			}
		}
	}
	if d.Start != startEnd && d.Start != startBeginning {
		bad("start: %q is unknown; set %s or %s", c.Start, startEnd, startBeginning)
	}
	if d.Encoding != encodingUTF8 && d.Encoding != encodingGB18030 {
		bad("encoding: %q is unknown; set %s or %s (which GBK and GB 2312 are parts of)", c.Encoding, encodingUTF8, encodingGB18030)
	}
	if _, err := regexp.Compile(c.FirstLine); err != nil {
		bad("first_line: %w; correct it, syntax is RE2", err)
	}
	if d.FlushAfter < 10*time.Millisecond || d.FlushAfter > time.Minute {
		bad("flush_after: %v is out of range; set 10ms to 1m", c.FlushAfter)
	}
	if d.MaxLineBytes < 256 || d.MaxLineBytes > 256<<10 {
		bad("max_line_bytes: %v is out of range; set 256B to 256KiB", c.MaxLineBytes)
	}
	if d.Poll < 10*time.Millisecond || d.Poll > time.Minute {
		bad("poll: %v is out of range; set 10ms to 1m", c.Poll)
	}
	return errs
}

// Files returns the files that match at this moment, each once.
func (c Config) Files() ([]string, error) {
	var out []string
	seen := map[string]bool{}
	for _, pattern := range c.Paths {
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return nil, fmt.Errorf("match %q: %w", pattern, err)
		}
		for _, path := range matches {
			if !seen[path] && !c.excluded(path) {
				seen[path] = true
				out = append(out, path)
			}
		}
	}
	return out, nil
}

func (c Config) excluded(path string) bool {
	switch filepath.Ext(path) {
	case ".gz", ".bz2", ".xz", ".zst", ".zip", ".lz4", ".Z":
		return true
	}
	for _, pattern := range c.Exclude {
		name := path
		if !strings.ContainsRune(pattern, filepath.Separator) {
			name = filepath.Base(path)
		}
		if ok, err := filepath.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// matches reports whether a file of that path belongs to the set.
func (c Config) matches(path string) bool {
	for _, pattern := range c.Paths {
		if ok, err := filepath.Match(pattern, path); ok && err == nil {
			return !c.excluded(path)
		}
	}
	return false
}
