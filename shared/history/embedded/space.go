package embedded

import (
	"fmt"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/forewarn/forewarn/shared/config"
)

// FullError says that the file system of the history has less free than the reserve.
type FullError struct {
	Dir           string
	Free, Reserve config.Bytes
}

// Error says what to do.
func (e *FullError) Error() string {
	return fmt.Sprintf("the disk of %s is full: %v are free, %v are kept in reserve; free space there. "+
		"Nothing is lost: the bus keeps what is not yet stored",
		e.Dir, e.Free, e.Reserve)
}

// room returns a *FullError if less than the reserve is free. A file system that does not say how full it is has
// room.
func (s *Store) room(reserve config.Bytes) error {
	usage, err := disk.Usage(s.dir)
	if err != nil {
		return nil //nolint:nilerr // the write itself will tell
	}
	if free := config.Bytes(usage.Free); free < reserve {
		return &FullError{Dir: s.dir, Free: free, Reserve: reserve}
	}
	return nil
}
