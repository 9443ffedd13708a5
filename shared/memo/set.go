package memo

// Set remembers which keys it was given, of those that were asked for of late, up to a bound: a [Cache] of nothing. Make one by [NewSet].
// It is not safe for concurrent use.
type Set struct{ cache Cache[struct{}] }

// NewSet returns an empty set with room for so many keys, at least two: between half of that and all of it is remembered.
func NewSet(room int) *Set { return &Set{*New[struct{}](room)} }

// Follows reports whether a key is remembered as the one that came after the last one before: false says nothing. It costs next to
// nothing, for who can ask elsewhere in between.
func (s *Set) Follows(key uint64) bool { return s.cache.young.follows(key) }

// Has reports whether a key is remembered.
func (s *Set) Has(key uint64) bool {
	_, ok := s.cache.Get(key)
	return ok
}

// Add remembers a key.
func (s *Set) Add(key uint64) { s.cache.Put(key, struct{}{}) }

// Len returns how many keys are remembered, those that are in both generations twice.
func (s *Set) Len() int { return s.cache.Len() }
