// Package pattern finds what the lines of a log have in common: "Failed password for root from 10.0.0.1 port 22" and
// "Failed password for bin from 10.0.0.7 port 40022" are one pattern, "Failed password for <*> from <*> port <*>".
//
// A [Miner] learns patterns from lines in the order in which they come, [Miner.Add], and tells of a line to which pattern it
// belongs, [Miner.Find]. It works in two steps, with one configuration for every system and no expressions of the user's.
//
// First a scanner masks, in one pass over the bytes and without regular expressions, what by its form is a value: numbers
// with sign, unit and separators, hexadecimal, UUIDs, addresses (IPv4, IPv6, MAC), times of day and dates, paths, URLs,
// quoted strings, the variable end of identifiers such as blk_-123, values that are empty. Colours of terminals go. Text may
// be UTF-8 in any script, where Chinese needs no spaces between words; bytes that are none are values.
//
// Then words that differ become values. Lines are compared only with patterns that have the same separators in the same
// order, which takes the place of Drain's fixed-depth tree (He et al., ICWS 2017). Drain merges two lines as soon as
// they are similar enough, and so takes "link up" and "link down" for one. Here a word becomes a value when enough
// different ones have been seen in its place, in lines that are equal otherwise: four, and more if they look like
// states of a machine, if they begin the line, if several places differ or if little is shared. That few values are things
// which can happen, and many are values, is what Brain (Yu et al., IEEE TSC 2023) looks at with a threshold for each data
// set. Until then the lines stay apart, and are joined afterwards. What stands where values have been found in other
// patterns, behind the same words, needs less evidence.
//
// The [ID] of a pattern is a hash of its text: the same pattern has the same ID on every host, in every run and whatever
// was seen before. A pattern that becomes more general therefore becomes another, and [Match] says which ones it takes the
// place of; that happens at most once for each of its words.
//
// Memory is bounded by [Config] whatever the lines are: patterns used least recently are forgotten, those of a single line
// before others of their shape, and a log in which every line is new is noticed, see [Match]. The same lines give
// the same patterns, also across a snapshot.
package pattern
