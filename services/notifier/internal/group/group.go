// Package group knows what robots of group chats have in common: the word that their security setting may want, and whom their
// messages mention.
package group

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
)

// Options are the keys that channels of robots share.
type Options struct {
	// Keyword is what the robot's security setting wants in every message.
	Keyword string `yaml:"keyword"`
	// AtMobiles and AtUserIDs are mentioned when something begins or gets worse, AtAll everybody.
	AtMobiles []string `yaml:"at_mobiles"`
	AtUserIDs []string `yaml:"at_user_ids"`
	AtAll     bool     `yaml:"at_all"`
}

// mostCalled bounds how many people one message mentions.
const mostCalled = 50

var (
	mobile = regexp.MustCompile(`^[+0-9][0-9-]{4,20}$`)
	userID = regexp.MustCompile(`^[A-Za-z0-9_.@$:-]{1,64}$`)
)

// Problems tells all that is wrong with the options.
func (o *Options) Problems(bad func(key, rule string)) {
	if len(o.Keyword) > 100 || strings.ContainsAny(o.Keyword, "\r\n") {
		bad("keyword", "is longer than 100 bytes or has a line end; keywords are short")
	}
	if len(o.AtMobiles)+len(o.AtUserIDs) > mostCalled {
		bad("at_mobiles", fmt.Sprintf("and at_user_ids name more than %d people; use at_all", mostCalled))
	}
	for _, who := range o.AtMobiles {
		if !mobile.MatchString(who) {
			bad("at_mobiles", fmt.Sprintf("%q is no mobile number; correct it", who))
		}
	}
	for _, who := range o.AtUserIDs {
		if !userID.MatchString(who) {
			bad("at_user_ids", fmt.Sprintf("%q is no user id; copy it from the platform's address book", who))
		}
	}
}

// Calls are those whom one message mentions.
type Calls struct {
	UserIDs, Mobiles []string
	All              bool
}

// Calls returns those whom m mentions: those of the options and those whom m is for, if it is worth a sound. id tells what a person is
// called on the platform; who has no id there is called by a mobile number of mainland China, which is the only kind that the
// platforms know by itself.
func (o *Options) Calls(m *delivery.Message, id func(*person.Person) string) Calls {
	if !m.Loud() {
		return Calls{}
	}
	c := Calls{UserIDs: slices.Clone(o.AtUserIDs), Mobiles: slices.Clone(o.AtMobiles), All: o.AtAll}
	for k := range m.To {
		p := &m.To[k]
		number, mainland := strings.CutPrefix(p.Phone.Reveal(), "+86")
		switch who := id(p); {
		case who != "":
			c.UserIDs = append(c.UserIDs, who)
		case mainland:
			c.Mobiles = append(c.Mobiles, number)
		}
	}
	c.UserIDs, c.Mobiles = once(c.UserIDs), once(c.Mobiles)
	return c
}

// once returns who is in a list, each once, in their order, no more than a message can mention.
func once(list []string) (out []string) {
	for _, who := range list {
		if !slices.Contains(out, who) && len(out) < mostCalled {
			out = append(out, who)
		}
	}
	return out
}
