package influx_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"go.uber.org/zap"

	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/history"
	"github.com/forewarn/forewarn/shared/history/historytest"
	"github.com/forewarn/forewarn/shared/history/influx"
	"github.com/forewarn/forewarn/shared/history/seriesset"
	"github.com/forewarn/forewarn/shared/telemetry"
)

// statement runs InfluxQL as the administrator, or as anybody while there is none, and returns the answer.
func statement(t *testing.T, server, text string) string {
	t.Helper()
	return post(t, server+"/query?"+url.Values{"q": {text}}.Encode(), "")
}

func post(t *testing.T, at, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Token admin:hush")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 || strings.Contains(string(answer), `"error"`) {
		t.Fatalf("%s: %s %s %v", at, resp.Status, answer, err)
	}
	return string(answer)
}

func as(c history.Config, token config.Secret) history.Config {
	c.InfluxDB.Token = token
	return c
}

func testCreated(t *testing.T, server string) {
	c := as(settings(server, "made"), "admin:hush")
	c.Retention = 100 * 24 * time.Hour
	open(t, c)
	if got := statement(t, server, `SHOW RETENTION POLICIES ON "made"`); !strings.Contains(got, `"autogen","2400h0m0s"`) {
		t.Errorf("retention policies: %s", got)
	}
	c.InfluxDB.Bucket = "made/longer"
	c.Retention = 1000 * 24 * time.Hour
	open(t, c)
	open(t, c) // again
	if got := statement(t, server, `SHOW RETENTION POLICIES ON "made"`); !strings.Contains(got, `"longer","24000h0m0s"`) {
		t.Errorf("retention policies: %s", got)
	}
}

// testConflictOfTypes: somebody else's field of the same name is of another type.
func testConflictOfTypes(t *testing.T, server string) {
	s := open(t, as(settings(server, "types"), "admin:hush"))
	now := time.Now().Truncate(time.Second)
	post(t, server+"/api/v2/write?bucket=types", `taken,by=others value="text"`)
	b := &telemetry.Batch{}
	historytest.Fill(b, historytest.Fleet("v", 700), now, time.Second, 0, 3)
	b.Series[300].Series = historytest.Series("taken", "by", "us")
	got, err := s.Append(t.Context(), b)
	if want := (history.Appended{Stored: 699 * 3, Rejected: 3, Said: got.Said}); err != nil || got != want || !strings.Contains(got.Said, "field type conflict") {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := historytest.Count(historytest.Read(t, s, now.Add(-time.Hour), now.Add(time.Hour), "v")); n != 699*3 {
		t.Errorf("%d samples are stored, want %d", n, 699*3)
	}
	if others := historytest.Read(t, s, now.Add(-time.Hour), now.Add(time.Hour), "taken"); len(others) != 0 {
		t.Errorf("text was read as samples: %v", others)
	}
	early := historytest.One(historytest.Series("v"), telemetry.Sample{TimeMillis: now.Add(-401 * 24 * time.Hour).UnixMilli()}, telemetry.Sample{TimeMillis: now.UnixMilli()})
	if got, err := s.Append(t.Context(), early); err != nil || got != (history.Appended{Stored: 1, TooOld: 1}) {
		t.Errorf("before the retention: %+v, %v", got, err)
	}
	long := settings(server, "types") // believes that the server keeps more than it does
	long.Retention = 2 * long.Retention
	got, err = open(t, as(long, "admin:hush")).Append(t.Context(), early)
	if err != nil || got.Stored != 1 || got.TooOld != 1 {
		t.Errorf("before the server's retention: %+v, %v", got, err)
	}
}

func testNotAllowed(t *testing.T, server string) {
	statement(t, server, `CREATE DATABASE "closed"; CREATE USER reader WITH PASSWORD 'hush'; GRANT READ ON "closed" TO reader`)
	f := func(bucket string, token config.Secret, create bool, want ...string) {
		t.Helper()
		c := as(settings(server, bucket), token)
		c.InfluxDB.Create = create
		s, err := influx.Open(t.Context(), c, influx.Settings{Logger: zap.NewNop()})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Append(t.Context(), historytest.One(historytest.Series("v"), telemetry.Sample{TimeMillis: time.Now().UnixMilli()}))
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%s as %v: %v; want %q", bucket, token.Reveal(), err, w)
			}
		}
	}
	f("closed", "admin:hush2", true, "does not know us", "history.influxdb.token", "The bus keeps what comes")
	f("closed", "", true, "does not know us", "history.influxdb.token")
	f("closed", "reader:hush", true, "does not let us", "write access to closed")
	f("nowhere", "admin:hush", false, "has no bucket nowhere", `CREATE DATABASE "nowhere" WITH DURATION 9600h`, "history.influxdb.bucket")
	f("nowhere", "reader:hush", true, "not authorized")
}

func testTooLarge(t *testing.T, server string) {
	c := as(settings(server, "large"), "admin:hush")
	s, err := influx.Open(t.Context(), c, influx.Settings{Logger: zap.NewNop(), Limits: seriesset.Limits{Samples: 50}})
	if err != nil {
		t.Fatal(err)
	}
	var b telemetry.Batch
	now := time.Now().Truncate(time.Second)
	historytest.Fill(&b, historytest.Fleet("v", 100), now, time.Second, 0, 1)
	if _, err := s.Append(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	q, err := s.Querier(0, now.Add(time.Minute).UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	set := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, telemetry.MetricName, "v"))
	if set.Next() || !errors.Is(set.Err(), seriesset.ErrTooMuch) {
		t.Errorf("error %v", set.Err())
	}
	one := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchEqual, telemetry.MetricName, "v"), labels.MustNewMatcher(labels.MatchEqual, "mountpoint", "/data/7"))
	if !one.Next() || one.Err() != nil || cmp.Diff("/data/7", one.At().Labels().Get("mountpoint")) != "" {
		t.Errorf("a narrower question: %v", one.Err())
	}
}
