// Package chaos runs an install of separate services as real processes on a real NATS cluster, kills and freezes them at random
// moments, and then holds what became of it against an undisturbed run over the same messages: states, findings, incidents
// and what people were told.
//
// The clock of a worker is the time at which the bus stored its messages. So the undisturbed run is one over a copy of the streams,
// in this process, on an embedded bus whose messages carry the times of the originals ([bus.Settings].Clock).
//
//	result, err := chaos.Run(ctx, chaos.Options{Seed: 1, Faults: 100, Duration: 10 * time.Minute, Nodes: 3, Program: os.Args[0]})
package chaos
