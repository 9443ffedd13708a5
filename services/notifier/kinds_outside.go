package notifier

import (
	"github.com/forewarn/forewarn/services/notifier/internal/alertmanager"
	"github.com/forewarn/forewarn/services/notifier/internal/gateway"
	"github.com/forewarn/forewarn/services/notifier/internal/mail"
	"github.com/forewarn/forewarn/services/notifier/internal/person"
	"github.com/forewarn/forewarn/services/notifier/internal/phone"
	"github.com/forewarn/forewarn/services/notifier/internal/webhook"
	"github.com/forewarn/forewarn/shared/finding"
	"github.com/forewarn/forewarn/shared/i18n"
)

// webhooks is the kind that posts JSON.
func webhooks() kind {
	return kind{
		language: i18n.English, rate: webhook.Rate, address: true, signed: true, machine: true, own: []string{"Webhook", "Headers"}, escape: i18n.Line,
		problems: func(ch *ChannelConfig, bad func(key, rule string)) {
			ch.Headers.Problems(bad)
			ch.Webhook.Problems(bad)
		},
		open: func(ch *ChannelConfig) (closingChannel, error) {
			return webhook.New(webhook.Settings{
				URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret.Reveal(), Headers: ch.Headers, Options: ch.Webhook,
			})
		},
	}
}

// mails is the kind that writes mails.
func mails() kind {
	return kind{
		language: i18n.English, rate: mail.Rate, picture: mail.MaxPicture, own: []string{"Mail"}, escape: i18n.Line,
		reaches:  func(p *person.Person) bool { return p.Mail != "" },
		receives: &receives{person.IsMail, "mail address; set one such as ops@example.com, without a name"},
		problems: func(ch *ChannelConfig, bad func(key, rule string)) { ch.Mail.Problems(bad) },
		open: func(ch *ChannelConfig) (closingChannel, error) {
			return mail.New(mail.Settings{
				Timeout: ch.timeout(), TLS: ch.TLS, Password: ch.Secret, To: ch.To, Options: ch.Mail,
			})
		},
	}
}

// gateways is the kind that asks a gateway of the user's own.
func gateways() kind {
	return kind{
		language: i18n.Chinese, rate: gateway.Rate, address: true, own: []string{"Gateway", "Headers"}, receives: numbers(), reaches: hasPhone,
		escape: i18n.Line,
		problems: func(ch *ChannelConfig, bad func(key, rule string)) {
			ch.Headers.Problems(bad)
			ch.Gateway.Problems(ch.Template.Body != "", bad)
		},
		open: func(ch *ChannelConfig) (closingChannel, error) {
			return gateway.New(gateway.Settings{
				URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret, To: ch.To, Headers: ch.Headers, Options: ch.Gateway,
			})
		},
	}
}

// alertmanagers is the kind that posts alerts.
func alertmanagers() kind {
	return kind{
		language: i18n.English, rate: alertmanager.Rate, address: true, machine: true, incidents: true, own: []string{"Alertmanager", "Headers"},
		problems: func(ch *ChannelConfig, bad func(key, rule string)) {
			ch.Headers.Problems(bad)
			ch.Alertmanager.Problems(bad)
		},
		open: func(ch *ChannelConfig) (closingChannel, error) {
			return alertmanager.New(alertmanager.Settings{
				URL: ch.URL.Reveal(), Timeout: ch.timeout(), TLS: ch.TLS, Headers: ch.Headers, Options: ch.Alertmanager,
			})
		},
	}
}

// numbers are the receivers of types that reach phones.
func numbers() *receives {
	return &receives{person.IsPhone, "number; set it with + and the country's code, such as +8613800000000"}
}

// hasPhone reports whether somebody can be reached by phone.
func hasPhone(p *person.Person) bool { return p.Phone != "" }

// phones is the kind that writes to phones, or calls them.
func phones(voice bool) kind {
	k := kind{
		language: i18n.Chinese, rate: phone.Rate, incidents: true, own: []string{"Phone"},
		receives: numbers(), reaches: hasPhone, escape: i18n.Line,
		speaks: func(ch *ChannelConfig, l i18n.Language) bool { return ch.Phone.Templates[l] != "" },
		problems: func(ch *ChannelConfig, bad func(key, rule string)) {
			ch.Phone.Problems(voice, phone.Has{Secret: ch.Secret != "", Template: ch.Template.Body != ""}, bad)
		},
		open: func(ch *ChannelConfig) (closingChannel, error) {
			return phone.New(phone.Settings{
				Timeout: ch.timeout(), TLS: ch.TLS, Secret: ch.Secret, To: ch.To, Voice: voice, Options: ch.Phone,
			})
		},
	}
	if voice {
		k.severity = finding.Critical // nobody is called at night for less unless somebody asks for that
	}
	return k
}
