// Package load measures how many samples a second the pipeline takes, and at which cost.
//
// A synthetic [Fleet] is published as fast as the slowest reader allows, batch by batch on each partition, and read by the real
// services in this process: bus with every batch synced, workers for trends and behaviour, and the historian. The clock of the bus
// is that of the samples, so that minutes of work play hours of an install and everything that is due in them.
//
//	report, err := load.Run(ctx, load.Options{Series: 200_000, Interval: 15 * time.Second, Duration: 10 * time.Minute, History: true})
package load
