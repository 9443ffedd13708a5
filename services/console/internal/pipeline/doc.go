// Package pipeline reads what the console shows about the pipeline: every signal that the trend workers
// watch, and the health of all parts.
//
// Signals are gathered from all partitions at once. A [Reader] keeps the last gathering for a few seconds,
// so that many readers cost the workers no more than one; while somebody looks it gathers anew in the
// background, and a page never waits for that. All methods are safe for concurrent use.
package pipeline
