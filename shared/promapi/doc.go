// Package promapi reads samples from any server that speaks Prometheus' HTTP API: Prometheus, VictoriaMetrics, Thanos,
// Mimir, and Forewarn's own under /prometheus.
//
// An answer is read series by series and never held as a whole. What passes by itself is tried again, with pauses; other
// errors say what to do. Secrets are in no error.
//
//	c, err := promapi.New("http://prometheus:9090", promapi.Settings{})
//	err = c.Range(ctx, promapi.Query{Text: "node_filesystem_avail_bytes", From: from, To: to, Step: time.Minute}, visitor)
package promapi
