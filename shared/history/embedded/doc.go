// Package embedded is the history that needs no server: a Prometheus TSDB in a directory.
//
// It holds to the contract of package history. Beyond it:
//
//   - A full disk stops it early. The TSDB ends the process when a write of its memory-mapped chunks fails, and a
//     write-ahead log that took half a record loses on the next start whatever came after. So the store refuses
//     to write while the file system has less than the configured reserve free, and says so.
//   - When a write fails nevertheless, the database is opened anew before the next append, which repairs its logs
//     up to the last whole record; nothing is appended behind a torn one.
//   - Log records reach the operating system before Append returns, and the disk before Sync returns.
//
// One process may have a directory open at a time.
package embedded
