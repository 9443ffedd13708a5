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
	// CatalogueFile extends the catalogue beside what the configuration names; none if empty.
	CatalogueFile string
	Zone          string
	Environ       []string
	backtest.Options
}

// Backtest reads the configuration as Up does and shows what its workers say about the samples of files.
func Backtest(ctx context.Context, o BacktestOptions, out, progress io.Writer) error {
	cfg, catalogue, err := load(o.ConfigFile, o.Environ, o.CatalogueFile)
	zone, zoneErr := time.LoadLocation(o.Zone)
	if zoneErr != nil {
		zoneErr = fmt.Errorf("--timezone: there is no zone %q; write one such as Asia/Shanghai", o.Zone)
	}
	if err := errors.Join(err, zoneErr); err != nil {
		return err
	}
	o.Options.Catalogue, o.Options.Trend, o.Options.Language, o.Options.Zone = catalogue, cfg.Trend, language(o.Environ), zone
	return backtest.Run(ctx, o.Options, out, progress)
}
