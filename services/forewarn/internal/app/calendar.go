package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/forewarn/forewarn/models/calendar"
)

// CalendarConfig is the section "calendar": which days are worked, and where.
type CalendarConfig struct {
	// Timezone is the zone whose dates count, such as Asia/Shanghai; "Local" is this machine's.
	Timezone string `yaml:"timezone" env:"TIMEZONE"`
	// Country whose public holidays are days off: CN, another code, or "none" for weekends only.
	Country string `yaml:"country" env:"COUNTRY"`
	// Company chooses that company's part of the files; empty takes what they say of everybody.
	Company string `yaml:"company" env:"COMPANY"`
	// Files add holidays, working days, closes and batch windows, in YAML or, where they end in .ics, iCalendar.
	Files []string `yaml:"files" env:"FILES"`
}

// DefaultCalendarConfig returns China's calendar in this machine's zone.
func DefaultCalendarConfig() CalendarConfig {
	return CalendarConfig{Timezone: "Local", Country: calendar.China}
}

// Validate tells what is wrong without reading the files.
func (c *CalendarConfig) Validate() error {
	_, err := c.zone()
	return err
}

func (c *CalendarConfig) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(c.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone: there is no zone %q; write one such as Asia/Shanghai, or Local", c.Timezone)
	}
	return zone, nil
}

// open reads the files and builds the calendar. All that is wrong is told at once.
func (c *CalendarConfig) open() (*calendar.Calendar, error) {
	zone, err := c.zone()
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // Validate has told it
	}
	cfg := calendar.Config{Zone: zone, Country: c.Country, Company: c.Company}
	var errs []error
	for _, name := range c.Files {
		a, err := readAdditions(name)
		if err != nil {
			errs = append(errs, fmt.Errorf("calendar.files: %s: %w", name, err))
			continue
		}
		cfg.Additions = append(cfg.Additions, a)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	cal, err := calendar.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	return cal, nil
}

func readAdditions(name string) (calendar.Additions, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return calendar.Additions{}, err
	}
	if strings.EqualFold(filepath.Ext(name), ".ics") {
		return calendar.ParseICS(data)
	}
	return calendar.ParseYAML(data)
}
