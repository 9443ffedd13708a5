package chaos

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Run disturbs an install and compares what became of it with an undisturbed run. An error means that it could not be found out;
// what was found to be wrong is in the result.
func Run(ctx context.Context, o Options) (result *Result, err error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	s, err := newSite(ctx, o)
	if err != nil {
		return nil, err
	}
	defer s.hook.close()
	c, err := newCrew(s)
	if err != nil {
		return nil, err
	}
	defer c.end()
	result = &Result{Seed: o.Seed, Nodes: o.Nodes, Lease: o.lease()}
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	lines, err := c.disturb(ctx, result)
	if err != nil {
		return nil, err
	}
	if err := c.settle(ctx); err != nil {
		result.differences.add("not everything was worked off: %v", err) // and what is there is compared
	}
	got, err := c.close(ctx, lines, result)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(o.Log, "all stopped; running undisturbed over what the bus holds") //nolint:errcheck // a log
	return result, s.compare(ctx, got, result)
}

// disturb measures take-overs and does the faults, under input; it returns how many lines the collector's log has.
func (c *crew) disturb(ctx context.Context, result *Result) (lines int, err error) {
	writing, stop := context.WithCancel(ctx)
	defer stop()
	written := follow(writing, c.site.path(alertLog))
	all, err := c.takeovers(ctx, c.site.o.Takeovers)
	if err != nil {
		return 0, err
	}
	for _, t := range all {
		result.Takeovers = append(result.Takeovers, t.first)
		result.LastPartition = append(result.LastPartition, t.last)
	}
	i, began := newInjector(c), time.Now()
	hit := i.run
	if c.site.o.Rolling {
		hit = func(ctx context.Context) error { return i.roll(ctx, &result.differences) }
	}
	if err := hit(ctx); err != nil {
		return 0, err
	}
	result.Faults, result.Took = i.counts, time.Since(began)
	stop()
	w := <-written
	return w.lines, errors.Join(w.err, ctx.Err())
}

// close asks the history, stops the services, reads what is on the bus, and stops the nodes.
func (c *crew) close(ctx context.Context, lines int, result *Result) (*record, error) {
	got, err := read(ctx, c.site.js)
	if err != nil {
		return nil, err
	}
	d := &result.differences
	historian := c.others[0].address
	if result.Samples, result.SamplesLost, err = d.history(ctx, historian, got.input); err != nil {
		return nil, err
	}
	if result.LinesLost, result.LinesDoubled, err = d.lines(lines, c.site.path(alertLog), got.input); err != nil {
		return nil, err
	}
	result.Lines = lines
	if err := stop(c.services()); err != nil {
		d.add("%v", err)
	}
	for _, m := range c.all() {
		result.Alone = append(result.Alone, m.died()...)
	}
	if got, err = read(ctx, c.site.js); err != nil { // with the last states
		return nil, err
	}
	c.site.nc.Close()
	return got, stop(c.nodes)
}

// compare holds what is on the bus against what the feeds know, and against an undisturbed run.
func (s *site) compare(ctx context.Context, got *record, result *Result) error {
	d := &result.differences
	var entries []entry
	for n := range 2 {
		all, err := readLedger(s.path(fmt.Sprintf("feed-%d.ledger", n)))
		if err != nil {
			return err
		}
		acked, lost, doubled, disordered := d.batches(all, got.input)
		result.Acknowledged += acked
		result.BatchesLost += lost + disordered
		result.BatchesDoubled = doubled // of all feeds together
		entries = append(entries, all...)
	}
	if len(entries) == 0 {
		d.add("the feeds have published nothing")
	}
	d.deadLetters(got.dead)

	want, err := work(ctx, s.path("undisturbed"), got.input)
	if err != nil {
		return fmt.Errorf("run undisturbed: %w", err)
	}
	result.StatesEqual, result.StatesOther = d.states(got, want)
	result.Findings = len(got.findings)
	result.FindingsMissing, result.FindingsDoubled, result.FindingsOther = d.outputs(append(got.findings, got.fleet...), append(want.findings, want.fleet...))
	return s.compareTold(ctx, got, result)
}

// compareTold compares incidents, and what people were told, with what an undisturbed notifier makes of the same findings.
func (s *site) compareTold(ctx context.Context, got *record, result *Result) error {
	d := &result.differences
	hook, err := newReceiver(s.o.Seed)
	if err != nil {
		return err
	}
	defer hook.close()
	hook.fails = false
	want, err := tell(ctx, s.path("told"), got.findings, hook)
	if err != nil {
		return fmt.Errorf("tell undisturbed: %w", err)
	}
	result.Incidents = len(want.changes)
	result.IncidentsOther = d.incidents(got, want)
	expected, moved := hook.deliveries()
	heard, _ := s.hook.deliveries()
	result.Notifications = len(expected)
	result.NotificationsLost, result.NotificationsDoubled = d.deliveries(heard, expected, moved)
	return nil
}
