package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/promapi"
)

// BacktestOptions is what the command line says.
type BacktestOptions struct {
	ConfigFile string
	// CatalogueFile and CalendarFile extend what the configuration names; none if empty.
	CatalogueFile, CalendarFile string
	// RuleFiles hold rules that are evaluated, too; none if empty.
	RuleFiles []string
	// Timezone is that of the calendar and of the printed times; empty leaves the configuration's.
	Timezone string
	// Prometheus is a server's address, read from From to To; empty for files. To is now if it is empty.
	Prometheus string
	Queries    []string
	From, To   string
	Step       time.Duration
	// Explain names a series that is explained at a time, in place of all else that is said; empty for none.
	Explain, At string
	Environ     []string
	backtest.Options
}

// Backtest reads the configuration as Up does and shows what its workers say about the samples of files.
func Backtest(ctx context.Context, o BacktestOptions, out, progress io.Writer) error {
	var zoneErr error
	l, err := load(o.ConfigFile, o.Environ, func(c *Config) {
		if o.CatalogueFile != "" {
			c.Catalogue.Files = append(c.Catalogue.Files, o.CatalogueFile)
		}
		if o.CalendarFile != "" {
			c.Calendar.Files = append(c.Calendar.Files, o.CalendarFile)
		}
		if o.Timezone != "" {
			c.Calendar.Timezone = o.Timezone
			if zoneErr = c.Calendar.Validate(); zoneErr != nil {
				zoneErr = fmt.Errorf("--%w", zoneErr)
			}
		}
	})
	if err := errors.Join(err, zoneErr); err != nil {
		return err
	}
	if len(o.RuleFiles) > 0 {
		named := l.Anomaly
		named.Rules, named.Handbook = o.RuleFiles, false
		if o.Options.Rules, err = named.OpenRules(l.catalogue); err != nil {
			return fmt.Errorf("--rules: %w", err)
		}
		o.Options.Anomaly = named
	}
	zone, err := time.LoadLocation(l.Calendar.Timezone)
	if err != nil {
		return err
	}
	o.Options.Catalogue, o.Options.Calendar, o.Options.Trend = l.catalogue, l.calendar, l.Trend
	o.Options.Language, o.Options.Zone = language(o.Environ), zone
	if o.Options.Remote, err = o.remote(zone); err != nil {
		return err
	}
	if o.Options.Explain, err = o.question(zone); err != nil {
		return err
	}
	return backtest.Run(ctx, o.Options, out, progress)
}

// remote returns what is read from a server, nil if that is nothing.
func (o *BacktestOptions) remote(zone *time.Location) (*backtest.Remote, error) {
	if o.Prometheus == "" {
		if len(o.Queries) > 0 || o.From != "" || o.To != "" {
			return nil, errors.New("--query, --from and --to are about a server; name one by --prometheus")
		}
		return nil, nil
	}
	auth, err := serverAuth(o.Environ)
	if err != nil {
		return nil, err
	}
	client, err := promapi.New(o.Prometheus, promapi.Settings{Auth: auth, HowToSay: howToSay})
	if err != nil {
		return nil, fmt.Errorf("--prometheus: %w", err)
	}
	r := &backtest.Remote{Client: client, Queries: o.Queries, Step: o.Step, To: time.Now().Truncate(time.Second)}
	if o.From == "" {
		return nil, errors.New("--from: no time is named; write where to begin, such as 2026-01-31")
	}
	if r.From, err = backtest.ParseTime(o.From, zone); err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	if o.To != "" {
		if r.To, err = backtest.ParseTime(o.To, zone); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
	}
	return r, nil
}

// question returns what is to be explained, nil if that is nothing.
func (o *BacktestOptions) question(zone *time.Location) (*backtest.Explain, error) {
	switch {
	case o.Explain == "" && o.At == "":
		return nil, nil
	case o.Explain == "":
		return nil, errors.New("--at: name the series to explain by --explain")
	case o.At == "":
		return nil, errors.New("--explain: name the time by --at, such as 2026-01-31T14:00:00+08:00")
	}
	at, err := backtest.ParseTime(o.At, zone)
	if err != nil {
		return nil, fmt.Errorf("--at: %w", err)
	}
	return &backtest.Explain{Series: o.Explain, At: at}, nil
}

// howToSay names what says who we are to a server.
const howToSay = "FOREWARN_PROMETHEUS_TOKEN, or FOREWARN_PROMETHEUS_USER and FOREWARN_PROMETHEUS_PASSWORD, to the secret or to file:PATH"

// serverAuth reads who we are to a server from the environment, where other users of the machine cannot see it.
func serverAuth(environ []string) (auth promapi.Auth, err error) {
	var errs []error
	secret := func(name string, into *config.Secret) {
		if v := variable(environ, name); v != "" {
			if err := into.UnmarshalText([]byte(v)); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	secret("FOREWARN_PROMETHEUS_TOKEN", &auth.Token)
	secret("FOREWARN_PROMETHEUS_PASSWORD", &auth.Password)
	auth.User, auth.Tenant = variable(environ, "FOREWARN_PROMETHEUS_USER"), variable(environ, "FOREWARN_PROMETHEUS_TENANT")
	return auth, errors.Join(errs...)
}

// variable returns the last value of a variable of the environment, "" if it is not set.
func variable(environ []string, name string) (value string) {
	for _, kv := range environ {
		if k, v, _ := strings.Cut(kv, "="); k == name {
			value = v
		}
	}
	return value
}
