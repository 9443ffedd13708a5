package telemetry

import (
	"fmt"
	"strings"
	"time"

	"github.com/VictoriaMetrics/easyproto"
)

// DecodeLogs reads an OTLP ExportLogsServiceRequest, ours or that of any other producer, and returns one batch
// for each resource that has records; what it returns does not alias data.
//
// A record's time is when it happened, or if that was not sent when it was observed. A body that is not a
// string becomes text: JSON for lists and maps, base64 for bytes. Line ends after a body are cut off.
// Severities that OpenTelemetry does not know become [SeverityUnspecified]. Scopes and the attributes of single
// records are skipped. On an error it returns no batches.
func DecodeLogs(data []byte) ([]LogBatch, error) {
	var batches []LogBatch
	err := eachField(data, func(fc *easyproto.FieldContext) error {
		if fc.FieldNum != exportResourceLogs {
			return nil
		}
		message, ok := fc.MessageData()
		if !ok {
			return errWireType
		}
		lb, err := decodeResourceLogs(message)
		if err != nil {
			return err
		}
		if len(lb.Records) > 0 {
			batches = append(batches, lb)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("decode logs: %w", err)
	}
	return batches, nil
}

// eachField calls f for each field of a message, until the first error.
func eachField(message []byte, f func(*easyproto.FieldContext) error) error {
	var fc easyproto.FieldContext
	var err error
	for len(message) > 0 {
		if message, err = fc.NextField(message); err != nil {
			return err
		}
		if err = f(&fc); err != nil {
			return err
		}
	}
	return nil
}

func decodeResourceLogs(message []byte) (lb LogBatch, err error) {
	var origin []Label
	err = eachField(message, func(fc *easyproto.FieldContext) error {
		if fc.FieldNum != resourceLogsResource && fc.FieldNum != resourceLogsScopeLogs {
			return nil
		}
		part, ok := fc.MessageData()
		if !ok {
			return errWireType
		}
		var err error
		if fc.FieldNum == resourceLogsResource {
			origin, err = appendAttributes(origin, part)
		} else {
			lb.Records, err = appendRecords(lb.Records, part)
		}
		return err
	})
	lb.Origin = NewLabels(origin...)
	return lb, err
}

// appendAttributes reads a Resource. Attributes without a key, which OpenTelemetry forbids, are left out.
func appendAttributes(dst []Label, resource []byte) ([]Label, error) {
	err := eachField(resource, func(fc *easyproto.FieldContext) error {
		if fc.FieldNum != resourceAttributes {
			return nil
		}
		message, ok := fc.MessageData()
		if !ok {
			return errWireType
		}
		key, value, err := readKeyValue(message)
		if err != nil {
			return fmt.Errorf("resource attribute: %w", err)
		}
		text, err := valueText(value)
		if err != nil {
			return fmt.Errorf("resource attribute %.100q: %w", key, err)
		}
		if key != "" {
			dst = append(dst, Label{strings.Clone(key), text})
		}
		return nil
	})
	return dst, err
}

// appendRecords reads a ScopeLogs.
func appendRecords(dst []LogRecord, scopeLogs []byte) ([]LogRecord, error) {
	err := eachField(scopeLogs, func(fc *easyproto.FieldContext) error {
		if fc.FieldNum != scopeLogsRecords {
			return nil
		}
		message, ok := fc.MessageData()
		if !ok {
			return errWireType
		}
		r, err := decodeRecord(message)
		if err != nil {
			return fmt.Errorf("record %d: %w", len(dst), err)
		}
		dst = append(dst, r)
		return nil
	})
	return dst, err
}

func decodeRecord(message []byte) (r LogRecord, err error) {
	var happened, observed uint64
	var body []byte
	err = eachField(message, func(fc *easyproto.FieldContext) error {
		ok := true
		switch fc.FieldNum {
		case recordTime:
			happened, ok = fc.Fixed64()
		case recordObservedTime:
			observed, ok = fc.Fixed64()
		case recordSeverity:
			var n int32
			n, ok = fc.Enum()
			r.Severity = Severity(n).known()
		case recordBody:
			body, ok = fc.MessageData()
		}
		if !ok {
			return errWireType
		}
		return nil
	})
	if err != nil {
		return LogRecord{}, err
	}
	if happened == 0 {
		happened = observed
	}
	r.TimeMillis = int64(happened / uint64(time.Millisecond))
	text, err := valueText(body)
	if err != nil {
		return LogRecord{}, fmt.Errorf("body: %w", err)
	}
	r.Body = strings.TrimRight(text, "\r\n")
	return r, nil
}
