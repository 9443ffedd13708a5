package scenario

// Sample is what a series and its limit said at one time, each in its own unit (bytes, inodes, connections).
type Sample struct {
	// Time is in Unix seconds. Samples lie in the order of their arrival: a late one is older than the one before it.
	Time int64
	// Use is NaN where only the limit was sent, Limit where only the use was.
	Use, Limit float64
}

// Series is a history and the truth about it.
type Series struct {
	Truth

	Samples []Sample
	// Planned is when the recording was to end, in Unix seconds; it ends earlier when the limit is reached. 0 for what
	// was read from files.
	Planned int64
}
