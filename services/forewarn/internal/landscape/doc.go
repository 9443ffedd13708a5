// Package landscape simulates a small finance system: what its exporters measure and its logs say, in good health and in trouble.
//
// Two application servers save vouchers in an Oracle database, behind a load balancer, with a cache and the bank's interface
// beside them; reports run in Kubernetes on a MySQL database; a batch host posts by night. People work by the calendar of China and
// close the books. Quantities hang together as they do in production: what the database makes wait holds connections, what waits for
// a connection holds threads, and both come back with a lag (Little's law, minute by minute). Metrics bear the names that real
// exporters use, and logs the formats and messages of the real systems.
//
// A [Landscape] of the same [Plan] gives the same samples. What is wrong at a moment is its [Trouble], which somebody else sets;
// the zero Trouble is good health, in which services are deployed, logs rotated and backups written all the same.
package landscape
