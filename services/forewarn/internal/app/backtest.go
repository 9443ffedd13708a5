package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/forewarn/forewarn/services/forewarn/internal/backtest"
)

// BacktestOptions is what the command line says.
type BacktestOptions struct {
	ConfigFile string
	// CatalogueFile and CalendarFile extend what the configuration names; none if empty.
	CatalogueFile, CalendarFile string
	// Timezone is that of the calendar and of the printed times; empty leaves the configuration's.
	Timezone string
	Environ  []string
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
	zone, err := time.LoadLocation(l.Calendar.Timezone)
	if err != nil {
		return err
	}
	o.Options.Catalogue, o.Options.Calendar, o.Options.Trend = l.catalogue, l.calendar, l.Trend
	o.Options.Language, o.Options.Zone = language(o.Environ), zone
	return backtest.Run(ctx, o.Options, out, progress)
}
