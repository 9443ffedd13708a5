package baseline

// Inherit returns the state of a series that has not sent yet and behaves like this one: a new pod of a known component.
// What is usual, level included, the scatter, the tails and the age are taken over, so that it is judged from its first sample
// on; that must be newer than the newest of this series. A level of its own becomes the usual one as any change does.
func (s *Series) Inherit() Series {
	heir := *s
	heir.Open, heir.Event, heir.Hot, heir.Calm = 0, 0, 0, calmHours+1
	heir.Before, heir.Fresh, heir.Short, heir.Long, heir.Run = 0, 0, 0, 0, 0
	heir.Peak = 0
	heir.Past, heir.Now, heir.Heard = 0, 0, 0
	return heir
}

// Inherit returns the state of events of something new that behaves like this, as that of a [Series] does.
func (e *Events) Inherit() Events {
	heir := *e
	heir.Open, heir.Event, heir.Hot, heir.Calm = 0, 0, 0, calmHours+1
	heir.Sum, heir.Seconds = 0, 0
	return heir
}
