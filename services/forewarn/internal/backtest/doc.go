// Package backtest shows what Forewarn would have said about the past.
//
// It feeds the samples of files to the same workers that run live, in the order of their times, and prints what they
// find. Nothing is stored, no bus runs, and nothing reads a clock: the same input gives the same output, however many
// workers share it.
//
//	err := backtest.Run(ctx, backtest.Options{Inputs: []string{"disk.csv.gz"}, Output: backtest.JSONL}, stdout, stderr)
//
// The data path reads downhill: file (rows of a CSV) -> merger (all files by time) -> splitter (windows of two minutes,
// a batch per worker) -> lane (a worker) -> printer.
package backtest
