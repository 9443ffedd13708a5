//go:build !unix || solaris

package bus

import "os"

// flock does nothing here: systems without flock rely on their service manager to start one process.
func flock(*os.File) error { return nil }

func isTaken(error) bool { return true }

func isNoSpace(error) bool { return false }

func isShortage(error) bool { return false }
