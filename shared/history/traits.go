package history

// Traits say in what a store differs from the contract because its server decides. The zero value, which is that of the
// embedded store, differs in nothing.
type Traits struct {
	// LastStays means that of two values for a time the one appended last stays, and counts as stored. With
	// AnyStays either may.
	LastStays, AnyStays bool
	// NoWindow means that samples are taken however late, as long as the server's retention reaches.
	NoWindow bool
	// Delayed means that a sample may be read only seconds after Append returned for it.
	Delayed bool
	// Decimal means that values come back to twelve digits, not to the last bit, without the sign of zero, and to fewer
	// where those of one series lie many orders of magnitude apart.
	Decimal bool
	// NoNaN means that an ordinary NaN is dropped without a word.
	NoNaN bool
	// PlainNames means that names of metrics and labels other than those that Prometheus always allowed may be rejected.
	PlainNames bool
	// NoStale means that stale markers come back as an ordinary NaN, or not at all: then a series that ended lingers for
	// five minutes in PromQL.
	NoStale bool
}
