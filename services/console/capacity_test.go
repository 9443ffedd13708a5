package console

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/forewarn/forewarn/shared/bustest"
	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/plan"
)

// TestCapacity: what is asked for reaches the planner, and its plans and refusals reach who asked.
func TestCapacity(t *testing.T) {
	f := start(t, nil, nil)
	if resp, body := f.get("/api/v1/capacity"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a planner: status %d: %s", resp.StatusCode, body)
	}
	by := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)
	want := plan.Plan{
		Signal: "filesystem-space/volume:erp-01:/u01", Entity: entity.Entity{Name: "/u01 on erp-01"}, Unit: "bytes", Used: 1, Limit: 2,
		Outlook: &plan.Outlook{Step: "week", Purchase: plan.Purchase{By: &by, Amount: 3}},
	}
	asked := make(chan plan.Request, 100)
	f.run(func(ctx context.Context) error {
		return f.Bus.Answer(ctx, plan.Keeper, 0, func(request []byte) ([]byte, error) {
			var q plan.Request
			if err := json.Unmarshal(request, &q); err != nil {
				return nil, err
			}
			asked <- q
			if q.Drivers["users"] == "many" {
				return json.Marshal(plan.Reply{Refusal: &plan.Refusal{Code: plan.BadValue, Message: "driver.users: no number"}})
			}
			return json.Marshal(plan.Reply{Plans: []plan.Plan{want}, Next: "2027-03-01 x", Pending: 4})
		})
	})
	bustest.Until(t, 10*time.Second, "somebody plans", func() bool {
		_, err := f.Bus.Query(t.Context(), plan.Keeper, 0, []byte("{}"))
		return err == nil
	})
	<-asked
	var page struct {
		Plans   []plan.Plan
		Next    string
		Pending int
	}
	f.getJSON("/api/v1/capacity?rule=filesystem-space&q=u01&limit=7&after=2027-01-01%20x", &page)
	if diff := cmp.Diff([]plan.Plan{want}, page.Plans); diff != "" || page.Next != "2027-03-01 x" || page.Pending != 4 {
		t.Errorf("page %+v (-want +got):\n%s", page, diff)
	}
	expect := func(want plan.Request) {
		t.Helper()
		if diff := cmp.Diff(want, <-asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
	}
	expect(plan.Request{Rule: "filesystem-space", Text: "u01", Limit: 7, After: "2027-01-01 x"})
	var one plan.Plan
	f.getJSON("/api/v1/capacity/filesystem-space/volume:erp-01:/u01?driver.users=%2B20%25&driver.companies=12", &one)
	if diff := cmp.Diff(want, one); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	expect(plan.Request{Signal: "filesystem-space/volume:erp-01:/u01", Drivers: map[string]string{"users": "+20%", "companies": "12"}})
	f.getJSON("/api/v1/capacity/filesystem-space%2Fvolume:erp-01:%2F", &one)
	expect(plan.Request{Signal: "filesystem-space/volume:erp-01:/"})
	for lang, words := range map[string][]string{
		"en":    {"Capacity: what to buy", "/u01 on erp-01", "1 Mar 2027"},
		"zh-CN": {"容量：需要采购", "2027年3月1日"},
	} {
		_, body := f.get("/?lang=" + lang)
		for _, word := range words {
			if !strings.Contains(body, word) {
				t.Errorf("the page in %s lacks %q", lang, word)
			}
		}
	}
	refused := func(path, want string) {
		t.Helper()
		if resp, body := f.get(path); resp.StatusCode != http.StatusBadRequest || !strings.Contains(body, want) {
			t.Errorf("%s: status %d: %s; want 400 with %q", path, resp.StatusCode, body, want)
		}
	}
	refused("/api/v1/capacity/x?driver.users=many", "driver.users: no number")
	refused("/api/v1/capacity/x?users=20", "unknown query parameter")
	refused("/api/v1/capacity?limit=0", "limit")
}
