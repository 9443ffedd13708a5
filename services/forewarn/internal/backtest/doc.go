// Package backtest shows what Forewarn would have said about the past.
//
// It feeds samples to the same workers that run live, in the order of their times, and prints what they find. Nothing is
// stored, no bus runs, and nothing reads a clock: the same input gives the same output, however many workers share it.
//
//	err := backtest.Run(ctx, backtest.Options{Inputs: []string{"disk.csv.gz"}, Output: backtest.JSONL}, stdout, stderr)
//
// The data path reads downhill: inputs (table: rows of a CSV, with patient in front of it; dump: Prometheus' text format,
// sorted; server: Prometheus' API) -> merger (all inputs by time) -> splitter (windows of two minutes, a batch per
// worker) -> lane (a worker, what follows its signals, and anomaly.Watcher where scores are asked for) -> printer -> a
// format (text, jsonl, html).
package backtest
