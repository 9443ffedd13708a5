package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// What the console of TestPeopleWork is opened by.
const (
	sharedToken = "the-token-of-the-whole-room"
	liToken     = "the-token-of-li-wei-alone"
)

// asked sends a request with a token and returns the answer.
func (p *program) asked(method, path, token, body string) (status int, answer []byte) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	if answer, err = io.ReadAll(resp.Body); err != nil {
		p.t.Fatal(err)
	}
	return resp.StatusCode, answer
}

// full is an exporter of a host with a volume that is nearly full.
func full(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		const labels = `{device="/dev/sdb",fstype="xfs",mountpoint="/u01"}`
		fmt.Fprintf(w, "node_filesystem_avail_bytes%s 1e9\nnode_filesystem_size_bytes%s 1e11\n", labels, labels) //nolint:errcheck // the scraper went away
	}))
	t.Cleanup(s.Close)
	return s
}

// workView is what the test reads of people's part of an incident.
type workView struct {
	ID       string   `json:"id"`
	Stage    string   `json:"stage"`
	Version  int      `json:"version"`
	Possible []string `json:"possible"`
	Work     struct {
		Owner   string                        `json:"owner"`
		Verdict *struct{ Judgement string }   `json:"verdict"`
		Links   []struct{ URL, Title string } `json:"links"`
	} `json:"work"`
	Timeline []struct{ Action, Actor, Note string } `json:"timeline"`
}

func (p *program) work(id string) (v workView) {
	p.t.Helper()
	status, answer := p.asked("GET", "/api/v1/incidents/"+id, sharedToken, "")
	if err := json.Unmarshal(answer, &v); err != nil || status != http.StatusOK {
		p.t.Fatalf("incident %s: %d %s, %v", id, status, answer, err)
	}
	return v
}

// TestPeopleWork is a person who sees to an incident, on the page and by the API, with a script and without: what he does is done under
// his name, and everybody sees it.
func TestPeopleWork(t *testing.T) {
	t.Parallel()
	ctx := browser(t)
	p := up(t, t.TempDir(), fmt.Sprintf(`
console: {token: %s, tokens: [{name: li.wei, token: %s}]}
collector:
  host: {enabled: false}
  scrape:
    - {job: node, url: "%s/metrics", interval: 1s, labels: {host: erp-01}}
`, sharedToken, liToken, full(t).URL))
	var id string
	eventually(t, 4*time.Minute, func() error {
		var list struct{ Incidents []workView }
		_, answer := p.asked("GET", "/api/v1/incidents?stage=open", sharedToken, "")
		if err := json.Unmarshal(answer, &list); err != nil || len(list.Incidents) == 0 {
			return errors.Join(fmt.Errorf("no incident: %s", answer), err)
		}
		id = list.Incidents[0].ID
		return nil
	})
	signIn(ctx, t, p.url+"/incidents/"+id+"?lang=en&tz=Asia/Shanghai")
	saysAll(ctx, t, "Who sees to it", "nobody yet", "What you do here is done as li.wei")
	press(ctx, t, "button[value=assign]", "Assigned to li.wei")
	press(ctx, t, "button[value=acknowledge]", "Acknowledged")
	saysAll(ctx, t, "Owner", "li.wei")

	do(ctx, t, chromedp.Evaluate[bool](`(document.querySelector("#text").value = "extending the volume\n<script>alert(1)</script>") !== ""`))
	press(ctx, t, "button[value=comment]", "<script>alert(1)</script>")
	press(ctx, t, "button[value=useful]", "Verdict: useful")

	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	do(ctx, t, chromedp.Navigate(p.url+"/incidents/"+id+"?lang=zh-CN"))
	saysAll(ctx, t, "处理情况", "负责人", "您的操作将记录为", "li.wei")
	do(ctx, t, chromedp.Click(chromedp.CSS("button[value=mitigate]")))
	eventually(t, 10*time.Second, func() error {
		if v := p.work(id); v.Stage != "mitigated" {
			return fmt.Errorf("stage %s", v.Stage)
		}
		return nil
	})
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{}); err != nil {
		t.Fatal(err)
	}
	commands(t, p, id)
	shoot(ctx, t, p.url+"/incidents/"+id+"?lang=en", "work")
	do(ctx, t, chromedp.Navigate(p.url+"/incidents?stage=resolved&lang=en"))
	saysAll(ctx, t, "Stage and owner", "resolved", "dba")
	p.stop()
}

// signIn opens a page with the token of li.wei.
func signIn(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	do(ctx, t, chromedp.Navigate(url))
	do(ctx, t, chromedp.Evaluate[bool](fmt.Sprintf(`(document.querySelector("#token").value = %q) !== ""`, liToken)))
	do(ctx, t, chromedp.Click(chromedp.CSS("button.primary")))
	do(ctx, t, chromedp.WaitVisible(chromedp.CSS("#work")))
}

// press presses a button and waits until the page that comes then says so in its timeline.
func press(ctx context.Context, t *testing.T, button, words string) {
	t.Helper()
	do(ctx, t, chromedp.Click(chromedp.CSS(button)))
	eventually(t, 10*time.Second, func() error {
		if text := do(ctx, t, chromedp.Evaluate[string]("document.querySelector('.timeline')?.innerText ?? ''")); !strings.Contains(text, words) || !strings.Contains(text, "li.wei") {
			return errors.New("the timeline does not say " + words + ": " + text)
		}
		return nil
	})
}

// commands sees to the incident by the API, and looks at what all of it has left.
func commands(t *testing.T, p *program, id string) {
	t.Helper()
	f := func(token, body string, want int, words ...string) {
		t.Helper()
		status, answer := p.asked("POST", "/api/v1/incidents/"+id+"/commands", token, body)
		if status != want {
			t.Errorf("%s: %d %s, want %d", body, status, answer, want)
		}
		for _, w := range words {
			if !strings.Contains(string(answer), w) {
				t.Errorf("%s: %s does not say %s", body, answer, w)
			}
		}
	}
	seen := p.work(id).Version
	f(sharedToken, `{"id":"1","action":"assign","owner":"dba"}`, 200, `"stage":"mitigated"`, `"repeated":false`)
	f(sharedToken, `{"id":"1","action":"assign","owner":"dba"}`, 200, `"repeated":true`)
	f(liToken, fmt.Sprintf(`{"action":"resolve","version":%d}`, seen), 409, `"conflict"`, "Assigned to dba", `"changes":[`)
	f(liToken, `{"action":"verify"}`, 409, `"impossible"`, `"possible":["assign","resolve","comment","link","verdict"]`)
	f(liToken, `{"action":"link","url":"https://tickets.example/4711","title":"4711"}`, 200)
	f(liToken, `{"action":"resolve","text":"extended"}`, 200, `"stage":"resolved"`)
	f("not-a-token-of-anybody", `{"action":"reopen"}`, 401)
	v := p.work(id)
	if v.Stage != "resolved" || v.Work.Owner != "dba" || v.Work.Verdict.Judgement != "useful" || len(v.Work.Links) != 1 {
		t.Errorf("at the end: %+v", v)
	}
	var done []string
	for _, l := range v.Timeline {
		if l.Actor != "forewarn" {
			done = append(done, l.Actor+" "+l.Action)
		}
	}
	want := []string{
		"li.wei assign", "li.wei acknowledge", "li.wei comment", "li.wei verdict", "li.wei mitigate", "operator assign", "li.wei link", "li.wei resolve",
	}
	if !slices.Equal(done, want) {
		t.Errorf("timeline: %v, want %v", done, want)
	}
}
