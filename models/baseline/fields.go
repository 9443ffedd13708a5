package baseline

// The fields of a state in the order in which they are kept. A field more, or another order, is another version.

func (s *state) fields(l *layout) {
	s.course.fields(l)
	s.scatter.fields(l)
	s.detectors.fields(l)
	l.f32s(&s.Peak)
	s.All.fields(l)
	s.profile.fields(l)
	l.u8((*uint8)(&s.Nature))
	s.records.fields(l)
}

func (c *course) fields(l *layout) {
	l.f64(&c.Base)
	l.i64(&c.LastMillis)
	l.u32s(&c.Samples, &c.First, &c.Open, &c.Event)
	l.f32s(&c.Interval, &c.Level)
	for w := range c.Error {
		l.f32s(&c.Error[w])
	}
	l.f32s(&c.Calm, &c.Hot)
}

func (s *scatter) fields(l *layout) {
	l.f32s(&s.Spread[0], &s.Spread[1], &s.Step, &s.Covariance, &s.Variance)
}

func (d *detectors) fields(l *layout) {
	l.f32s(&d.Before, &d.Fresh, &d.Short, &d.Long, &d.Run)
	for i := range d.Tails {
		d.Tails[i].fields(l)
	}
}

func (t *tail) fields(l *layout) { l.f32s(&t.From, &t.Mean, &t.Square) }

func (p *profile) fields(l *layout) {
	l.i16s(p.Work[:])
	l.i16s(p.Rest[:])
	for h := range p.Wide {
		l.i8(&p.Wide[h])
	}
	p.Books.fields(l)
	l.u8(&p.WorkDays)
	l.u8(&p.RestDays)
	l.f32s(&p.Unit)
	p.hour.fields(l)
}

func (c *closes) fields(l *layout) {
	l.i16s(c.Busy[:])
	l.i16s(c.Quiet[:])
	swing := [...]int16{c.Low, c.Swing}
	l.i16s(swing[:])
	c.Low, c.Swing = swing[0], swing[1]
	l.i8(&c.Help)
}

func (h *hour) fields(l *layout) {
	l.f32s(&h.Sum, &h.Size)
	l.u16(&h.Count)
	l.i8(&h.At)
	l.i8(&h.Close)
	l.flag(&h.Resting)
}

func (c *records) fields(l *layout) {
	l.f32s(&c.Past, &c.Now, &c.Today, &c.Highest)
	for i := range c.Below {
		l.u16((*uint16)(&c.Below[i]))
	}
	l.u8(&c.Heard)
	l.u8(&c.Days)
}
