package landscape

import "math"

// cache is Redis and its host. What is not found there is read from the ledger.
type cache struct {
	*machine
	log     *journal
	missed  float64 // how much more the database is asked, as a share
	penalty float64 // seconds that a request waits for it
	keys    float64

	up, clients, used, most, hits, misses *gauge
}

func newCache(l *Landscape) *cache {
	c := &cache{machine: l.newMachine("cache-01", 4, 16), keys: 0.5}
	c.log = c.journal(l, "redis", "/var/log/redis/redis.log")
	e := c.exporter(l, "redis", "9121")
	c.up, c.clients = e.gauge("redis_up"), e.gauge("redis_connected_clients")
	c.used, c.most = e.gauge("redis_memory_used_bytes"), e.gauge("redis_memory_max_bytes")
	c.hits, c.misses = e.gauge("redis_keyspace_hits_total"), e.gauge("redis_keyspace_misses_total")
	return c
}

func (c *cache) step(l *Landscape) {
	requests := l.servers[0].requests + l.servers[1].requests
	c.begin(l, false)
	down := l.Trouble.Cache || c.down
	c.missed, c.penalty = 0, 0
	if down {
		c.missed, c.penalty, c.keys = 1.6, 0.2, 0.1
	}
	c.keys = min(c.keys+0.02*l.hours(), 0.5)
	c.cpu += 0.1 + requests*0.002
	c.need += 3 + 6*c.keys
	if down {
		c.up.set(0)
	} else {
		c.up.set(1)
		c.clients.set(40 + count(c.dice, requests*0.2))
		c.used.set(math.Round(gibibyte * (1 + 10*c.keys)))
		c.most.set(12 * gibibyte)
		c.hits.add(count(c.dice, requests*9*l.plan.Interval.Seconds()))
		c.misses.add(count(c.dice, requests*l.plan.Interval.Seconds()))
	}
	c.say(down)
	c.machine.step(l, 0)
}
