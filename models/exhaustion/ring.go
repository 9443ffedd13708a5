package exhaustion

// bucket is the range of the used share over a stretch of time; empty where max < 0.
type bucket struct{ Max, Min float32 }

func emptyBucket() bucket { return bucket{Max: -1, Min: -1} }

func (b *bucket) empty() bool { return b.Max < 0 }

func (b *bucket) fold(share float32) {
	if b.empty() {
		*b = bucket{share, share}
		return
	}
	b.Max, b.Min = max(b.Max, share), min(b.Min, share)
}

// ring is a view of one resolution of a Forecaster: buckets of equal width, addressed by their absolute
// number since the Unix epoch, the newest being *last.
type ring struct {
	buckets     []bucket
	last        *int64
	widthMillis int64
	shiftMillis int64 // of the buckets' borders
}

// number returns the number of the bucket of a time.
func (r ring) number(timeMillis int64) int64 { return (timeMillis + r.shiftMillis) / r.widthMillis }

// at returns the bucket for a time, making room for newer ones; nil if the time is older than the ring reaches.
func (r ring) at(timeMillis int64) *bucket {
	n, size := r.number(timeMillis), int64(len(r.buckets))
	switch {
	case n <= *r.last-size:
		return nil
	case n > *r.last:
		for i := max(*r.last+1, n-size+1); i <= n; i++ {
			r.buckets[i%size] = emptyBucket()
		}
		*r.last = n
	}
	return &r.buckets[n%size]
}

// each calls f for the non-empty buckets from the oldest to the newest that end after fromMillis.
func (r ring) each(fromMillis int64, f func(endMillis int64, b *bucket)) {
	size := int64(len(r.buckets))
	for n := max(*r.last-size+1, r.number(fromMillis), 0); n <= *r.last; n++ {
		if b := &r.buckets[n%size]; !b.empty() {
			f((n+1)*r.widthMillis-r.shiftMillis, b)
		}
	}
}

// rescale multiplies every remembered share by k.
func (r ring) rescale(k float32) {
	for i := range r.buckets {
		if b := &r.buckets[i]; !b.empty() {
			b.Max, b.Min = min(b.Max*k, maxShare), min(b.Min*k, maxShare)
		}
	}
}
