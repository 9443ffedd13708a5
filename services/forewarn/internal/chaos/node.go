package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Node is a NATS server with a configuration file, of the release that services embed, until ctx ends.
func Node(ctx context.Context, file string) error {
	options, err := server.ProcessConfigFile(file)
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	options.NoSigs = true
	ns, err := server.NewServer(options)
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	ns.ConfigureLogger()
	ns.Start()
	if !ns.ReadyForConnections(30 * time.Second) {
		return errors.New("node: it is not ready for connections after 30s; see its log")
	}
	<-ctx.Done()
	ns.Shutdown()
	ns.WaitForShutdown()
	return nil
}
