package edge

import (
	"fmt"
	"time"

	"github.com/forewarn/forewarn/shared/config"
)

// Limits bound what one source may send. What exceeds them is refused and counted; the rest goes on.
type Limits struct {
	// Series is how many distinct series one source may have.
	Series int `yaml:"series" env:"SERIES"`
	// NewSeries is how many series that were not known before one source may bring in an hour, once the
	// twice Series are used up with which it starts.
	NewSeries int `yaml:"new_series" env:"NEW_SERIES"`
	// Samples is how many samples one scrape may have.
	Samples int `yaml:"samples" env:"SAMPLES"`
	// Labels is how many labels a series may have, its name included.
	Labels int `yaml:"labels" env:"LABELS"`
	// NameBytes bounds label names and metric names; a series with a longer one is refused.
	NameBytes int `yaml:"name_bytes" env:"NAME_BYTES"`
	// ValueBytes bounds label values; a longer one is cut and ends in a hash of the whole.
	ValueBytes int `yaml:"value_bytes" env:"VALUE_BYTES"`
	// BodyBytes bounds the answer of a target, unpacked.
	BodyBytes config.Bytes `yaml:"body_bytes" env:"BODY_BYTES"`
	// Ahead is how far a sample's own time may be ahead of this machine's clock.
	Ahead time.Duration `yaml:"ahead" env:"AHEAD"`
	// Behind is how far it may be behind.
	Behind time.Duration `yaml:"behind" env:"BEHIND"`
}

// DefaultLimits returns limits that no sane exporter meets.
func DefaultLimits() Limits {
	return Limits{
		Series: 50_000, NewSeries: 20_000, Samples: 200_000, Labels: 64, NameBytes: 256, ValueBytes: 2048,
		BodyBytes: 16 << 20, Ahead: 10 * time.Minute, Behind: 42 * 24 * time.Hour,
	}
}

// Problems returns all that is wrong with the limits; each error starts with the key, under prefix.
func (l Limits) Problems(prefix string) (errs []error) {
	between := func(key string, v, lo, hi int) {
		if v < lo || v > hi {
			errs = append(errs, fmt.Errorf("%s%s: %d is out of range; set %d to %d", prefix, key, v, lo, hi))
		}
	}
	between("series", l.Series, 1, 5_000_000)
	between("new_series", l.NewSeries, 1, 5_000_000)
	between("samples", l.Samples, 1, 5_000_000)
	between("labels", l.Labels, 4, 128)
	between("name_bytes", l.NameBytes, 16, 1024)
	between("value_bytes", l.ValueBytes, 32, 2048)
	if l.BodyBytes < 1<<10 || l.BodyBytes > 1<<30 {
		errs = append(errs, fmt.Errorf("%sbody_bytes: %v is out of range; set 1KiB to 1GiB", prefix, l.BodyBytes))
	}
	if l.Ahead < time.Second || l.Ahead > time.Hour {
		errs = append(errs, fmt.Errorf("%sahead: %v is out of range; set 1s to 1h, such as 10m", prefix, l.Ahead))
	}
	if l.Behind < time.Hour || l.Behind > 20*365*24*time.Hour {
		errs = append(errs, fmt.Errorf("%sbehind: %v is out of range; set 1h to 175200h (20 years), such as 1008h", prefix, l.Behind))
	}
	return errs
}
