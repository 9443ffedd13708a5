package phone

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Rate is how many people are told in a minute by a channel, unless it says otherwise.
const Rate = 60

// Providers.
const (
	Alibaba = "alibaba"
	Tencent = "tencent"
)

// Options are the keys of a channel of these types.
type Options struct {
	// Provider is alibaba or tencent.
	Provider string `yaml:"provider"`
	// AccessKeyID is the id of the key (Tencent Cloud: SecretId) of which the channel's secret is the secret.
	AccessKeyID string `yaml:"access_key_id"`
	// Sign is the approved signature of short messages, without brackets.
	Sign string `yaml:"sign"`
	// Template is the code or id of the approved template.
	Template string `yaml:"template_id"`
	// Templates are the approved templates in other languages than the channel's, by language: who reads one that is not among them is
	// told in the channel's, since a text that is half translated helps nobody.
	Templates map[i18n.Language]string `yaml:"template_ids"`
	// Variables are what the template's variables stand for, by their names (Alibaba Cloud) or in their order (Tencent Cloud); none
	// is what, when.
	Variables []string `yaml:"variables"`
	// VariableLength is how many characters a variable may have, 0 for 35 with Alibaba Cloud and 12 with Tencent Cloud.
	VariableLength int `yaml:"variable_length"`
	// AppID is Tencent Cloud's id of the application.
	AppID string `yaml:"sdk_app_id"`
	// Region is that of Tencent Cloud, "" for ap-guangzhou.
	Region string `yaml:"region"`
	// ShowNumber is the number that a call of Alibaba Cloud shows; "" in shared mode.
	ShowNumber string `yaml:"show_number"`
	// PlayTimes is how often a call says its text, 1 to 3; 0 is 2.
	PlayTimes int `yaml:"play_times"`
	// Endpoint is the service's address; "" is the public one in China.
	Endpoint string `yaml:"endpoint"`
}

var (
	appID    = regexp.MustCompile(`^[0-9]{1,20}$`)
	template = regexp.MustCompile(`^[A-Za-z0-9_]{1,64}$`)
)

// names of what a variable can stand for.
func names() []string {
	return []string{"what", "when", "place", "severity", "advice", "owner", "text"}
}

// Has says what a channel of these types has beside its options.
type Has struct {
	// Secret is that of the access key, Template the form of the variable text.
	Secret, Template bool
}

// Problems tells all that is wrong with the options of a channel that writes, or calls.
func (o *Options) Problems(voice bool, has Has, bad func(key, rule string)) {
	if o.Provider != Alibaba && o.Provider != Tencent {
		bad("provider", fmt.Sprintf("%q is not known; set alibaba or tencent", o.Provider))
	}
	if o.AccessKeyID == "" {
		bad("access_key_id", "is missing; set the id of a key that may do no more than send")
	}
	if !has.Secret {
		bad("secret", "is missing; set the secret of the access key, as file:PATH or encrypted")
	}
	if !template.MatchString(o.Template) {
		bad("template_id", fmt.Sprintf("%q is no template; set the code of an approved one, such as SMS_123456789, TTS_123456789 or 1234567", o.Template))
	}
	for _, lang := range slices.Sorted(maps.Keys(o.Templates)) {
		if id := o.Templates[lang]; !lang.Valid() || !template.MatchString(id) {
			bad("template_ids", fmt.Sprintf("%q: %q is no language with a template; set en or zh-CN, and the code of an approved one", lang, id))
		}
	}
	if o.Endpoint != "" {
		if u, err := url.Parse(o.Endpoint); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "" {
			bad("endpoint", fmt.Sprintf("%q is no address of a service; set one such as https://dysmsapi.aliyuncs.com", o.Endpoint))
		}
	}
	if has.Template && !slices.ContainsFunc(o.Variables, func(v string) bool { _, part := split(v); return part == "text" }) {
		bad("template", "is not said by any variable; add text to variables, or name=text where the template of the provider calls it name")
	}
	o.variableProblems(bad)
	o.providerProblems(voice, bad)
}

func (o *Options) variableProblems(bad func(key, rule string)) {
	for _, v := range o.Variables {
		_, part := split(v)
		if !slices.Contains(names(), part) {
			bad("variables", fmt.Sprintf("%q is not known; set one of %s, or name=one of them where the template calls it name", v, strings.Join(names(), ", ")))
		}
	}
	if o.VariableLength != 0 && (o.VariableLength < 4 || o.VariableLength > 500) {
		bad("variable_length", fmt.Sprintf("%d is out of range; set 4 to 500 characters, or 0 for the provider's usual limit", o.VariableLength))
	}
}

func (o *Options) providerProblems(voice bool, bad func(key, rule string)) {
	if !voice && o.Sign == "" && o.Provider != "" {
		bad("sign", "is missing; set the approved signature, without brackets")
	}
	if strings.ContainsAny(o.Sign, "【】[]") {
		bad("sign", fmt.Sprintf("%q has brackets; leave them out", o.Sign))
	}
	if o.Provider == Tencent && !appID.MatchString(o.AppID) {
		bad("sdk_app_id", fmt.Sprintf("%q is no id of an application; copy it from the console, such as 1400006666", o.AppID))
	}
	if voice && (o.PlayTimes < 0 || o.PlayTimes > 3) {
		bad("play_times", fmt.Sprintf("%d is out of range; set 1 to 3", o.PlayTimes))
	}
	for _, k := range []struct {
		key string
		set bool
		of  string
	}{
		{"sdk_app_id", o.AppID != "" && o.Provider == Alibaba, "Tencent Cloud"},
		{"region", o.Region != "" && o.Provider == Alibaba, "Tencent Cloud"},
		{"show_number", o.ShowNumber != "" && (o.Provider == Tencent || !voice), "calls of Alibaba Cloud"},
		{"sign", o.Sign != "" && voice, "short messages"},
		{"play_times", o.PlayTimes != 0 && !voice, "calls"},
	} {
		if k.set {
			bad(k.key, "is for "+k.of+" only; remove it")
		}
	}
}

// template returns the code of the template in a language.
func (o *Options) template(lang i18n.Language) string { return cmp.Or(o.Templates[lang], o.Template) }

// endpoint returns the service's address.
func (o *Options) endpoint(voice bool) string {
	switch {
	case o.Endpoint != "":
		return strings.TrimSuffix(o.Endpoint, "/") + "/"
	case o.Provider == Alibaba && voice:
		return "https://dyvmsapi.aliyuncs.com/"
	case o.Provider == Alibaba:
		return "https://dysmsapi.aliyuncs.com/"
	case voice:
		return "https://vms.tencentcloudapi.com/"
	}
	return "https://sms.tencentcloudapi.com/"
}

// length returns how many characters a variable may have.
func (o *Options) length() int {
	switch {
	case o.VariableLength > 0:
		return o.VariableLength
	case o.Provider == Tencent:
		return 12
	}
	return 35
}

// split returns the template's name of a variable and what it stands for.
func split(v string) (name, part string) {
	name, part, renamed := strings.Cut(v, "=")
	if !renamed {
		return v, v
	}
	return name, part
}
