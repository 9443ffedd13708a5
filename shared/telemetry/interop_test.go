package telemetry_test

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	writev2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	collogs "go.opentelemetry.io/proto/otlp/collector/logs/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/forewarn/forewarn/shared/telemetry"
)

func marshal(t *testing.T, r *writev2.Request) []byte {
	t.Helper()
	data, err := r.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// official returns b as Prometheus' own type.
func official(b *telemetry.Batch) *writev2.Request {
	table := writev2.NewSymbolTable()
	r := &writev2.Request{}
	for _, ts := range b.Series {
		out := writev2.TimeSeries{}
		for _, l := range ts.Labels {
			out.LabelsRefs = append(out.LabelsRefs, table.Symbolize(l.Name), table.Symbolize(l.Value))
		}
		for _, s := range ts.Samples {
			out.Samples = append(out.Samples, writev2.Sample{Value: s.Value, Timestamp: s.TimeMillis})
		}
		r.Timeseries = append(r.Timeseries, out)
	}
	r.Symbols = table.Symbols()
	return r
}

func TestPrometheusReadsOurs(t *testing.T) {
	b := newBatch(20, 3)
	var got writev2.Request
	if err := got.Unmarshal(telemetry.AppendBatch(nil, b)); err != nil {
		t.Fatal(err)
	}
	want := official(b)
	for i := range want.Timeseries { // the one field that Prometheus does not know: its tag and the number
		want.Timeseries[i].XXX_unrecognized = binary.LittleEndian.AppendUint64([]byte{0xc9, 0x3e}, b.Series[i].Fingerprint)
	}
	if diff := cmp.Diff(want, &got); diff != "" {
		t.Error(diff)
	}
}

func TestWeReadPrometheus(t *testing.T) {
	want := newBatch(20, 3)
	data := marshal(t, official(want))
	for name, d := range decoders() {
		got := decode(t, d, data)
		if diff := cmp.Diff(want, &got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func text(s string) *common.AnyValue {
	return &common.AnyValue{Value: &common.AnyValue_StringValue{StringValue: s}}
}

func attribute(key string, v *common.AnyValue) *common.KeyValue {
	return &common.KeyValue{Key: key, Value: v}
}

func TestOpenTelemetryReadsOurs(t *testing.T) {
	lb := &telemetry.LogBatch{
		Origin: telemetry.NewLabels(telemetry.Label{Name: "host", Value: "erp-01"}),
		Records: []telemetry.LogRecord{
			{TimeMillis: 1_790_000_000_123, Severity: telemetry.SeverityWarn, Body: "磁盘 slow\n\tat line 2"},
			{TimeMillis: -5, Severity: 99, Body: "bad \xff byte"},
		},
	}
	record := func(nanos uint64, severity logs.SeverityNumber, body string) *logs.LogRecord {
		return &logs.LogRecord{TimeUnixNano: nanos, ObservedTimeUnixNano: nanos, SeverityNumber: severity, Body: text(body)}
	}
	want := &collogs.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{{
		Resource: &resource.Resource{Attributes: []*common.KeyValue{attribute("host", text("erp-01"))}},
		ScopeLogs: []*logs.ScopeLogs{{LogRecords: []*logs.LogRecord{
			record(1_790_000_000_123_000_000, 13, "磁盘 slow\n\tat line 2"),
			record(0, 0, "bad � byte"),
		}}},
	}}}
	var got collogs.ExportLogsServiceRequest
	if err := proto.Unmarshal(telemetry.AppendLogs(nil, lb), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, &got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestWeReadOpenTelemetry(t *testing.T) {
	scope := func(rs ...*logs.LogRecord) *logs.ScopeLogs {
		return &logs.ScopeLogs{Scope: &common.InstrumentationScope{Name: "app"}, LogRecords: rs, SchemaUrl: "s"}
	}
	data, err := proto.Marshal(&collogs.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{
		{
			Resource: &resource.Resource{Attributes: []*common.KeyValue{
				attribute("service.name", text("erp")), attribute("host.name", text("erp-01")), attribute("", text("dropped")),
				attribute("pid", &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: 17}}), attribute("none", nil),
			}},
			ScopeLogs: []*logs.ScopeLogs{
				scope(
					&logs.LogRecord{TimeUnixNano: 5_000_000, ObservedTimeUnixNano: 9_000_000, SeverityNumber: 17, Body: text("one\r\n"), TraceId: make([]byte, 16), Flags: 1, SeverityText: "ERROR"},
					&logs.LogRecord{ObservedTimeUnixNano: 9_000_000, SeverityNumber: 25},
				),
				scope(&logs.LogRecord{Body: text("three"), Attributes: []*common.KeyValue{attribute("k", text("v"))}}),
			},
		},
		{Resource: &resource.Resource{}, ScopeLogs: []*logs.ScopeLogs{scope()}},
		{ScopeLogs: []*logs.ScopeLogs{scope(&logs.LogRecord{Body: text("other")})}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := telemetry.DecodeLogs(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	want := []telemetry.LogBatch{
		{
			Origin: telemetry.NewLabels(telemetry.Label{Name: "service.name", Value: "erp"},
				telemetry.Label{Name: "host.name", Value: "erp-01"}, telemetry.Label{Name: "pid", Value: "17"}),
			Records: []telemetry.LogRecord{
				{TimeMillis: 5, Severity: telemetry.SeverityError, Body: "one"}, {TimeMillis: 9}, {Body: "three"},
			},
		},
		{Origin: nil, Records: []telemetry.LogRecord{{Body: "other"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBodiesOfAnyTypeBecomeText(t *testing.T) {
	list := func(vs ...*common.AnyValue) *common.AnyValue {
		return &common.AnyValue{Value: &common.AnyValue_ArrayValue{ArrayValue: &common.ArrayValue{Values: vs}}}
	}
	integer := &common.AnyValue{Value: &common.AnyValue_IntValue{IntValue: -3}}
	double := func(f float64) *common.AnyValue {
		return &common.AnyValue{Value: &common.AnyValue_DoubleValue{DoubleValue: f}}
	}
	raw := &common.AnyValue{Value: &common.AnyValue_BytesValue{BytesValue: []byte{0xff, 0}}}
	object := &common.AnyValue{Value: &common.AnyValue_KvlistValue{KvlistValue: &common.KeyValueList{Values: []*common.KeyValue{
		attribute("msg", text("a \"<b>\"\n")), attribute("n", list(integer, double(nan), &common.AnyValue{}, raw)),
	}}}}
	f := func(want string, v *common.AnyValue) {
		t.Helper()
		data, err := proto.Marshal(&collogs.ExportLogsServiceRequest{ResourceLogs: []*logs.ResourceLogs{
			{ScopeLogs: []*logs.ScopeLogs{{LogRecords: []*logs.LogRecord{{Body: v}}}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := telemetry.DecodeLogs(data)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Records[0].Body != want {
			t.Errorf("got %s, want %s", got[0].Records[0].Body, want)
		}
	}
	f("", nil)
	f("", &common.AnyValue{})
	f("true", &common.AnyValue{Value: &common.AnyValue_BoolValue{BoolValue: true}})
	f("-3", integer)
	f("1.5", double(1.5))
	f("NaN", double(nan))
	f("/wA=", raw)
	f("[]", list())
	f(`[-3,["x"]]`, list(integer, list(text("x"))))
	f(`{"msg":"a \"<b>\"\n","n":[-3,"NaN",null,"/wA="]}`, object)
}
