// Package release builds what a release consists of: static programs, a list of what they are made of, bundles that install on a machine without
// internet, and the checksums of all of them.
//
// It is reproducible: the same commit, built by the same release of Go, gives the same bytes in any directory and on any machine. Nothing
// of the machine is in them: paths are trimmed, archives are sorted, and every time is that of the commit.
package release
