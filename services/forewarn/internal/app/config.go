package app

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
	"github.com/forewarn/forewarn/models/signature"
	"github.com/forewarn/forewarn/services/anomaly"
	"github.com/forewarn/forewarn/services/collector"
	"github.com/forewarn/forewarn/services/console"
	"github.com/forewarn/forewarn/services/examiner"
	"github.com/forewarn/forewarn/services/historian"
	"github.com/forewarn/forewarn/services/notifier"
	"github.com/forewarn/forewarn/services/planner"
	"github.com/forewarn/forewarn/services/trend"
	"github.com/forewarn/forewarn/shared/bus"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/obs"
	"github.com/forewarn/forewarn/shared/process"
	"github.com/forewarn/forewarn/shared/signal"
	"github.com/forewarn/forewarn/shared/transaction"
)

// Config is the whole configuration file, a field per section.
type Config struct {
	Log          obs.LogConfig
	Bus          bus.Config
	History      history.Config
	Catalogue    signal.Config
	Calendar     calendar.Settings
	Collector    collector.Config
	Historian    historian.Config
	Trend        trend.Config
	Anomaly      anomaly.Config
	Capacity     planner.Config
	Transactions examiner.Config
	Notifier     notifier.Config
	Console      console.Config
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	return Config{
		Log:          obs.DefaultLogConfig(),
		Bus:          bus.DefaultConfig(),
		History:      history.DefaultConfig(),
		Calendar:     calendar.DefaultSettings(),
		Collector:    collector.DefaultConfig(),
		Historian:    historian.DefaultConfig(),
		Trend:        trend.DefaultConfig(),
		Anomaly:      anomaly.DefaultConfig(),
		Capacity:     planner.DefaultConfig(),
		Transactions: examiner.DefaultConfig(),
		Notifier:     notifier.DefaultConfig(),
		Console:      console.DefaultConfig(),
	}
}

// sections names the sections and where they go.
func (c *Config) sections() []config.Section {
	return []config.Section{
		{Name: "log", Into: &c.Log},
		{Name: "bus", Into: &c.Bus},
		{Name: "history", Into: &c.History},
		{Name: "catalogue", Into: &c.Catalogue},
		{Name: "calendar", Into: &c.Calendar},
		{Name: "collector", Into: &c.Collector},
		{Name: "historian", Into: &c.Historian},
		{Name: "trend", Into: &c.Trend},
		{Name: "anomaly", Into: &c.Anomaly},
		{Name: "capacity", Into: &c.Capacity},
		{Name: "transactions", Into: &c.Transactions},
		{Name: "notifier", Into: &c.Notifier},
		{Name: "console", Into: &c.Console},
	}
}

// loaded is the configuration and what it names.
type loaded struct {
	Config
	catalogue    *signal.Catalogue
	calendar     *calendar.Calendar
	dictionary   *signature.Dictionary
	transactions *transaction.Book
	rules        *anomaly.Rules
}

// load reads the file (none if the name is empty) and the environment, lets the command line change the result, and
// opens catalogue and calendar. All that is wrong is told at once.
func load(file string, environ []string, change func(*Config)) (loaded, error) {
	l := loaded{Config: DefaultConfig()}
	var data []byte
	if file != "" {
		var err error
		if data, err = os.ReadFile(file); err != nil {
			return l, fmt.Errorf("configuration: %w; correct --config, or leave it out to use the defaults", err)
		}
	}
	errs := []error{config.Load(data, environ, process.Beside(l.sections())...)}
	if change != nil {
		change(&l.Config)
	}
	var err error
	l.catalogue, err = signal.Open(l.Catalogue)
	errs = append(errs, err)
	if err == nil {
		errs = append(errs, l.Capacity.CheckRules(l.catalogue))
		l.rules, err = l.Anomaly.OpenRules(l.catalogue)
		errs = append(errs, err)
	}
	l.calendar, err = l.Calendar.Open(os.ReadFile)
	errs = append(errs, err)
	l.dictionary, err = l.Anomaly.Open()
	errs = append(errs, err)
	l.transactions, err = l.Transactions.Open(l.catalogue, l.dictionary)
	return l, errors.Join(append(errs, err)...)
}

// Check reads the configuration as Up would and writes a line if all is well, after what looks odd; otherwise it returns all errors.
func Check(file string, environ []string, out io.Writer) error {
	l, err := load(file, environ, nil)
	if err != nil {
		return err
	}
	if file == "" {
		file = "the default configuration"
	}
	for _, id := range l.catalogue.Unheard() {
		_, err = fmt.Fprintf(out, "warning: topology names %s, but no rule of the catalogue makes entities of type %s; "+
			"if that is no mistake, only its relations count\n", id, entity.TypeOf(id))
		if err != nil {
			return err
		}
	}
	for _, gap := range notifier.Gaps(l.Notifier) {
		if _, err = fmt.Fprintf(out, "warning: %s\n", gap.En); err != nil {
			return err
		}
	}
	for _, w := range l.Bus.Warnings(time.Now()) {
		if _, err = fmt.Fprintf(out, "warning: %s\n", w); err != nil {
			return err
		}
	}
	transactions := ""
	if n := len(l.transactions.All()); n > 0 {
		transactions = fmt.Sprintf(", %d transactions are described", n)
	}
	if _, err = fmt.Fprintf(out, "%s is valid; the catalogue has %d rules%s\n", file, len(l.catalogue.Rules()), transactions); err != nil {
		return err
	}
	return tellRules(out, l.rules)
}
