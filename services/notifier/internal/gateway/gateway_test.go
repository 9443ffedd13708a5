package gateway

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
)

const secret = "a-token-of-the-gateway"

func sample() delivery.Message {
	return delivery.Message{
		ID: "01.1.sms", Reason: incident.ReasonOpened, Incident: &incident.Incident{Severity: finding.Critical},
		Text: message.Text{What: `full","mobile":"666 {{secret}} &mobile=667`, When: "Fri"},
		To:   []person.Person{{Name: "li.wei", Phone: "+8613800000001"}, {Name: "wang.fang", Phone: "+85212345678"}},
	}
}

// request is what a gateway was asked.
type request struct{ method, query, contentType, token, body string }

// server answers by number, and with code 0 where nothing is said.
func server(t *testing.T, got *[]request, answers map[string]string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		for number, answer := range answers {
			if strings.Contains(string(data)+r.URL.RawQuery, number) {
				io.WriteString(w, answer) //nolint:errcheck // the client fails the test
				return
			}
		}
		*got = append(*got, request{r.Method, r.URL.RawQuery, r.Header.Get("Content-Type"), r.Header.Get("X-Token"), string(data)})
		io.WriteString(w, `{"data":[{"code":0}]}`) //nolint:errcheck // the client fails the test
	}))
	t.Cleanup(srv.Close)
	return srv
}

// open reads options as the configuration does.
func open(t *testing.T, url, text string) *Channel {
	t.Helper()
	var o Options
	if err := yaml.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	o.Problems(false, func(key, rule string) { t.Errorf("%s: %s", key, rule) })
	c, err := New(Settings{URL: url, Timeout: 5 * time.Second, Secret: secret, Headers: peer.Headers{Headers: map[string]config.Secret{"X-Token": secret}}, Options: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestForms: what labels say changes neither the form of JSON, nor of a form, nor of a query.
func TestForms(t *testing.T) {
	f := func(options string, want ...request) {
		t.Helper()
		var got []request
		c := open(t, server(t, &got, nil).URL, options)
		if _, err := c.Send(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
		for k := range want {
			want[k].token = secret
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(request{})); diff != "" {
			t.Errorf("%s:\n%s", options, diff)
		}
	}
	const title = `full\",\"mobile\":\"666 {{secret}} \u0026mobile=667`
	f(`body: {mobile: "{{to}}", n: 1, list: ["{{title}}"], auth: {key: "{{ secret }}"}}`,
		request{"POST", "", "application/json; charset=utf-8", "", `{"auth":{"key":"` + secret + `"},"list":["` + title + `"],"mobile":"+8613800000001","n":1}`},
		request{"POST", "", "application/json; charset=utf-8", "", `{"auth":{"key":"` + secret + `"},"list":["` + title + `"],"mobile":"+85212345678","n":1}`})
	const encoded = `full%22%2C%22mobile%22%3A%22666+%7B%7Bsecret%7D%7D+%26mobile%3D667`
	f(`{encoding: form, body: {mobile: "{{to_list}}", msg: "{{title}}", level: "{{severity}}"}}`,
		request{"POST", "", "application/x-www-form-urlencoded", "", "level=critical&mobile=%2B8613800000001%2C%2B85212345678&msg=" + encoded})
	f(`{method: GET, body: {m: "{{to_plain}}", t: "{{title}}"}}`,
		request{"GET", "m=13800000001&t=" + encoded, "", "", ""}, request{"GET", "m=85212345678&t=" + encoded, "", "", ""})
}

const judged = `{body: {mobile: "{{to}}", text: "{{text}}"}, success_path: data.0.code, success_values: ["0"], refused_values: ["1002"]}`

// TestEachNumber: who was accepted is not told again, and who is refused is named, not the number.
func TestEachNumber(t *testing.T) {
	var got []request
	answers := map[string]string{"85212345678": `{"data":[{"code":"busy 85212345678 ` + secret + `"}]}`, "13800000003": `{"data":[{"code":1002}]}`}
	c := open(t, server(t, &got, answers).URL, judged)
	m := sample()
	m.To = append(m.To, person.Person{Name: "zhao", Phone: "+8613800000003"})
	_, err := c.Send(t.Context(), m)
	if err == nil || !strings.Contains(err.Error(), `wang.fang: the gateway answered data.0.code: "busy`) || strings.Contains(err.Error(), "85212") || strings.Contains(err.Error(), secret) || len(got) != 1 {
		t.Fatalf("%v, asked %v", err, got)
	}
	delete(answers, "85212345678")
	sent, err := c.Send(t.Context(), m)
	if err != nil || len(got) != 2 || !strings.Contains(got[1].body, "85212345678") || !strings.Contains(sent.Missed, "zhao: ") || strings.Contains(sent.Missed, "13800") {
		t.Fatalf("%+v, %v, asked %v", sent, err, got)
	}
}

func TestAnswers(t *testing.T) {
	f := func(answer, want string, permanent bool) {
		t.Helper()
		var got []request
		c := open(t, server(t, &got, map[string]string{"mobile": answer}).URL, judged)
		m := sample()
		m.To = m.To[:1]
		_, err := c.Send(t.Context(), m)
		var e *delivery.Error
		if want != "" && (err == nil || !strings.Contains(err.Error(), want) || errors.As(err, &e) && e.Permanent != permanent) || want == "" && err != nil {
			t.Errorf("%s: %v", answer, err)
		}
	}
	f(`{"data":[{"code":"0"}]}`, "", false)
	f(`{"data":[{"code":1002}]}`, "every receiver was refused", true)
	f(`{"data":[{"code":7}]}`, `"7"`, false)
	f(`{"data":[]}`, "no element 0", false)
	f(`{"data":{}}`, "there is no 0", false)
	f(`{"data":[{"code":{}}]}`, "no single value", false)
	f(`{"data":[7]}`, "nothing below", false)
	f(`<html>`, "no JSON", false)
}

func TestProblems(t *testing.T) {
	f := func(text string, keys ...string) {
		t.Helper()
		var o Options
		if err := yaml.Unmarshal([]byte(text), &o); err != nil {
			t.Fatal(err)
		}
		got, want := map[string]bool{}, map[string]bool{}
		o.Problems(false, func(key, rule string) { got[key] = rule != "" })
		for _, k := range keys {
			want[k] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	f(judged)
	f(`{}`, "body")
	f(`{method: PATCH, encoding: xml, body: {a: {b: ["{{who}}"]}}, text_length: -1, refused_values: ["1"]}`, "method", "encoding", "body.a.b.0", "text_length", "success_path")
	f(`{encoding: form, body: {a: {b: "x"}, c: [1]}}`, "body.a", "body.c")
	f(`{body: {a: "x"}, success_path: code}`, "success_path")
}

func FuzzAt(f *testing.F) {
	f.Add([]byte(`{"data":[{"code":0}]}`), "data.0.code")
	f.Add([]byte(`[]`), "0")
	f.Fuzz(func(t *testing.T, body []byte, path string) {
		if _, err := at(body, path); err == nil && !json.Valid(body) && len(body) == 0 {
			t.Errorf("%q has a value at %q", body, path)
		}
	})
}
