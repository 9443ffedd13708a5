package pattern

const (
	// noveltyLines is after how many lines the share of new patterns among them is judged.
	noveltyLines = 1000
	// noveltyShare of them being new is an explosion: patterns then say nothing about the lines.
	noveltyShare = 0.5
)

// novelty notices that nearly every line is new.
type novelty struct {
	// Lines since the last judgement, New of them.
	Lines, New uint16
	// Said is set for good.
	Said bool
}

// add counts a line, and reports whether an explosion has to be said now.
func (n *novelty) add(isNew bool) bool {
	n.Lines++
	if isNew {
		n.New++
	}
	if n.Lines < noveltyLines {
		return false
	}
	say := !n.Said && float64(n.New) >= noveltyShare*noveltyLines
	*n = novelty{Said: n.Said || say}
	return say
}
