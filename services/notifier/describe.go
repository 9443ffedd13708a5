package notifier

import (
	"cmp"
	"fmt"
	"net"
	"net/url"

	"github.com/forewarn/forewarn/shared/i18n"
)

// Description says where incidents go, for a person who starts the program.
type Description struct {
	// Channels has a line per channel, such as "ops: dingtalk, zh-CN, Asia/Shanghai, from warning".
	Channels []i18n.Text
	// Missing has a sentence for each thing that people would want to add.
	Missing []i18n.Text
}

// Describe says which channels cfg has and what it lacks. It names no secret.
func Describe(cfg Config) Description {
	var d Description
	for k := range cfg.Channels {
		ch := &cfg.Channels[k]
		from := cmp.Or(ch.severity(), cfg.MinSeverity)
		d.Channels = append(d.Channels, i18n.Text{
			En: fmt.Sprintf("%s: %s, %s, %s, from %s", ch.Name, ch.Type, ch.language(), cmp.Or(ch.Timezone, "local time"), from),
			Zh: fmt.Sprintf("%s：%s，%s，%s，%s及以上", ch.Name, ch.Type, ch.language(), cmp.Or(ch.Timezone, "本机时间"), from.Name().Zh),
		})
		if kinds()[ch.Type].signed && ch.Secret == "" && ch.Group.Keyword == "" {
			d.Missing = append(d.Missing, i18n.Text{
				En: fmt.Sprintf("%s: messages are not signed; set notifier.channels[%d].secret", ch.Name, k),
				Zh: fmt.Sprintf("%s：消息未签名，请设置 notifier.channels[%d].secret", ch.Name, k),
			})
		}
	}
	if len(cfg.Channels) == 0 {
		d.Missing = append(d.Missing, i18n.Text{
			En: "no channel is configured: incidents are on the page only; add notifier.channels (see services/notifier/README.md)",
			Zh: "尚未配置通知渠道，事件仅在页面显示；请添加 notifier.channels（见 services/notifier/README.md）",
		})
		return d
	}
	d.Missing = append(d.Missing, Gaps(cfg)...)
	switch {
	case cfg.ConsoleURL == "":
		d.Missing = append(d.Missing, i18n.Text{
			En: "messages hold no link to the incident; set notifier.console_url to where people open the page",
			Zh: "消息中没有事件链接；请将 notifier.console_url 设为页面地址",
		})
	case onlyHere(cfg.ConsoleURL):
		d.Missing = append(d.Missing, i18n.Text{
			En: "links in messages open on this machine only; set notifier.console_url to where people open the page",
			Zh: "消息中的链接只能在本机打开；请将 notifier.console_url 设为页面地址",
		})
	}
	return d
}

// onlyHere reports whether a URL leads to the loopback interface.
func onlyHere(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
