// Package process runs one service as a program of its own, beside others on one bus: command line, configuration,
// log, health, and the stop.
//
//	func main() {
//		cfg := trend.DefaultConfig()
//		os.Exit(process.Main(process.Program{
//			Name: "trend", Port: 8689, Sections: []config.Section{{Name: "trend", Into: &cfg}},
//			Run: func(ctx context.Context, e process.Env) error {
//				return trend.Run(ctx, cfg, trend.Settings{Logger: e.Logger, Registry: e.Registry, Health: e.Health, Bus: e.Bus})
//			},
//		}))
//	}
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	ossignal "os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/endpoint"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/version"
)

// Program is a service and what it needs.
type Program struct {
	// Name of the program and of its service, and About, what it does in a few words.
	Name, About string
	// Port on this machine where health and metrics are told, unless the configuration says another place.
	Port int
	// Sections of the configuration that it reads beside log, bus and observe.
	Sections []config.Section
	// Catalogue tells that it works with the catalogue: the section of that name is read, too.
	Catalogue bool
	// Open, if not nil, reads what its sections name; all errors joined. The catalogue is nil if it has errors of its own.
	Open func(*signal.Catalogue) error
	// Run works until ctx ends, and then returns nil.
	Run func(ctx context.Context, e Env) error
	// Role is what it does on the bus. Of programs that prepare the bus one at a time does its duties, too.
	Role bus.Role
}

// Env is what a service is given.
type Env struct {
	Logger   *zap.Logger
	Registry *prometheus.Registry
	Health   *obs.Health
	Bus      *bus.Bus
	// Catalogue is nil unless the program works with it.
	Catalogue *signal.Catalogue
	// DataDir holds what is kept on this machine.
	DataDir string
	// Version is one line about the build.
	Version string
	// Mux serves what the program answers beside health and metrics; it is behind the token.
	Mux *http.ServeMux
}

// line is the command line.
type line struct {
	Config  string `help:"YAML file with the configuration, the same for all services; without it the defaults hold." placeholder:"FILE" env:"FOREWARN_CONFIG"`
	DataDir string `help:"Directory that holds what is kept on this machine (${default})." placeholder:"DIR" default:"forewarn-data" env:"FOREWARN_DATA_DIR"`
	Listen  string `help:"Address of health and metrics, instead of observe.listen." placeholder:"ADDRESS" env:"FOREWARN_LISTEN"`
	Check   bool   `help:"Read the configuration, tell all that is wrong with it, and end."`
	Probe   bool   `help:"Ask a running one whether it is ready, and end; for supervisors."`
	Version bool   `help:"Say which version this is and how it was built, and end."`
}

// Main runs the program and returns the status for os.Exit: 0 when it was told to stop, 1 after an error, 2 if the
// command line is wrong.
func Main(p Program) int {
	ctx, stop := ossignal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	HeedMemory(ctx)
	err := p.main(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", p.Name, err)
	if usage := (*kong.ParseError)(nil); errors.As(err, &usage) {
		return 2
	}
	return 1
}

func (p *Program) main(ctx context.Context, args, environ []string, stdout, stderr io.Writer) error {
	var l line
	exited := false
	parser, err := kong.New(&l, kong.Name(p.Name), kong.Description(p.About), kong.Writers(stdout, stderr), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	if _, err := parser.Parse(args); err != nil && !exited {
		return fmt.Errorf("%w; see %s --help", err, p.Name)
	}
	if exited { // help was asked for and given
		return nil
	}
	if l.Version {
		_, err := fmt.Fprintln(stdout, version.Of(p.Name))
		return err
	}
	s, err := p.load(l, environ)
	if err != nil {
		return err
	}
	switch {
	case l.Check:
		for _, w := range s.bus.Warnings(time.Now()) {
			fmt.Fprintf(stdout, "warning: %s\n", w) //nolint:errcheck // the last line tells
		}
		_, err := fmt.Fprintln(stdout, "the configuration is valid")
		return err
	case l.Probe:
		return s.observe.probe(ctx)
	}
	return p.run(ctx, s, l, stderr)
}

// settings are the sections that every program reads.
type settings struct {
	log     obs.LogConfig
	bus     bus.Config
	observe observeConfig
	rules   signal.Config

	catalogue *signal.Catalogue
}

// load reads the configuration and opens what it names. All that is wrong is told at once.
func (p *Program) load(l line, environ []string) (settings, error) {
	s := settings{log: obs.DefaultLogConfig(), bus: bus.DefaultConfig(), observe: observeConfig{}}
	s.observe.Listen = fmt.Sprintf("127.0.0.1:%d", p.Port)
	var data []byte
	if l.Config != "" {
		var err error
		if data, err = os.ReadFile(l.Config); err != nil {
			return s, fmt.Errorf("configuration: %w; correct --config, or leave it out to use the defaults", err)
		}
	}
	err := config.Load(data, environ, p.sections(&s)...)
	if l.Listen != "" {
		s.observe.Listen = l.Listen
		err = errors.Join(err, s.observe.Validate())
	}
	if p.Catalogue {
		var wrong error
		s.catalogue, wrong = signal.Open(s.rules)
		err = errors.Join(err, wrong)
	}
	if p.Open != nil {
		err = errors.Join(err, p.Open(s.catalogue))
	}
	if s.bus.URL == "" {
		err = errors.Join(err, fmt.Errorf("bus.url: is empty; a service of its own needs a NATS server that others reach, too: "+
			"write its address, or run all services in one process by `forewarn up`"))
	}
	return s, err
}

// sections returns those that are read.
func (p *Program) sections(s *settings) []config.Section {
	all := append([]config.Section{
		{Name: "log", Into: &s.log}, {Name: "bus", Into: &s.bus}, {Name: "observe", Into: &s.observe},
	}, p.Sections...)
	if p.Catalogue {
		all = append(all, config.Section{Name: "catalogue", Into: &s.rules})
	}
	return Beside(all)
}

// Beside returns the sections that a program reads, and the names of all others that one file may have for all programs.
func Beside(own []config.Section) []config.Section {
	all := slices.Clone(own)
	for _, name := range []string{
		"log", "bus", "observe", "history", "catalogue", "calendar", "collector", "historian", "trend", "anomaly", "capacity", "transactions", "notifier", "console",
	} {
		if !slices.ContainsFunc(own, func(s config.Section) bool { return s.Name == name }) {
			all = append(all, config.Section{Name: name})
		}
	}
	return all
}

// run opens what is shared, and runs the service beside its health until ctx ends or it fails.
func (p *Program) run(ctx context.Context, s settings, l line, stderr io.Writer) (err error) {
	log, err := obs.NewLogger(s.log, stderr)
	if err != nil {
		return err
	}
	defer log.Sync()                           //nolint:errcheck // a terminal cannot be synced
	listener, err := s.observe.Open("observe") // first what fails most often and costs nothing to try
	if err != nil {
		return err
	}
	e := Env{
		Logger: log, Registry: prometheus.NewRegistry(), Health: &obs.Health{}, Catalogue: s.catalogue, DataDir: l.DataDir, Version: version.Of(p.Name), Mux: http.NewServeMux(),
	}
	e.Registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), obs.Metrics(e.Health))
	tlsConfig, err := s.observe.ServerTLS("observe")
	if err != nil {
		listener.Close() //nolint:errcheck // nothing was accepted
		return err
	}
	server := endpoint.Server{
		Section: "observe", Listener: listener, TLS: tlsConfig, Logger: log, Handler: s.observe.guard(obs.Handler(e.Health, e.Registry), e.Mux),
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return server.Run(ctx) }) // at once: who waits for the bus says so
	g.Go(func() error { return p.serve(ctx, s, e) })
	return g.Wait()
}

// serve opens the bus and runs the service on it.
func (p *Program) serve(ctx context.Context, s settings, e Env) (err error) {
	e.Health.Set("bus", obs.Starting, "connecting to the bus")
	if err := os.MkdirAll(e.DataDir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w; choose another by --data-dir", err)
	}
	e.Bus, err = bus.Open(ctx, s.bus, bus.Settings{Logger: e.Logger.Named("bus"), Registry: e.Registry, Health: e.Health, DataDir: e.DataDir, Role: &p.Role})
	if err != nil {
		if ctx.Err() != nil {
			return nil // it was told to end before it had started
		}
		return err
	}
	defer func() { err = errors.Join(err, e.Bus.Close()) }()
	e.Logger.Info("started", zap.String("version", e.Version))
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return p.Run(ctx, e) })
	if p.Role.Prepares {
		g.Go(func() error { return e.Bus.Lead(ctx, "duties", e.Bus.Run) })
	}
	return g.Wait()
}
