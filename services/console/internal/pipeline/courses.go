package pipeline

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/forewarn/forewarn/shared/telemetry"
	"github.com/forewarn/forewarn/shared/view"
)

// History tells what signals used before.
type History interface {
	// Course returns the use of the signal with that key between two times, and its limit, as a few hundred samples; a use
	// of NaN is a gap. The series is the one that people are shown, in Prometheus notation.
	Course(ctx context.Context, key, series string, from, to time.Time) (used, limit []telemetry.Sample, err error)
}

// ErrNoSeries is returned of what the catalogue knows no series of: a release, which is made of many, or what a rule read that
// is gone.
var ErrNoSeries = errors.New("there is no one series of it")

// ErrNoHistory is returned where the console was given no history to read.
var ErrNoHistory = errors.New("the console reads no history")

const (
	// courseTimeout bounds one reading of a history.
	courseTimeout = 2 * time.Second
	// courseLife is how long a course is shown again before it is read anew, and what its times are rounded to.
	courseLife = 10 * time.Second
	// maxCourses bounds how many are kept, of some 10 KB each.
	maxCourses = 512
	// courseRest is how long nothing is asked of a history that did not answer in time: a page may want many courses.
	courseRest = 5 * time.Second
	// reading is how many courses are read at once: pages with many pictures must not starve the pipeline.
	reading = 2
)

// courses reads from a history, and keeps what was read for a while. Its users must not change a course.
type courses struct {
	history History
	slots   chan struct{}

	mu   sync.Mutex
	kept map[courseKey]keptCourse
	rest time.Time // until when nothing is asked
}

type courseKey struct {
	key, series string
	from, to    int64
}

type keptCourse struct {
	course view.Course
	until  time.Time
}

func newCourses(h History) *courses {
	return &courses{history: h, slots: make(chan struct{}, reading), kept: map[courseKey]keptCourse{}}
}

// errSlow is returned while a history that did not answer in time is left alone.
var errSlow = errors.New("the history did not answer in time")

// read returns the course of a signal between two times, at most some seconds old; [ErrNoHistory] if there is none to read.
func (c *courses) read(ctx context.Context, key, series string, from, to time.Time) (view.Course, error) {
	if c.history == nil {
		return view.Course{}, ErrNoHistory
	}
	from, to = from.Truncate(courseLife), to.Truncate(courseLife).Add(courseLife)
	k := courseKey{key, series, from.Unix(), to.Unix()}
	if found, ok, err := c.recent(k); ok || err != nil {
		return found, err
	}
	ctx, cancel := context.WithTimeout(ctx, courseTimeout)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return view.Course{}, ctx.Err()
	}
	if found, ok, err := c.recent(k); ok || err != nil {
		return found, err
	}
	var out view.Course
	var err error
	if out.Used, out.Limit, err = c.history.Course(ctx, key, series, from, to); err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			c.pause()
		}
		return view.Course{}, err
	}
	c.keep(k, out)
	return out, nil
}

// recent returns what is known of a course without asking for it: one that was read of late, or that nothing is asked now.
func (c *courses) recent(k courseKey) (found view.Course, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if found, ok := c.kept[k]; ok && now.Before(found.until) {
		return found.course, true, nil
	}
	if now.Before(c.rest) {
		return view.Course{}, false, errSlow
	}
	return view.Course{}, false, nil
}

func (c *courses) pause() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rest = time.Now().Add(courseRest)
}

// keep makes room, of what is outdated first, and keeps a course.
func (c *courses) keep(k courseKey, course view.Course) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if len(c.kept) >= maxCourses {
		for k, old := range c.kept {
			if now.After(old.until) {
				delete(c.kept, k)
			}
		}
	}
	if len(c.kept) >= maxCourses {
		clear(c.kept)
	}
	c.kept[k] = keptCourse{course, now.Add(courseLife)}
}
