package planner

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/forewarn/forewarn/shared/plan"
)

// BenchmarkPlan is what a plan costs beside the reading of history: a fit of 40 weeks.
func BenchmarkPlan(b *testing.B) {
	k := taskOf(true, "bytes", 500*gib, 300, func(d int) float64 { return float64(d+d%7) * gib })
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (maker{DefaultConfig()}).plan(k, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPage is what a page of a list of 10,000 plans costs, the reply included.
func BenchmarkPage(b *testing.B) {
	book := newBook()
	p, err := maker{DefaultConfig()}.plan(taskOf(true, "bytes", 500*gib, 300, func(d int) float64 { return float64(d+d%7) * gib }), nil)
	if err != nil {
		b.Fatal(err)
	}
	for n := range 10_000 {
		e := entry{plan: p, made: true}
		e.state.Key = fmt.Sprintf("filesystem-space/volume:erp-%04d:/u01", n)
		e.plan.Signal = e.state.Key
		book.put(e)
	}
	b.ReportAllocs()
	for b.Loop() {
		plans, next := book.page(&plan.Request{Limit: plan.MaxPage, Text: "erp-5"})
		data, err := json.Marshal(&plan.Reply{Plans: plans, Next: next})
		if err != nil || len(plans) != plan.MaxPage {
			b.Fatalf("%d plans, %v", len(plans), err)
		}
		b.SetBytes(int64(len(data)))
	}
}
