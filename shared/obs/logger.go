package obs

import (
	"errors"
	"fmt"
	"io"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// LogConfig is the section "log" of the configuration.
type LogConfig struct {
	// Level is the least level that is written: debug, info, warn or error.
	Level string `yaml:"level" env:"LEVEL"`
	// Format is json, or text for people; empty chooses text on a terminal and json elsewhere.
	Format string `yaml:"format" env:"FORMAT"`
}

// DefaultLogConfig returns what holds where the file says nothing.
func DefaultLogConfig() LogConfig { return LogConfig{Level: "info"} }

// Validate returns all errors of the section, joined.
func (c *LogConfig) Validate() error {
	var errs []error
	if _, err := zapcore.ParseLevel(c.Level); err != nil {
		errs = append(errs, fmt.Errorf("level: %q is no level; choose debug, info, warn or error", c.Level))
	}
	if c.Format != "" && c.Format != "json" && c.Format != "text" {
		errs = append(errs, fmt.Errorf("format: %q is not known; choose json or text, or remove it", c.Format))
	}
	return errors.Join(errs...)
}

// NewLogger returns a logger that writes to w.
func NewLogger(c LogConfig, w io.Writer) (*zap.Logger, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, fmt.Errorf("log level: %w", err)
	}
	enc := zap.NewProductionEncoderConfig()
	enc.EncodeTime = zapcore.RFC3339TimeEncoder
	encoder := zapcore.NewJSONEncoder(enc)
	if c.Format == "text" || c.Format == "" && isTerminal(w) {
		enc.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05")
		enc.EncodeLevel = zapcore.CapitalLevelEncoder
		encoder = zapcore.NewConsoleEncoder(enc)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level)), nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
