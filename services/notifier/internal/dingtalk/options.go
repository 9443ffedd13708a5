package dingtalk

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
)

// Rate is how many messages a robot takes in a minute.
const Rate = 20

// Options are the keys of a channel that are this type's own.
type Options struct {
	// Keyword is what the robot's security setting wants in every message.
	Keyword string `yaml:"keyword"`
	// AtMobiles and AtUserIDs are mentioned when something begins or gets worse, AtAll everybody.
	AtMobiles []string `yaml:"at_mobiles"`
	AtUserIDs []string `yaml:"at_user_ids"`
	AtAll     bool     `yaml:"at_all"`
}

var mention = regexp.MustCompile(`^[+A-Za-z0-9_.$:-]{1,64}$`)

// Problems tells all that is wrong with the options and the robot's address, which is never shown.
func (o *Options) Problems(address string, bad func(key, rule string)) {
	if u, err := url.Parse(address); err == nil && !u.Query().Has("access_token") {
		bad("url", "holds no access_token; copy the robot's whole webhook address from the group's settings")
	}
	if len(o.Keyword) > 100 {
		bad("keyword", "is longer than 100 bytes; DingTalk's keywords are short")
	}
	if len(o.AtMobiles)+len(o.AtUserIDs) > 50 {
		bad("at_mobiles", "and at_user_ids name more than 50 people; use at_all")
	}
	for _, who := range slices.Concat(o.AtMobiles, o.AtUserIDs) {
		if !mention.MatchString(who) {
			bad("at_mobiles", fmt.Sprintf("%q is no mobile number or user id; correct it", who))
		}
	}
}
