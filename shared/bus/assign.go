package bus

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// assign says which member should work on which partition of a service: by rendezvous hashing with bounded loads, so that
// everybody who knows the same members comes to the same answer, nobody has more than one partition more than another, and a
// member that comes or goes moves few. The result has one name per partition; it is empty without members.
//
// Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998); Mirrokni, Thorup and Zadimoghaddam,
// "Consistent hashing with bounded loads" (2016).
func assign(members []string, service string, partitions int) []string {
	if len(members) == 0 {
		return nil
	}
	least, extra := partitions/len(members), partitions%len(members)
	load := make(map[string]int, len(members))
	owners := make([]string, partitions)
	for p := range owners {
		for _, m := range byWeight(members, service, p) {
			if load[m] > least || load[m] == least && extra == 0 {
				continue
			}
			if load[m] == least {
				extra--
			}
			load[m]++
			owners[p] = m
			break
		}
	}
	return owners
}

// byWeight sorts members by their weight for a partition, the heaviest first.
func byWeight(members []string, service string, partition int) []string {
	weights := make(map[string]uint64, len(members))
	for _, m := range members {
		weights[m] = xxhash.Sum64String(m + "/" + service + "/" + strconv.Itoa(partition))
	}
	return slices.SortedFunc(slices.Values(members), func(a, b string) int {
		return cmp.Or(cmp.Compare(weights[b], weights[a]), cmp.Compare(a, b))
	})
}
