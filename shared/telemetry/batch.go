package telemetry

// Sample is a value at a time.
type Sample struct {
	// TimeMillis is the time of the observation in Unix milliseconds.
	TimeMillis int64
	// Value may be NaN or infinite on the wire; workers ignore such samples, history keeps them.
	Value float64
}

// TimeSeries is a series and its samples, in time order.
type TimeSeries struct {
	*Series
	Samples []Sample
}

// Batch is what a collector publishes at once: samples of series of one partition, from one source.
type Batch struct {
	Series []TimeSeries
}

// Samples returns the number of samples in the batch.
func (b *Batch) Samples() int {
	n := 0
	for i := range b.Series {
		n += len(b.Series[i].Samples)
	}
	return n
}
