package phone

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/forewarn/forewarn/services/notifier/internal/alibaba"
	"github.com/forewarn/forewarn/services/notifier/internal/delivery"
	"github.com/forewarn/forewarn/services/notifier/internal/peer"
	"github.com/forewarn/forewarn/services/notifier/internal/tencent"
)

// alibabaCloud sends by SendSms and SingleCallByTts, both of 2017-05-25.
type alibabaCloud struct {
	s      *Settings
	client *alibaba.Client
}

func newAlibaba(s *Settings, p *peer.Client) *alibabaCloud {
	return &alibabaCloud{s: s, client: &alibaba.Client{Peer: p, Version: "2017-05-25", KeyID: s.AccessKeyID, Secret: s.Secret}}
}

func (a *alibabaCloud) send(ctx context.Context, number string, what said, ref string) error {
	byName := map[string]string{}
	for _, v := range what.values {
		byName[v.name] = v.text
	}
	params, err := json.Marshal(byName)
	if err != nil {
		return &delivery.Error{Permanent: true, What: "the variables cannot be encoded: " + err.Error()}
	}
	if !a.s.Voice {
		return a.client.Call(ctx, "SendSms", map[string]string{
			"PhoneNumbers": plain(number), "SignName": a.s.Sign, "TemplateCode": what.template, "TemplateParam": string(params), "OutId": ref,
		})
	}
	call := map[string]string{
		"CalledNumber": plain(number), "TtsCode": what.template, "TtsParam": string(params), "PlayTimes": strconv.Itoa(a.s.times()), "OutId": ref,
	}
	if a.s.ShowNumber != "" {
		call["CalledShowNumber"] = a.s.ShowNumber
	}
	return a.client.Call(ctx, "SingleCallByTts", call)
}

// plain returns a number as Alibaba Cloud wants it: without a country's code inside of the mainland, without + elsewhere.
func plain(number string) string {
	if inside, ok := strings.CutPrefix(number, "+86"); ok {
		return inside
	}
	return strings.TrimPrefix(number, "+")
}

// tencentCloud sends by SendSms of 2021-01-11 and SendTtsVoice of 2020-09-02.
type tencentCloud struct {
	s      *Settings
	client *tencent.Client
}

func newTencent(s *Settings, p *peer.Client) *tencentCloud {
	c := &tencent.Client{Peer: p, Service: "sms", Version: "2021-01-11", Region: s.Region, KeyID: s.AccessKeyID, Secret: s.Secret}
	if s.Voice {
		c.Service, c.Version = "vms", "2020-09-02"
	}
	if c.Region == "" {
		c.Region = "ap-guangzhou"
	}
	return &tencentCloud{s: s, client: c}
}

// letter is the body of SendSms.
type letter struct {
	PhoneNumberSet   []string
	SmsSdkAppID      string `json:"SmsSdkAppId"`
	TemplateID       string `json:"TemplateId"`
	SignName         string
	TemplateParamSet []string
	SessionContext   string
}

// call is the body of SendTtsVoice.
type call struct {
	TemplateID       string `json:"TemplateId"`
	CalledNumber     string
	VoiceSdkAppid    string
	TemplateParamSet []string
	PlayTimes        int
	SessionContext   string
}

func (t *tencentCloud) send(ctx context.Context, number string, what said, ref string) error {
	texts := make([]string, len(what.values))
	for k, v := range what.values {
		texts[k] = v.text
	}
	if t.s.Voice {
		return t.client.Call(ctx, "SendTtsVoice", call{
			TemplateID: what.template, CalledNumber: number, VoiceSdkAppid: t.s.AppID, TemplateParamSet: texts, PlayTimes: t.s.times(), SessionContext: ref,
		})
	}
	return t.client.Call(ctx, "SendSms", letter{
		PhoneNumberSet: []string{number}, SmsSdkAppID: t.s.AppID, TemplateID: what.template, SignName: t.s.Sign, TemplateParamSet: texts, SessionContext: ref,
	})
}

// times is how often a call says its text.
func (o *Options) times() int {
	if o.PlayTimes == 0 {
		return 2
	}
	return o.PlayTimes
}
