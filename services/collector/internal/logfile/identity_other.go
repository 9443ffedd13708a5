//go:build !unix

package logfile

import (
	"io/fs"

	"github.com/cespare/xxhash/v2"
)

// identify takes a file for its path here: a renamed one is read again.
func identify(path string, _ fs.FileInfo) identity {
	return identity{Inode: xxhash.Sum64String(path)}
}
