package dingtalk

import "net/url"

// Rate is how many messages a robot takes in a minute.
const Rate = 20

// Options are the keys of a channel that are this type's own.
type Options struct {
	// Card sends messages that mention nobody as cards with a button.
	Card bool `yaml:"card"`
}

// Problems tells what is wrong with the robot's address, which is never shown.
func Problems(address string, bad func(key, rule string)) {
	if u, err := url.Parse(address); err == nil && !u.Query().Has("access_token") {
		bad("url", "holds no access_token; copy the robot's whole webhook address from the group's settings")
	}
}
