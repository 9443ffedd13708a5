package telemetry

import (
	"math"
	"time"

	"github.com/VictoriaMetrics/easyproto"
)

// Field numbers of opentelemetry.proto.collector.logs.v1 and what it contains.
const (
	exportResourceLogs = 1

	resourceLogsResource  = 1
	resourceLogsScopeLogs = 2
	resourceAttributes    = 1
	scopeLogsRecords      = 2

	recordTime         = 1
	recordSeverity     = 2
	recordBody         = 5
	recordObservedTime = 11

	keyValueKey   = 1
	keyValueValue = 2

	anyString       = 1
	anyBool         = 2
	anyInt          = 3
	anyDouble       = 4
	anyArray        = 5
	anyKeyValueList = 6
	anyBytes        = 7

	arrayValues = 1
	listValues  = 1
)

var logMarshalers easyproto.MarshalerPool

// AppendLogs appends lb to dst as an OTLP ExportLogsServiceRequest and returns the result: the origin as the
// resource's attributes, the records under one unnamed scope. Bytes of a body that are not UTF-8 become U+FFFD,
// times before 1970 become 0. A batch without records appends nothing. It is safe for concurrent use.
func AppendLogs(dst []byte, lb *LogBatch) []byte {
	if len(lb.Records) == 0 {
		return dst
	}
	m := logMarshalers.Get()
	defer logMarshalers.Put(m)
	resourceLogs := m.MessageMarshaler().AppendMessage(exportResourceLogs)
	resource := resourceLogs.AppendMessage(resourceLogsResource)
	for _, l := range lb.Origin {
		attribute := resource.AppendMessage(resourceAttributes)
		attribute.AppendString(keyValueKey, l.Name)
		attribute.AppendMessage(keyValueValue).AppendString(anyString, l.Value)
	}
	scopeLogs := resourceLogs.AppendMessage(resourceLogsScopeLogs)
	for i := range lb.Records {
		appendRecord(scopeLogs.AppendMessage(scopeLogsRecords), &lb.Records[i])
	}
	return m.Marshal(dst)
}

func appendRecord(m *easyproto.MessageMarshaler, r *LogRecord) {
	nanos := unixNano(r.TimeMillis)
	m.AppendFixed64(recordTime, nanos)
	m.AppendInt32(recordSeverity, int32(r.Severity.known()))
	m.AppendMessage(recordBody).AppendString(anyString, validUTF8(r.Body))
	m.AppendFixed64(recordObservedTime, nanos)
}

// unixNano clamps to what the wire can say, the years 1970 to 2554.
func unixNano(millis int64) uint64 {
	const most = math.MaxUint64 / uint64(time.Millisecond)
	return min(uint64(max(millis, 0)), most) * uint64(time.Millisecond)
}
