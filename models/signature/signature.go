package signature

// Signature is one known message.
type Signature struct {
	// ID is stable: episodes and a user's file refer to it. Lower-case words and digits, such as "oracle.ora-01653".
	ID       string
	Kind     Kind
	Severity Severity
	// Often is from how many entries, without a pause that ends its episode, it is as severe; fewer are Info. 0: the first one is.
	// It is for what single requests run into once in a while in good health, such as a time-out.
	Often int
	// Title says what is wrong, Advice what to do about it; one line each.
	Title, Advice Text
	// Match holds alternatives. One is met if all its literals are in the line, in any order. A * at an end of a
	// literal lets it begin or end within a word.
	Match [][]string
	// Not holds literals that none of may be in the line, Beside, unless it is empty, such that one must be in it.
	Not, Beside []string
	// General is true for a wording that many programs share: it is told only where no other signature is.
	General bool
	// Source is the vendor's document of the message. A user's signature may have none.
	Source string
	// Examples are lines that the signature is found in; New checks that.
	Examples []string
}

// Text is what people read, in the languages of the program.
type Text struct{ En, Zh string }

// Severity orders signatures by how soon somebody must act. Its words are those of findings.
type Severity string

const (
	// Info is worth a note: a single deadlock that the database resolved.
	Info Severity = "info"
	// Warning is trouble for some users, or soon for all.
	Warning Severity = "warning"
	// Critical is trouble for all now.
	Critical Severity = "critical"
)

// rank is higher for what is more severe, 0 for what is no severity.
func (s Severity) rank() int {
	switch s {
	case Info:
		return 1
	case Warning:
		return 2
	case Critical:
		return 3
	}
	return 0
}

// Kind is the resource that a message is about, so that it joins the forecast of that resource.
type Kind string

// The kinds. What is saturated and what has failed are told apart: a full disk is Storage, a broken one Hardware.
const (
	Storage         Kind = "storage"          // file systems, inodes, quotas
	Tablespace      Kind = "tablespace"       // tablespaces, file groups, segments
	Archive         Kind = "archive"          // archived and transaction logs, recovery areas
	Memory          Kind = "memory"           // of hosts, containers, databases
	Heap            Kind = "heap"             // of virtual machines: Java, Node.js, .NET
	Connections     Kind = "connections"      // sessions and connections that a server accepts
	Pool            Kind = "pool"             // connection pools of clients
	FileDescriptors Kind = "file-descriptors" // open files of processes and hosts
	Threads         Kind = "threads"          // threads, processes, workers, and those that hang
	Lock            Kind = "lock"             // deadlocks, waits for locks, lock tables
	Queue           Kind = "queue"            // back-logs and buffers that overflow
	Certificate     Kind = "certificate"      // certificates expired or not trusted
	License         Kind = "license"          // licences expired or exceeded
	Network         Kind = "network"          // names, listeners, back ends that are not reached, connection tracking
	Access          Kind = "access"           // logins refused, accounts locked, permissions missing
	Process         Kind = "process"          // crashes, hangs, restarts
	Replication     Kind = "replication"      // standbys and replicas that fall behind or break
	Corruption      Kind = "corruption"       // damaged blocks and pages
	Hardware        Kind = "hardware"         // disks, memory modules, controllers
	Time            Kind = "time"             // clocks
	Scheduling      Kind = "scheduling"       // work that finds no place to run
	Deployment      Kind = "deployment"       // images and releases that do not start
)

// Kinds returns all kinds, in the order of the manual.
func Kinds() []Kind {
	return []Kind{
		Storage, Tablespace, Archive, Memory, Heap, Connections, Pool, FileDescriptors, Threads, Lock, Queue,
		Certificate, License, Network, Access, Process, Replication, Corruption, Hardware, Time, Scheduling, Deployment,
	}
}
