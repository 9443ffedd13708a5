// Package person knows for whom messages are: names in incidents and queues, addresses only in the configuration and on
// the way to a channel.
package person

import (
	"cmp"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"time"

	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/shared/config"
	"github.com/forewarn/forewarn/shared/i18n"
)

// Person is somebody who can be told. What a channel needs and a person lacks, that channel cannot do for them.
type Person struct {
	// Name is how incidents, teams, and access tokens call them: small letters, digits, dots and dashes.
	Name string `yaml:"name"`
	// DisplayName is how people are shown; "" is Name.
	DisplayName string `yaml:"display_name"`
	// Language of what is for this person alone; "" is the channel's.
	Language i18n.Language `yaml:"language"`
	// Timezone is an IANA name; "" is the channel's.
	Timezone string `yaml:"timezone"`
	// Mail is an address as in RFC 5322, Phone a number as in E.164, such as +8613800000000. Both are personal data: write
	// them as file:PATH, env:NAME or as encrypted.
	Mail  config.Secret `yaml:"mail"`
	Phone config.Secret `yaml:"phone"`
	// DingTalkUserID, WeComUserID and FeishuOpenID name them on the platforms, so that they can be mentioned. DingTalk and WeCom
	// also know people by the number of Phone.
	DingTalkUserID string `yaml:"dingtalk_user_id"`
	WeComUserID    string `yaml:"wecom_user_id"`
	FeishuOpenID   string `yaml:"feishu_open_id"`
}

var (
	name   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{0,63}$`)
	number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	userID = regexp.MustCompile(`^[A-Za-z0-9_.@$:-]{1,64}$`)
)

// Problems returns all that is wrong with p, each error beginning with the key under prefix, such as "people[0].". No error
// shows an address.
func (p *Person) Problems(prefix string) (errs []error) {
	bad := func(key, rule string) { errs = append(errs, fmt.Errorf("%s%s: %s", prefix, key, rule)) }
	if !name.MatchString(p.Name) {
		bad("name", fmt.Sprintf("%q is no name of a person; use 1 to 64 small letters, digits, dots and dashes", p.Name))
	}
	if p.Language != "" && !p.Language.Valid() {
		bad("language", fmt.Sprintf("%q is not spoken; set en or zh-CN", p.Language))
	}
	if _, err := time.LoadLocation(p.Timezone); err != nil {
		bad("timezone", fmt.Sprintf("%q is not known; set an IANA name such as Asia/Shanghai", p.Timezone))
	}
	if a, err := mail.ParseAddress(p.Mail.Reveal()); p.Mail != "" && (err != nil || a.Name != "") {
		bad("mail", "is no mail address; set one such as li.wei@example.com, without a name")
	}
	if p.Phone != "" && !number.MatchString(p.Phone.Reveal()) {
		bad("phone", "is no number; set it with + and the country's code, such as +8613800000000")
	}
	for _, id := range []struct{ key, v string }{
		{"dingtalk_user_id", p.DingTalkUserID}, {"wecom_user_id", p.WeComUserID}, {"feishu_open_id", p.FeishuOpenID},
	} {
		if id.v != "" && !userID.MatchString(id.v) {
			bad(id.key, fmt.Sprintf("%q is no user id; copy it from the platform's address book", id.v))
		}
	}
	return errs
}

// Shown returns how p is shown to people.
func (p *Person) Shown() string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.Name
}

// Reads returns for whom something is rendered that is for p alone: p's own language and time zone, as far as there are, go before r's.
func (p *Person) Reads(r message.Reader) message.Reader {
	r.Language = cmp.Or(p.Language, r.Language)
	if p.Timezone == "" {
		return r
	}
	if zone, err := time.LoadLocation(p.Timezone); err == nil { // Problems has told otherwise
		r.Zone = zone
	}
	return r
}

// Directory finds people by name.
type Directory struct{ people map[string]Person }

// NewDirectory returns a directory of people, or what is wrong with them: see [Person.Problems]; two must not share a name.
func NewDirectory(people []Person) (*Directory, error) {
	d := &Directory{people: make(map[string]Person, len(people))}
	var errs []error
	for k := range people {
		p, at := &people[k], fmt.Sprintf("people[%d].", k)
		if _, taken := d.people[p.Name]; taken {
			errs = append(errs, fmt.Errorf("%sname: %q is taken by somebody before; choose another", at, p.Name))
		}
		errs = append(errs, p.Problems(at)...)
		d.people[p.Name] = *p
	}
	return d, errors.Join(errs...)
}

// Find returns those of names that it knows, in their order, and the names that it does not know.
func (d *Directory) Find(names []string) (found []Person, unknown []string) {
	for _, n := range names {
		if p, ok := d.people[n]; ok {
			found = append(found, p)
		} else {
			unknown = append(unknown, n)
		}
	}
	return found, unknown
}

// Shown returns how somebody is shown to people, by the name as it is if nobody is known by it.
func (d *Directory) Shown(name string) string {
	if p, ok := d.people[name]; ok {
		return p.Shown()
	}
	return name
}

// Knows reports whether somebody is known by a name.
func (d *Directory) Knows(name string) bool { _, ok := d.people[name]; return ok }
