// Package signature recognises log messages that say by themselves what is wrong: a full disk, a tablespace that cannot
// grow, an exhausted pool, an expired certificate. It needs no learning: it works on the first line it sees.
//
// A [Dictionary] holds signatures: the built-in ones, of operating systems, Java, databases, middleware, Kubernetes and
// SAP, in English and Chinese, each with the vendor's document that describes it, and those that a user adds with
// [ParseYAML]. A [Matcher] finds them in raw lines:
//
//	d, err := signature.New(additions)
//	m := d.Matcher()
//	if s := m.Match(line); s != nil { ... } // s.Kind, s.Severity, s.Title.Zh, s.Advice.Zh
//
// What it guarantees:
//  1. A line is read once, byte by byte, whatever the number of signatures (Aho & Corasick, "Efficient string matching",
//     CACM 18(6), 1975). Match does not allocate.
//  2. Case of ASCII letters makes no difference. A literal is found at the borders of a word only, unless it is written
//     with a * at that end: ORA-00020 is not found in ORA-000201.
//  3. Of several signatures in a line the same one is always told: one of a certain program before a general one; of those
//     the most severe; of those the one that is complete last, since an exception names its cause at the end; of those the
//     most specific.
//  4. A Dictionary never changes after New and is safe for concurrent use. A Matcher is for one goroutine at a time.
//  5. Nothing is read but the arguments; inputs of users are bounded in size, and their errors come all at once.
package signature
