// Package telemetry defines what flows on the bus: series, samples, batches and log records, and their
// wire form.
//
// Metrics travel as Prometheus Remote Write 2.0 (io.prometheus.write.v2.Request) with one private field,
// the series' fingerprint, so that a reader resolves labels only for series it has not seen. Logs travel as
// OTLP. Any decoder of those formats reads ours; ours reads theirs, and computes fingerprints that are missing.
//
// Decoders never panic, return nothing that aliases their input, and keep memory and work in proportion to it.
// What they return is canonical: labels sorted, unique and of valid UTF-8 (other bytes become U+FFFD, so
// that one mangled name does not cost a whole message), fingerprints computed from them.
//
//	data := telemetry.AppendBatch(nil, batch)
//
//	d := telemetry.NewDecoder(2 * liveSeries) // one for each goroutine
//	for data := range messages {
//		if err := d.Decode(data, &batch); err != nil { … }
//		for _, ts := range batch.Series { … } // until the next Decode
//	}
package telemetry
