package bus

import (
	"fmt"
	"slices"
	"testing"
)

// G22: nobody has more than one partition more than another, and who comes or goes moves little more than its own part.
func TestAssign(t *testing.T) {
	if got := assign(nil, "trend", 4); got != nil {
		t.Errorf("without members: %v", got)
	}
	for _, partitions := range []int{1, 4, 16, 64} {
		for n := 1; n <= 12; n++ {
			members := make([]string, n)
			for i := range members {
				members[i] = fmt.Sprintf("member-%d", i)
			}
			owners := assign(members, "trend", partitions)
			checkBalance(t, members, owners)
			shuffled := slices.Clone(members)
			slices.Reverse(shuffled)
			if other := assign(shuffled, "trend", partitions); !slices.Equal(owners, other) {
				t.Errorf("%d members, %d partitions: the order of members counts", n, partitions)
			}
			moved := 0
			for p, o := range assign(append(shuffled, "new"), "trend", partitions) {
				if o != owners[p] {
					moved++
				}
			}
			if fair := partitions/(n+1) + 1; moved > 3*fair {
				t.Errorf("%d members, %d partitions: %d move to and fro when one comes, of which it needs %d", n, partitions, moved, fair)
			}
		}
	}
}

func checkBalance(t *testing.T, members, owners []string) {
	t.Helper()
	load := map[string]int{}
	for p, o := range owners {
		if o == "" {
			t.Fatalf("%d members: partition %d has no owner", len(members), p)
		}
		load[o]++
	}
	least, most := len(owners), 0
	for _, m := range members {
		least, most = min(least, load[m]), max(most, load[m])
	}
	if most-least > 1 {
		t.Errorf("%d members, %d partitions: %d to %d each", len(members), len(owners), least, most)
	}
}
