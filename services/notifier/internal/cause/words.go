package cause

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/forewarn/forewarn/shared/entity"
	"github.com/forewarn/forewarn/shared/i18n"
)

// reason is what speaks for a cause, and how much it counts.
type reason struct {
	points float64
	text   i18n.Text
}

// maxReasons is how many reasons of a cause are told.
const maxReasons = 4

// strongest returns the texts of reasons, those that count most first.
func strongest(all []reason) []i18n.Text {
	slices.SortStableFunc(all, func(a, b reason) int { return cmp.Compare(b.points, a.points) })
	var out []i18n.Text
	for _, r := range all[:min(len(all), maxReasons)] {
		out = append(out, r.text)
	}
	return out
}

func sayFirst(ahead time.Duration) i18n.Text {
	span := i18n.Span(ahead)
	return i18n.Text{En: "it began first, " + span.En + " before the others", Zh: "最早出现，比其他问题早 " + span.Zh}
}

// maxNamed is how many entities a reason names.
const maxNamed = 3

func sayResting(resting map[string]entity.Entity, others int) i18n.Text {
	var names []string
	for _, id := range slices.Sorted(maps.Keys(resting)) {
		names = append(names, resting[id].Name)
	}
	more := ""
	if len(names) > maxNamed {
		names, more = names[:maxNamed], ", …"
	}
	list := strings.Join(names, ", ") + more
	return i18n.Text{
		En: fmt.Sprintf("%d of %d others in trouble rest on it: %s", len(resting), others, list),
		Zh: fmt.Sprintf("其余 %d 个出现问题的对象中有 %d 个依赖它：%s", others, len(resting), list),
	}
}

func sayCompany(others int) i18n.Text {
	if others == 1 {
		return i18n.Text{En: "one more thing is wrong with it", Zh: "它还有另外 1 个问题"}
	}
	return i18n.Text{En: fmt.Sprintf("%d more things are wrong with it", others), Zh: fmt.Sprintf("它还有另外 %d 个问题", others)}
}

func sayExplained(below *Trouble) i18n.Text {
	return i18n.Text{
		En: "less likely, as it rests on " + below.Entity.Name + ", which is in trouble, too",
		Zh: "可能性较低：它依赖的 " + below.Entity.Name + " 也有问题",
	}
}
