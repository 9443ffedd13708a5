package wecom

import (
	"fmt"
	"regexp"
	"slices"
)

// Formats of an application's messages.
const (
	// Card is read in WeCom and in WeChat.
	Card = "textcard"
	// Markdown has more room and colours, and is read in WeCom only.
	Markdown = "markdown"
)

// Options are the keys of a channel that are an application's own.
type Options struct {
	// CorpID and AgentID name the company and the application.
	CorpID  string `yaml:"corp_id"`
	AgentID int    `yaml:"agent_id"`
	// ToUsers, ToParties and ToTags are the ids of members, departments and tags that get all messages; the member @all is everybody.
	ToUsers   []string `yaml:"to_users"`
	ToParties []string `yaml:"to_parties"`
	ToTags    []string `yaml:"to_tags"`
	// Format is textcard or markdown; "" is textcard.
	Format string `yaml:"message_type"`
}

var receiver = regexp.MustCompile(`^[A-Za-z0-9_.@-]{1,64}$`)

// Problems tells all that is wrong with the options.
func (o *Options) Problems(secret string, bad func(key, rule string)) {
	if o.CorpID == "" {
		bad("corp_id", "is missing; copy it from the administration, My Company")
	}
	if o.AgentID <= 0 {
		bad("agent_id", fmt.Sprintf("%d is no application; copy AgentId from the application's page", o.AgentID))
	}
	if secret == "" {
		bad("secret", "is missing; copy that of the application, as file:PATH or env:NAME")
	}
	if o.Format != "" && o.Format != Card && o.Format != Markdown {
		bad("message_type", fmt.Sprintf("%q is not known; set %s or %s", o.Format, Card, Markdown))
	}
	if len(o.ToUsers) > maxUsers || len(o.ToParties) > 100 || len(o.ToTags) > 100 {
		bad("to_users", "to_parties or to_tags: at most 1000 users, 100 departments and 100 tags; name a department or tag instead of its members")
	}
	for key, list := range map[string][]string{"to_users": o.ToUsers, "to_parties": o.ToParties, "to_tags": o.ToTags} {
		if k := slices.IndexFunc(list, func(id string) bool { return !receiver.MatchString(id) }); k >= 0 {
			bad(key, fmt.Sprintf("%q is no id; copy it from the address book", list[k]))
		}
	}
}
