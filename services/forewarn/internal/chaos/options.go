package chaos

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Options says what is done to whom.
type Options struct {
	// Seed decides what the input is, and in which order who is hit by what.
	Seed uint64
	// Faults are spread over Duration.
	Faults   int
	Duration time.Duration
	// Rolling ends every process with SIGTERM instead, one after the other, and starts it again, as an upgrade does; round after round
	// until Duration is over, and one whole round at least. Faults is not used then.
	Rolling bool
	// Nodes of NATS, 1 or 3.
	Nodes int
	// Lease of the services, at least 3 s; 0 is their own default, 5 s on one node and 15 s on three.
	Lease time.Duration
	// Pools that each publisher tells of besides, in each partition: a series each, twice a second.
	Pools int
	// Takeovers is how many times the take-over from a killed worker is measured, before the faults.
	Takeovers int
	// Dir holds everything, logs included; it must not be there yet.
	Dir string
	// Programs is the directory of the services' programs; "" builds them.
	Programs string
	// Program is the path of a program that calls [Main].
	Program string
	// Log is told what happens when; one line each.
	Log io.Writer
}

// partitions of the install: few, so that each has much to say.
const partitions = 4

// mostPools fit into one message, as the series of a source do.
const mostPools = 2000

// lease returns the lease that the services have.
func (o *Options) lease() time.Duration {
	switch {
	case o.Lease > 0:
		return o.Lease
	case o.Nodes > 1:
		return 15 * time.Second
	}
	return 5 * time.Second
}

// Validate returns all that is wrong with the options, joined.
func (o *Options) Validate() error {
	var errs []error
	if o.Nodes != 1 && o.Nodes != 3 {
		errs = append(errs, fmt.Errorf("--nodes: %d: use 1, or 3 for a cluster", o.Nodes))
	}
	if o.Faults < 0 || o.Takeovers < 0 {
		errs = append(errs, fmt.Errorf("--faults %d, --takeovers %d: use 0 or more", o.Faults, o.Takeovers))
	}
	if o.Pools < 0 || o.Pools > mostPools {
		errs = append(errs, fmt.Errorf("--pools: %d: use 0 to %d", o.Pools, mostPools))
	}
	if o.Duration < 10*time.Second {
		errs = append(errs, fmt.Errorf("--duration: %v is too short to find anything in; use at least 10s", o.Duration))
	}
	if o.Lease != 0 && o.Lease < 3*time.Second {
		errs = append(errs, fmt.Errorf("--lease: %v: use at least 3s, the least that services take, or 0 for their default", o.Lease))
	}
	return errors.Join(errs...)
}
