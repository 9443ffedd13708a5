package embedded

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newSlog returns a logger for the TSDB that writes to zap. What the TSDB tells of its routine goes to debug.
func newSlog(l *zap.Logger) *slog.Logger { return slog.New(&slogHandler{core: l.Named("tsdb").Core()}) }

type slogHandler struct {
	core   zapcore.Core
	prefix string
}

func zapLevel(l slog.Level) zapcore.Level {
	switch {
	case l >= slog.LevelError:
		return zapcore.ErrorLevel
	case l >= slog.LevelWarn:
		return zapcore.WarnLevel
	default:
		return zapcore.DebugLevel
	}
}

// Enabled says whether zap would write a record of this level.
func (h *slogHandler) Enabled(_ context.Context, l slog.Level) bool {
	return h.core.Enabled(zapLevel(l))
}

// Handle writes the record.
func (h *slogHandler) Handle(_ context.Context, r slog.Record) error {
	fields := make([]zapcore.Field, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		fields = append(fields, h.field(a))
		return true
	})
	return h.core.Write(zapcore.Entry{Level: zapLevel(r.Level), Time: r.Time, LoggerName: "history.tsdb", Message: r.Message}, fields)
}

// WithAttrs returns a handler that adds the attributes to every record.
func (h *slogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make([]zapcore.Field, len(attrs))
	for i, a := range attrs {
		fields[i] = h.field(a)
	}
	return &slogHandler{core: h.core.With(fields), prefix: h.prefix}
}

// WithGroup returns a handler that puts the name before those of attributes.
func (h *slogHandler) WithGroup(name string) slog.Handler {
	return &slogHandler{core: h.core, prefix: h.prefix + name + "."}
}

func (h *slogHandler) field(a slog.Attr) zapcore.Field {
	v := a.Value.Resolve()
	if err, ok := v.Any().(error); ok {
		return zap.NamedError(h.prefix+a.Key, err)
	}
	return zap.String(h.prefix+a.Key, v.String())
}
