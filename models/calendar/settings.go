package calendar

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Settings is the section "calendar" of the configuration file: which days are worked, and where.
type Settings struct {
	// Timezone is the zone whose dates count, such as Asia/Shanghai; "Local" is this machine's.
	Timezone string `yaml:"timezone" env:"TIMEZONE"`
	// Country whose public holidays are days off: CN, another code, or "none" for weekends only.
	Country string `yaml:"country" env:"COUNTRY"`
	// Company chooses that company's part of the files; empty takes what they say of everybody.
	Company string `yaml:"company" env:"COMPANY"`
	// Files add holidays, working days, closes and batch windows, in YAML or, where they end in .ics, iCalendar.
	Files []string `yaml:"files" env:"FILES"`
}

// DefaultSettings returns China's calendar in this machine's zone.
func DefaultSettings() Settings { return Settings{Timezone: "Local", Country: China} }

// Validate tells what is wrong without reading the files.
func (s *Settings) Validate() error {
	_, err := s.zone()
	return err
}

func (s *Settings) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(s.Timezone)
	if err != nil {
		return nil, fmt.Errorf("timezone: there is no zone %q; write one such as Asia/Shanghai, or Local", s.Timezone)
	}
	return zone, nil
}

// Open reads the files, by a function such as os.ReadFile, and builds the calendar. All that is wrong is told at once, but for
// what Validate tells: without a zone there is no calendar and no error.
func (s *Settings) Open(read func(name string) ([]byte, error)) (*Calendar, error) {
	zone, err := s.zone()
	if err != nil {
		return nil, nil //nolint:nilerr,nilnil // Validate has told it
	}
	cfg := Config{Zone: zone, Country: s.Country, Company: s.Company}
	var errs []error
	for _, name := range s.Files {
		a, err := additions(name, read)
		if err != nil {
			errs = append(errs, fmt.Errorf("calendar.files: %s: %w", name, err))
			continue
		}
		cfg.Additions = append(cfg.Additions, a)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	cal, err := New(cfg)
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	return cal, nil
}

func additions(name string, read func(name string) ([]byte, error)) (Additions, error) {
	data, err := read(name)
	if err != nil {
		return Additions{}, err
	}
	if strings.EqualFold(filepath.Ext(name), ".ics") {
		return ParseICS(data)
	}
	return ParseYAML(data)
}
