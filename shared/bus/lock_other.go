//go:build !unix || solaris

package bus

import "os"

// flock does nothing here: systems without flock rely on their service manager to start one process.
func flock(*os.File) error { return nil }

func isNoSpace(error) bool { return false }
