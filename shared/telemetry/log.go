package telemetry

// Severity is an OpenTelemetry severity number, 0 (unspecified) to 24 (FATAL4).
type Severity int32

// The first number of each OpenTelemetry severity range.
const (
	SeverityUnspecified Severity = 0
	SeverityTrace       Severity = 1
	SeverityDebug       Severity = 5
	SeverityInfo        Severity = 9
	SeverityWarn        Severity = 13
	SeverityError       Severity = 17
	SeverityFatal       Severity = 21

	severityLast Severity = 24
)

// known returns s if OpenTelemetry defines it, else SeverityUnspecified.
func (s Severity) known() Severity {
	if s < SeverityUnspecified || s > severityLast {
		return SeverityUnspecified
	}
	return s
}

// LogRecord is one entry of a log, continuation lines joined.
type LogRecord struct {
	// TimeMillis is when the line was read, or what the line itself says if that could be told; Unix milliseconds.
	TimeMillis int64
	Severity   Severity
	// Body is the text as it was read, valid UTF-8, without its line end.
	Body string
}

// LogBatch is a run of records of one origin.
type LogBatch struct {
	// Origin says where the records come from: host, file, service; OpenTelemetry resource attributes.
	Origin  Labels
	Records []LogRecord
}
