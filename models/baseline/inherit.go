package baseline

// Inherit returns the state of a series that has not sent yet and behaves like this one: a new pod of a known component.
// What is usual of the hours, the scatter and the tails are taken over, and with them the age; the level is its own, from
// its first sample on.
func (s *Series) Inherit() Series {
	heir := *s
	heir.Open, heir.Event, heir.Hot, heir.Calm = 0, 0, 0, calmHours+1
	heir.Before, heir.Fresh, heir.Short, heir.Long, heir.Run = 0, 0, 0, 0, 0
	heir.Peak = 0
	return heir
}
