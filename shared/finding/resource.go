package finding

// Resource is the kind of resource that a message of a log is about, in the words of the dictionary of signatures. One that a
// reader does not know says nothing to it, and is no error.
type Resource string

// The resources that run out, and that a prediction may therefore be about, too.
const (
	Storage         Resource = "storage"    // file systems, inodes, quotas
	Tablespace      Resource = "tablespace" // tablespaces, file groups, segments
	Archive         Resource = "archive"    // archived and transaction logs, recovery areas
	Memory          Resource = "memory"     // of hosts, containers, databases
	Heap            Resource = "heap"       // of virtual machines
	Connections     Resource = "connections"
	Pool            Resource = "pool" // connection pools of clients
	FileDescriptors Resource = "file-descriptors"
	Threads         Resource = "threads"
	Certificate     Resource = "certificate"
)
