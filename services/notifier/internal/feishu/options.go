package feishu

import (
	"regexp"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/group"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
)

// Options are the keys of a channel that are an application's own.
type Options struct {
	// AppID names the application, such as cli_a1b2.
	AppID string `yaml:"app_id"`
	// ReceiveID is to whom messages go: a group's chat_id (oc_…), or a person's open_id (ou_…), union_id (on_…), user_id or mail address.
	ReceiveID string `yaml:"receive_id"`
}

var receiver = regexp.MustCompile(`^[A-Za-z0-9_.@+-]{1,128}$`)

// Problems tells all that is wrong with the options.
func (o *Options) Problems(secret string, calls *group.Options, bad func(key, rule string)) {
	if o.AppID == "" {
		bad("app_id", "is missing; copy App ID from the application's page, such as cli_a1b2")
	}
	if secret == "" {
		bad("secret", "is missing; copy App Secret from the application's page, as file:PATH or env:NAME")
	}
	if !receiver.MatchString(o.ReceiveID) {
		bad("receive_id", "is missing or no id; set a group's chat_id (oc_…) or a person's open_id (ou_…)")
	}
	if calls.Keyword != "" {
		bad("keyword", "is not for feishu-app; remove it")
	}
	callProblems(calls, bad)
}

// Reaches reports whether messages go to a person alone.
func (o *Options) Reaches(p *person.Person) bool {
	return p.FeishuOpenID != "" && p.FeishuOpenID == o.ReceiveID || p.Mail != "" && strings.EqualFold(p.Mail.Reveal(), o.ReceiveID)
}
