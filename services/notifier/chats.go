package notifier

import (
	"github.com/forewarn/forewarn/services/notifier/internal/dingtalk"
	"github.com/forewarn/forewarn/services/notifier/internal/feishu"
	"github.com/forewarn/forewarn/services/notifier/internal/message"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/wecom"
	"github.com/forewarn/forewarn/shared/i18n"
)

// chats returns the types of channels that are chats, by name.
func chats() map[string]kind {
	return map[string]kind{
		TypeDingTalk: {
			language: i18n.Chinese, rate: dingtalk.Rate, limited: true, address: true, signed: true, own: []string{"Group", "DingTalk"}, escape: message.Escape,
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Group.Problems(bad)
				dingtalk.Problems(ch.URL.Reveal(), bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return dingtalk.New(dingtalk.Settings{
					URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Group: ch.Group, Options: ch.DingTalk,
				})
			},
		},
		TypeWeCom: {
			language: i18n.Chinese, rate: wecom.RobotRate, limited: true, address: true, own: []string{"Group"}, escape: wecom.Escape,
			picture: wecom.MaxPicture, follows: true,
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Group.Problems(bad)
				wecom.RobotProblems(ch.URL.Reveal(), &ch.Group, bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return wecom.NewRobot(wecom.RobotSettings{URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Group: ch.Group})
			},
		},
		TypeWeComApp: {
			language: i18n.Chinese, rate: wecom.AppRate, limited: true, base: wecom.AppURL, own: []string{"WeComApp"}, escape: wecom.Escape,
			picture: wecom.MaxUpload, follows: true, reaches: func(p *person.Person) bool { return p.WeComUserID != "" },
			problems: func(ch *ChannelConfig, bad func(key, rule string)) { ch.WeComApp.Problems(ch.Secret.Reveal(), bad) },
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return wecom.NewApp(wecom.AppSettings{
					URL: ch.address(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Options: ch.WeComApp,
				})
			},
		},
		TypeFeishu: {
			language: i18n.Chinese, rate: feishu.BotRate, second: feishu.PerSecond, limited: true, address: true, signed: true, own: []string{"Group"},
			escape: feishu.Escape,
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Group.Problems(bad)
				feishu.BotProblems(ch.URL.Reveal(), &ch.Group, bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return feishu.NewBot(feishu.BotSettings{
					URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Group: ch.Group,
				})
			},
		},
		TypeFeishuApp: {
			language: i18n.Chinese, rate: feishu.AppRate, second: feishu.PerSecond, limited: true, base: feishu.AppURL, own: []string{"Group", "FeishuApp"}, escape: feishu.Escape,
			picture: feishu.MaxPicture, only: func(ch *ChannelConfig, p *person.Person) bool { return ch.FeishuApp.Reaches(p) },
			problems: func(ch *ChannelConfig, bad func(key, rule string)) {
				ch.Group.Problems(bad)
				ch.FeishuApp.Problems(ch.Secret.Reveal(), &ch.Group, bad)
			},
			open: func(ch *ChannelConfig) (closingChannel, error) {
				return feishu.NewApp(feishu.AppSettings{
					URL: ch.address(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Group: ch.Group, Options: ch.FeishuApp,
				})
			},
		},
	}
}
