package history

import "time"

// Stats is what a store holds.
type Stats struct {
	// Series is the number of series with samples in the last hours.
	Series int
	// Bytes is the size of blocks, logs and mapped chunks on disk.
	Bytes int64
	// Blocks is the number of blocks on disk.
	Blocks int
	// Oldest and Newest are the times of the first and the last sample; zero without any.
	Oldest, Newest time.Time
	// CompactionFailures counts compactions that failed since the start; what they did not compact stays in
	// memory and in the log, and they are tried again.
	CompactionFailures int
}
