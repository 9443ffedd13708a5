// Package influx keeps history in an InfluxDB, through its v2 API: 2.x, or 1.8 with flux-enabled.
//
// A metric is a measurement, its labels are tags. A value is the field "value"; NaN, infinities and stale markers, which
// InfluxDB cannot store, are the integer field "bits", which holds the bits of the IEEE 754 form. What line protocol
// cannot carry in a name (line ends, backslashes, names that InfluxDB keeps for itself) is percent-encoded:
//
//	node_filesystem_avail_bytes,host=erp-01,mountpoint=C:%5C value=42 1767225600000
//
// Beyond the contract of package history, with the exceptions of [Traits]:
//
//   - What the server has acknowledged is as safe as its write-ahead log, which it syncs before it answers, unless
//     wal-fsync-delay was raised.
//   - Samples are written in requests of bounded size. What a request is refused for costs no other sample.
//   - Errors say what to do. The token is in none.
//   - Text of labels and of matchers reaches the server only in forms that cannot end a literal.
package influx

import "github.com/forewarn/forewarn/shared/history"

// Traits says in what InfluxDB differs: a point is overwritten by one of the same series and time, except that a value
// stays when the later one is NaN or infinite; and points are taken as far back as the retention reaches.
func Traits() history.Traits { return history.Traits{LastStays: true, NoWindow: true} }
