// Package backup takes a copy of an install into one archive while everything runs, and makes an install of it.
//
// An archive is a tar, packed by gzip. It holds the streams and buckets of the bus ([bus.Bus.Copy]), what the collector has not handed over yet and how far it
// has read, the configuration without secrets, and, if asked for, the samples of the embedded history. Its last member is the [Manifest], with a
// checksum of each other one.
//
// What it guarantees:
//
//  1. What was on the bus, or safe on the spool, when [Take] was called is in the archive. Nothing that runs is stopped or slowed but by the reading.
//  2. What is restored goes on as after a power cut when the copy was taken (see guarantee G24 of package bus).
//  3. [Restore] writes nothing before it has read the whole archive and compared every checksum; nor into a directory that is not empty; nor
//     outside of it, whatever the archive says. When it fails, the directory is empty again.
package backup
