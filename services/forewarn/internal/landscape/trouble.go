package landscape

import "time"

// Servers is the number of application servers.
const Servers = 2

// Trouble is what is wrong at a moment. Rates are per hour; what they have piled up stays until it is repaired.
type Trouble struct {
	Ledger   LedgerTrouble
	Reports  ReportsTrouble
	Servers  [Servers]ServerTrouble
	Cluster  ClusterTrouble
	Batch    BatchTrouble
	Network  float64       // share of packets lost between the applications and the ledger's database
	Cache    bool          // the cache is down
	Bank     time.Duration // how much later than usual the bank answers
	Expires  time.Duration // until the certificate of the front end expires, which may have been; 0: in health, when it is far away
	Resolver bool          // the servers' resolver does not answer
}

// LedgerTrouble is that of the Oracle database.
type LedgerTrouble struct {
	// Posting is how much of the ledger's tablespace is taken, beside what is usual; Enlarge adds a data file once.
	Posting float64
	Enlarge bool
	// Archive is how much of the archive's volume is taken; Purge empties it.
	Archive float64
	Purge   bool
	// Locked is the share of the vouchers that wait for a row which somebody holds.
	Locked float64
	// Neighbour is how many processors something else takes.
	Neighbour float64
	// Slow is by how many times the disks are slower: 0 is healthy.
	Slow float64
	// Refused: the account of the applications is locked.
	Refused bool
	// Sort is how much of the temporary tablespace a runaway statement takes.
	Sort float64
}

// ReportsTrouble is that of the MySQL database.
type ReportsTrouble struct {
	// Hog is how many GiB something else takes on its host; at the end of the memory the kernel kills the server.
	Hog float64
	// Dead: the server is not there.
	Dead bool
	// Killed: the kernel has killed it at this step.
	Killed bool
}

// ServerTrouble is that of an application server.
type ServerTrouble struct {
	// Connections, Heap (in GiB) and Files leak so many an hour; Restart gives all of them back.
	Connections, Heap, Files float64
	Restart                  bool
	// Log is how much of the volume of the logs is taken; Clean empties it.
	Log   float64
	Clean bool
	// Down: the whole host is off.
	Down bool
}

// ClusterTrouble is that of the Kubernetes node.
type ClusterTrouble struct {
	// Hog is how many GiB a pod without a limit has taken in all; Evicting that the kubelet evicts.
	Hog      float64
	Evicting bool
	// Claim is how much of the claim of the reports is taken, an hour; Expand enlarges it.
	Claim  float64
	Expand bool
}

// BatchTrouble is that of the batch host.
type BatchTrouble struct {
	// Runaway: a job of the close does not end, and reads the ledger all the time.
	Runaway bool
}
