package console

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/incident"
	"github.com/forewarn/forewarn/shared/silence"
)

// keeper does commands as the notifier does, as far as the console can see.
type keeper struct {
	mu  sync.Mutex
	all []silence.Silence
}

func (k *keeper) do(request []byte) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c, err := silence.DecodeCommand(request)
	if err != nil {
		return json.Marshal(silence.Reply{Problem: err.Error()})
	}
	switch at := slices.IndexFunc(k.all, func(s silence.Silence) bool { return s.ID == c.ID }); c.Do {
	case silence.Create:
		s := *c.Silence
		if err := s.Problems(); err != nil {
			return json.Marshal(silence.Reply{Problem: err.Error()})
		}
		s.ID = incident.NewID(time.Now(), s.Comment)
		k.all = append(k.all, s)
		return json.Marshal(silence.Reply{Silences: []silence.Silence{s}})
	case silence.Expire:
		if at < 0 {
			return json.Marshal(silence.Reply{Missing: true})
		}
		k.all[at].Ends, k.all[at].ExpiredBy = time.Now(), c.By
		return json.Marshal(silence.Reply{Silences: k.all[at : at+1]})
	}
	return json.Marshal(silence.Reply{Silences: k.all})
}

func (f *fixture) keepSilences() *keeper {
	k := &keeper{}
	f.run(func(ctx context.Context) error { return f.Bus.Obey(ctx, silence.Commands, k.do) })
	bustest.Eventually(f.t, 10*time.Second, func() error {
		_, err := silence.Ask(f.t.Context(), f.Bus, silence.Command{Do: silence.List})
		return err
	})
	return k
}

// TestSilencesOfTheAPI: a silence is made, listed and ended, and what is wrong with one is said.
func TestSilencesOfTheAPI(t *testing.T) {
	f := start(t, nil, nil)
	f.keepSilences()
	post := func(body string) (*http.Response, string) {
		t.Helper()
		return f.do("POST", "/api/v1/silences", strings.NewReader(body), "Content-Type", "application/json")
	}
	resp, body := post(`{"author": "ana", "comment": "restart", "match": "name=\"erp-*\"", "duration": "4h"}`)
	var made struct {
		ID, State, Match string
		Starts, Ends     time.Time
	}
	if err := json.Unmarshal([]byte(body), &made); err != nil || resp.StatusCode != http.StatusOK || made.State != "active" || made.Match != `name="erp-*"` || made.Ends.Sub(made.Starts) != 4*time.Hour {
		t.Fatalf("%d: %s", resp.StatusCode, body)
	}
	for _, bad := range []string{
		`{"author": "ana", "comment": "x", "match": "name", "duration": "4h"}`, `{"author": "ana", "match": "a=b", "duration": "x"}`,
		`{"author": "ana", "comment": "x", "match": "a=b", "duration": "soon"}`, `{"author": "ana", "who": "x"}`, `[`,
	} {
		if resp, body := post(bad); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, `"bad_body"`) {
			t.Errorf("%s: %d: %s", bad, resp.StatusCode, body)
		}
	}
	if resp, body := f.do("DELETE", "/api/v1/silences/"+made.ID+"?by=bo", nil); resp.StatusCode != http.StatusOK || !strings.Contains(body, `"expired_by":"bo"`) {
		t.Errorf("%d: %s", resp.StatusCode, body)
	}
	for _, id := range []string{"x", "01KFYV8M40AAAAAAAAAAAAAAAA"} {
		if resp, _ := f.do("DELETE", "/api/v1/silences/"+id+"?by=bo", nil); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", id, resp.StatusCode)
		}
	}
	var list struct{ Silences []struct{ ID, State string } }
	f.getJSON("/api/v1/silences?state=expired", &list)
	if len(list.Silences) != 1 || list.Silences[0].ID != made.ID {
		t.Errorf("%+v", list)
	}
	if resp, _ := f.do("PUT", "/api/v1/silences", nil); resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, POST, HEAD" {
		t.Errorf("%d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

// TestSilencePages: an incident is silenced from its page, which says so then, as the list of silences does; there it is ended.
func TestSilencePages(t *testing.T) {
	s := volume("erp-01", "/u01", 0.9, 0.9)
	f := start(t, nil, nil)
	keep := f.keepSilences()
	in := f.open(fault(s, finding.Warning, time.Hour))
	page := func(path string) string {
		t.Helper()
		resp, body := f.get(path, "Accept", "text/html")
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("GET %s: %d: %s", path, resp.StatusCode, body)
		}
		return body
	}
	if body := page("/incidents/" + in.ID); !strings.Contains(body, `value="root=&#34;host:erp-01&#34;"`) || strings.Contains(body, "nobody will be told") {
		t.Errorf("the page of the incident offers no silence:\n%s", body)
	}
	form := func(path string, values url.Values) *http.Response {
		t.Helper()
		resp, _ := f.do("POST", path, strings.NewReader(values.Encode()), "Content-Type", "application/x-www-form-urlencoded")
		return resp
	}
	good := url.Values{"match": {`root="host:erp-01"`}, "for": {"4h"}, "author": {"ana"}, "comment": {"<b>restart</b>"}}
	if resp := form("/silences", good); resp.StatusCode != http.StatusSeeOther {
		t.Fatalf("status %d", resp.StatusCode)
	}
	for _, body := range []string{page("/incidents/" + in.ID), page("/silences?lang=zh-CN")} {
		if !strings.Contains(body, "&lt;b&gt;restart&lt;/b&gt;") {
			t.Errorf("the silence is not shown:\n%s", body)
		}
	}
	bad := url.Values{"match": {`root`}, "for": {"4h"}, "author": {"ana"}, "comment": {"x"}}
	if resp := form("/silences", bad); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d", resp.StatusCode)
	}
	if resp := form("/silences/"+keep.all[0].ID+"/expire", url.Values{"by": {"bo"}}); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("status %d", resp.StatusCode)
	}
	if body := page("/silences?lang=en"); !strings.Contains(body, "Nothing is silenced") || !strings.Contains(body, "ended by") {
		t.Errorf("%s", body)
	}
}

// TestHeldIsShown: an incident says why nobody is told of it, on its page and in the list.
func TestHeldIsShown(t *testing.T) {
	f := start(t, nil, nil)
	in := fault(volume("erp-01", "/u01", 0.9, 0.9), finding.Warning, time.Hour)
	in.Notified = &incident.Notice{Version: 1, Reason: incident.ReasonOpened, Time: in.OpenedAt}
	until := time.Now().Add(time.Hour)
	in.Withhold(incident.Hold{By: incident.ByMaintenance, Name: "restart", Why: "weekly restart", Since: in.OpenedAt, Until: &until})
	f.open(in)
	for path, want := range map[string]string{"/incidents/" + in.ID + "?lang=en": "weekly restart", "/incidents?lang=en": "in maintenance"} {
		if _, body := f.get(path, "Accept", "text/html"); !strings.Contains(body, want) {
			t.Errorf("%s does not say %q:\n%s", path, want, body)
		}
	}
}
