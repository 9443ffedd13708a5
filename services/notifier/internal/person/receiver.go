package person

import (
	"fmt"
	"strings"

	"github.com/forewarn/forewarn/shared/config"
)

// Receiver is somebody with an address that a channel can reach.
type Receiver struct {
	// Name is how errors and logs call them, which never show the address.
	Name    string
	Address string
}

// Receivers returns whom a message reaches: those of configured addresses, then the people, each address once. Lacking are
// the names of people without an address.
func Receivers(configured []config.Secret, people []Person, address func(*Person) config.Secret) (found []Receiver, lacking []string) {
	seen := map[string]bool{}
	add := func(name, address string) {
		if key := strings.ToLower(address); !seen[key] {
			seen[key] = true
			found = append(found, Receiver{Name: name, Address: address})
		}
	}
	for k := range configured {
		add(fmt.Sprintf("to[%d]", k), configured[k].Reveal())
	}
	for k := range people {
		if a := address(&people[k]).Reveal(); a != "" {
			add(people[k].Name, a)
		} else {
			lacking = append(lacking, people[k].Name)
		}
	}
	return found, lacking
}

// IsMail and IsPhone report whether an address can be one: a mail address without a name, a number with + and the country's code.
func IsMail(s string) bool {
	p := Person{Name: "x", Mail: config.Secret(s)}
	return s != "" && len(p.Problems("")) == 0
}

// IsPhone is described at [IsMail].
func IsPhone(s string) bool { return number.MatchString(s) }
