// Package historian moves metrics from the bus into a history and serves what is there.
//
// [Run] reads every partition of the metrics stream. It guarantees:
//
//  1. Nothing is lost: the bus may forget a batch only after the history has it on disk, power loss included.
//  2. Nothing counts twice: batches that come again after a crash are appended again, which changes no answer.
//  3. A history that cannot write (a full disk, a server that is away) holds everything up and is retried with
//     growing pauses; its health says what to do. No batch is put aside for it.
//  4. A batch that is no batch goes to the dead letters, and work goes on.
//  5. Samples that a history cannot take (too late, a clock ahead, a second value for a time) are counted by
//     reason, and cost no other sample.
//
// [Handler] serves Prometheus' query API, for Grafana and for the console.
package historian
