package phone

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/services/notifier/internal/alibaba"
	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/tencent"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
	"github.com/forewarn/forewarn/shared/incident"
)

const secret = "a-secret-of-a-key"

func sample() delivery.Message {
	return delivery.Message{
		ID: "01KFYV8M40AAAAAAAAAAAAAAAA.1.sms", Reason: incident.ReasonOpened,
		Incident: &incident.Incident{ID: "01KFYV8M40AAAAAAAAAAAAAAAA"},
		Text:     message.Text{Language: i18n.Chinese, What: "【严重】LEDGER_DATA 将满 http://evil.example/x", When: "预计 1月30日（周五）14:00 左右达到上限（80% 区间）"},
		To:       []person.Person{{Name: "li.wei", Phone: "+8613800000001"}, {Name: "wang.fang", Phone: "+85212345678"}},
	}
}

// asked is what a server was asked for, by number.
type asked map[string]map[string]string

// alibabaServer answers by the documented rules: it verifies signature, clock and parameters.
func alibabaServer(t *testing.T, got asked, answers map[string]string) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := map[string]string{"host": r.Host}
		for k := range r.Header {
			if name := strings.ToLower(k); strings.HasPrefix(name, "x-acs-") {
				header[name] = r.Header.Get(k)
			}
		}
		at, err := time.Parse(time.RFC3339, header["x-acs-date"])
		q := r.URL.Query()
		number := q.Get("PhoneNumbers") + q.Get("CalledNumber")
		say := func(code string) { fmt.Fprintf(w, `{"RequestId":"A","Code":%q,"Message":%q}`, code, "about "+number) }
		var params map[string]string
		switch {
		case err != nil || time.Since(at).Abs() > 15*time.Minute:
			say("InvalidTimeStamp.Expired")
		case r.Header.Get("Authorization") != alibaba.Authorization("key-id", secret, r.URL.RawQuery, header) || header["x-acs-version"] != "2017-05-25":
			w.WriteHeader(http.StatusBadRequest)
			say("SignatureDoesNotMatch")
		case json.Unmarshal([]byte(q.Get("TemplateParam")+q.Get("TtsParam")), &params) != nil:
			say("isv.INVALID_JSON_PARAM")
		case answers[number] != "":
			say(answers[number])
		default:
			seen := map[string]string{"Action": header["x-acs-action"]}
			for k := range q {
				seen[k] = q.Get(k)
			}
			got[number] = seen
			say("OK")
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

// tencentServer answers by the documented rules: it verifies signature, clock and body.
func tencentServer(t *testing.T, service string, got asked) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		seconds, bad := time.ParseDuration(r.Header.Get("X-TC-Timestamp") + "s")
		at := time.Unix(0, 0).Add(seconds)
		refuse := func(code string) {
			fmt.Fprintf(w, `{"Response":{"Error":{"Code":%q,"Message":"x"},"RequestId":"A"}}`, code)
		}
		var m struct {
			PhoneNumberSet []string
			CalledNumber   string
		}
		switch {
		case err != nil || bad != nil || time.Since(at).Abs() > 5*time.Minute:
			refuse("AuthFailure.SignatureExpire")
		case r.Header.Get("Authorization") != tencent.Authorization("key-id", secret, service, r.Host, at, data):
			refuse("AuthFailure.SignatureFailure")
		case json.Unmarshal(data, &m) != nil || r.Header.Get("X-TC-Region") != "ap-guangzhou":
			refuse("FailedOperation.JsonParseFail")
		case service == "vms":
			got[m.CalledNumber] = map[string]string{"Action": r.Header.Get("X-TC-Action"), "Version": r.Header.Get("X-TC-Version"), "Body": string(data)}
			fmt.Fprint(w, `{"Response":{"SendStatus":{"CallId":"1","SessionContext":"x"},"RequestId":"A"}}`)
		default:
			got[m.PhoneNumberSet[0]] = map[string]string{"Action": r.Header.Get("X-TC-Action"), "Version": r.Header.Get("X-TC-Version"), "Body": string(data)}
			fmt.Fprint(w, `{"Response":{"SendStatusSet":[{"SerialNo":"1","Code":"Ok","Message":"send success"}],"RequestId":"A"}}`)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func open(t *testing.T, s Settings) *Channel {
	t.Helper()
	s.Timeout, s.AccessKeyID = 5*time.Second, "key-id"
	if s.Secret == "" {
		s.Secret = secret
	}
	c, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestAlibabaMessages(t *testing.T) {
	got := asked{}
	srv := alibabaServer(t, got, nil)
	c := open(t, Settings{To: []config.Secret{"+8613800000009"}, Options: Options{Provider: Alibaba, Sign: "预警", Template: "SMS_1", Endpoint: srv.URL}})
	sent, err := c.Send(t.Context(), sample())
	if err != nil || sent.Missed != "" {
		t.Fatalf("%+v, %v", sent, err)
	}
	if len(got) != 3 || got["13800000009"] == nil || got["85212345678"] == nil {
		t.Fatalf("told: %v", got)
	}
	want := map[string]string{
		"Action": "SendSms", "PhoneNumbers": "13800000001", "SignName": "预警", "TemplateCode": "SMS_1", "OutId": reference(sample().ID),
		"TemplateParam": `{"what":"严重 LEDGER_DATA 将满 evil.example/x","when":"预计 1月30日（周五）14:00 左右达到上限（80% 区间）"}`,
	}
	if diff := cmp.Diff(want, got["13800000001"]); diff != "" {
		t.Error(diff)
	}
}

func TestAlibabaCalls(t *testing.T) {
	got := asked{}
	srv := alibabaServer(t, got, nil)
	c := open(t, Settings{Voice: true, Options: Options{Provider: Alibaba, Template: "TTS_1", Endpoint: srv.URL, ShowNumber: "05710000000", Variables: []string{"product=when"}}})
	if _, err := c.Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Action": "SingleCallByTts", "CalledNumber": "13800000001", "CalledShowNumber": "05710000000", "TtsCode": "TTS_1", "PlayTimes": "2", "OutId": reference(sample().ID),
		"TtsParam": `{"product":"预计 1月30日（周五）14点 左右达到上限（百分之80 区间）"}`,
	}
	if diff := cmp.Diff(want, got["13800000001"]); diff != "" {
		t.Error(diff)
	}
	m := sample()
	m.Reason, m.To = incident.ReasonResolved, []person.Person{{Name: "x", Phone: "+8613800000002"}}
	if _, err := c.Send(t.Context(), m); err != nil || got["13800000002"] != nil {
		t.Errorf("somebody is called because it is over: %v", err)
	}
}

func TestTencent(t *testing.T) {
	for _, voice := range []bool{false, true} {
		got, service, sign := asked{}, "sms", "预警"
		if voice {
			service, sign = "vms", ""
		}
		srv := tencentServer(t, service, got)
		c := open(t, Settings{Voice: voice, Options: Options{Provider: Tencent, Sign: sign, Template: "1234567", AppID: "1400006666", Endpoint: srv.URL, VariableLength: 10}})
		if _, err := c.Send(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
		m := got["+8613800000001"]
		if len(got) != 2 || !strings.Contains(m["Body"], `"TemplateParamSet":["严重 LEDGER…"`) || !strings.Contains(m["Body"], "1400006666") {
			t.Errorf("told: %v", got)
		}
		if want := map[bool]string{false: "SendSms 2021-01-11", true: "SendTtsVoice 2020-09-02"}[voice]; m["Action"]+" "+m["Version"] != want {
			t.Errorf("asked for %s %s, want %s", m["Action"], m["Version"], want)
		}
	}
}

// TestEachNumber: who was told is not told again when another waits, and who is refused is named, not the number.
func TestEachNumber(t *testing.T) {
	got, answers := asked{}, map[string]string{"85212345678": "isv.BUSINESS_LIMIT_CONTROL", "13800000003": "isv.MOBILE_NUMBER_ILLEGAL"}
	srv := alibabaServer(t, got, answers)
	c := open(t, Settings{Options: Options{Provider: Alibaba, Sign: "预警", Template: "SMS_1", Endpoint: srv.URL}})
	m := sample()
	m.To = append(m.To, person.Person{Name: "zhao", Phone: "+8613800000003"}, person.Person{Name: "lao.wang"})
	_, err := c.Send(t.Context(), m)
	if err == nil || !strings.Contains(err.Error(), "wang.fang: ") || strings.Contains(err.Error(), "12345678") || len(got) != 1 {
		t.Fatalf("%v, told %v", err, got)
	}
	delete(got, "13800000001")
	delete(answers, "85212345678")
	sent, err := c.Send(t.Context(), m)
	if err != nil || len(got) != 1 || got["85212345678"] == nil {
		t.Fatalf("%v, told %v", err, got)
	}
	if !strings.Contains(sent.Missed, "zhao: ") || !strings.Contains(sent.Missed, "lao.wang: no address") || strings.Contains(sent.Missed, "138") {
		t.Errorf("missed: %s", sent.Missed)
	}
}

// TestRefusals stop at what all would fare like, and say what to do.
func TestRefusals(t *testing.T) {
	got := asked{}
	srv := alibabaServer(t, got, nil)
	c := open(t, Settings{Secret: "another", Options: Options{Provider: Alibaba, Sign: "预警", Template: "SMS_1", Endpoint: srv.URL}})
	var e *delivery.Error
	if _, err := c.Send(t.Context(), sample()); !errors.As(err, &e) || !e.Channel || !strings.Contains(e.Remedy, "secret") || strings.Contains(err.Error(), "another") {
		t.Errorf("wrong secret: %+v", err)
	}
	m := sample()
	m.Document = &message.Document{}
	if _, err := c.Send(t.Context(), m); !errors.As(err, &e) || !e.Permanent {
		t.Errorf("a document: %+v", err)
	}
	m = sample()
	m.To = []person.Person{{Name: "lao.wang"}}
	if _, err := c.Send(t.Context(), m); !errors.As(err, &e) || !e.Channel || !strings.Contains(e.What, "lao.wang") {
		t.Errorf("nobody: %+v", err)
	}
	m.Reason = incident.ReasonMoved
	if _, err := c.Send(t.Context(), m); err != nil {
		t.Errorf("a moved forecast: %+v", err)
	}
}

func TestProblems(t *testing.T) {
	f := func(o Options, voice bool, keys ...string) {
		t.Helper()
		got := map[string]bool{}
		o.Problems(voice, Has{Secret: true}, func(key, rule string) { got[key] = rule != "" })
		want := map[string]bool{}
		for _, k := range keys {
			want[k] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: %s", o, diff)
		}
	}
	good := Options{Provider: Alibaba, AccessKeyID: "k", Sign: "s", Template: "SMS_1", Variables: []string{"host=place", "what"}}
	f(good, false)
	bilingual := good
	bilingual.Templates = map[i18n.Language]string{i18n.English: "SMS_2"}
	f(bilingual, false)
	bilingual.Templates = map[i18n.Language]string{"fr": "SMS_2"}
	f(bilingual, false, "template_ids")
	f(Options{Provider: Tencent, AccessKeyID: "k", Template: "1", AppID: "1400006666", PlayTimes: 3}, true)
	f(Options{}, false, "provider", "access_key_id", "template_id")
	f(Options{Provider: Alibaba, AccessKeyID: "k", Sign: "【s】", Template: "S 1", Variables: []string{"x=y"}, VariableLength: 1, AppID: "1", Region: "r", ShowNumber: "1", PlayTimes: 1, Endpoint: "x"}, false,
		"sign", "template_id", "variables", "variable_length", "sdk_app_id", "region", "show_number", "play_times", "endpoint")
	f(Options{Provider: Tencent, AccessKeyID: "k", Template: "1", PlayTimes: 4, Sign: "s", ShowNumber: "1"}, true, "sdk_app_id", "play_times", "sign", "show_number")
}

func TestCut(t *testing.T) {
	f := func(s string, most int, want string) {
		t.Helper()
		if got := cut(s, most); got != want {
			t.Errorf("cut(%q, %d) = %q, want %q", s, most, got, want)
		}
	}
	f("表空间将满", 5, "表空间将满")
	f("表空间将满", 4, "表空间…")
	f("ab cd", 4, "ab…")
	f("cafe\u0301s", 5, "caf…")
	f("x👨\u200d👩y", 3, "x…")
}

func FuzzCut(f *testing.F) {
	f.Add("e\u0301👨\u200d👩表空间", 4)
	f.Fuzz(func(t *testing.T, s string, most int) {
		if most < 1 || most > 1000 || !utf8.ValidString(s) {
			return
		}
		got := cut(s, most)
		if utf8.RuneCountInString(got) > most || !utf8.ValidString(got) {
			t.Errorf("cut(%q, %d) = %q", s, most, got)
		}
	})
}

// FuzzSpoken: what a voice must not read is not there, in either language.
func FuzzSpoken(f *testing.F) {
	f.Add("10.0.0.1:8080 is 80% full at 14:00 [x] http://y")
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []i18n.Language{i18n.English, i18n.Chinese} {
			got := spoken(i18n.Line(s), lang)
			if strings.ContainsAny(got, "#/:-%$[]【】") || strings.ContainsFunc(got, unicode.IsControl) {
				t.Errorf("spoken(%q) = %q", s, got)
			}
		}
	})
}

// TestLive tells one number by a real provider when one is given.
func TestLive(t *testing.T) {
	env := func(name string) string { return os.Getenv("FOREWARN_PHONE_" + name) }
	if env("PROVIDER") == "" {
		t.Skip("FOREWARN_PHONE_PROVIDER (and _KEY_ID, _SECRET, _SIGN, _TEMPLATE, _APP_ID, _VOICE=1, _TO) are not set: not run against a live service")
	}
	c, err := New(Settings{
		Timeout: time.Minute, Secret: config.Secret(env("SECRET")), To: []config.Secret{config.Secret(env("TO"))}, Voice: env("VOICE") == "1",
		Options: Options{Provider: env("PROVIDER"), AccessKeyID: env("KEY_ID"), Sign: env("SIGN"), Template: env("TEMPLATE"), AppID: env("APP_ID")},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := sample()
	m.To = nil
	if sent, err := c.Send(t.Context(), m); err != nil || sent.Missed != "" {
		t.Fatal(sent, err)
	}
}
