// Package promremote keeps history in a server with Prometheus' HTTP API: Prometheus, VictoriaMetrics, Mimir, Thanos.
// Where others write it, it is only read; so is the history of another Forewarn, below its /prometheus.
//
// Samples are read by remote read where the server has it, which gives every bit, else as range selectors of the query
// API. They are written by remote write 2.0 where the receiver says that it has taken them, else 1.0. Beyond the contract
// of package history, with the exceptions of [PrometheusTraits] and [VictoriaMetricsTraits]:
//
//   - What a receiver refuses with 400 or 422 is sent again in halves, since many refuse a whole request for one sample.
//     What is refused alone is dropped and counted by what the receiver says of it.
//   - Any other answer holds the samples back and is tried again, 401, 403 and 404 included: the specification lets a
//     sender drop then, but a wrong password must cost nothing.
//   - Errors say what to do. Secrets are in none.
package promremote

import "github.com/forewarn/forewarn/shared/history"

// PrometheusTraits says in what a Prometheus of version 2 differs; version 3 takes any name. What it has acknowledged
// survives its end, but a loss of power only after a while: its log is not synced with each request.
func PrometheusTraits() history.Traits { return history.Traits{PlainNames: true} }

// VictoriaMetricsTraits says in what a VictoriaMetrics differs. It keeps one sample for each time of a series only with
// -dedup.minScrapeInterval=1ms; without that, repeats take space, but are read once.
func VictoriaMetricsTraits() history.Traits {
	return history.Traits{AnyStays: true, NoWindow: true, Delayed: true, Decimal: true, NoNaN: true, NoStale: true, PlainNames: true}
}
