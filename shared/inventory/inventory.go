// Package inventory says what has been arriving: the targets that collectors read from, and metrics that no rule of the
// catalogue reads. Whoever keeps a history can tell (package history/arrivals), and people are shown it.
package inventory

import "time"

// Target is what a collector reads from.
type Target struct {
	// Job and Instance are its labels; Labels are all but these and the name.
	Job, Instance string
	Labels        map[string]string
	// SeenAt is the time of the newest sample that says how it was, Up what that says.
	SeenAt time.Time
	Up     bool
}

// Metric is what is known of a metric that no rule reads.
type Metric struct {
	Name string
	// Series counts its series, as far as they were counted; More tells that there are further ones.
	Series int
	More   bool
	// Example are the labels of one series, without the name.
	Example map[string]string
	// Beside are other metrics of like names, among which may be the limit of this one.
	Beside []string
}
