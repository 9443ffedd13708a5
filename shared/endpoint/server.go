package endpoint

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"
)

const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 150 * time.Second // a query may take 2 min
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10
	// drainTimeout is how long requests under way may take when the program stops.
	drainTimeout = 2 * time.Second
)

// Server answers on a listener.
type Server struct {
	// Section names the program's part in errors.
	Section  string
	Listener net.Listener
	// TLS is what [Config.ServerTLS] returned.
	TLS     *tls.Config
	Handler http.Handler
	Logger  *zap.Logger
	// Ending, if not nil, is called when the stop begins, so that requests which would last can end.
	Ending func()
}

// Run answers until ctx ends, then lets requests under way end, cuts those that do not in time, and returns nil.
func (s *Server) Run(ctx context.Context) error {
	defer s.Listener.Close() //nolint:errcheck // the server has closed it, unless it never started
	server := &http.Server{
		Handler: s.Handler, TLSConfig: s.TLS,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeader, ErrorLog: zap.NewStdLog(s.Logger.Named("http")),
	}
	if s.Ending != nil {
		server.RegisterOnShutdown(s.Ending)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		err := serve(server, s.Listener)
		if !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("%s: serve on %s: %w", s.Section, s.Listener.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		return s.drain(context.WithoutCancel(ctx), server)
	})
	return group.Wait()
}

func serve(server *http.Server, l net.Listener) error {
	if server.TLSConfig != nil {
		return server.ServeTLS(l, "", "")
	}
	return server.Serve(l)
}

func (s *Server) drain(ctx context.Context, server *http.Server) error {
	ctx, cancel := context.WithTimeout(ctx, drainTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		if err := server.Close(); err != nil {
			return fmt.Errorf("%s: close: %w", s.Section, err)
		}
	}
	return nil
}
