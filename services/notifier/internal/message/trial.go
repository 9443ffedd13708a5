package message

import "time"

// Trial is a message by which somebody tries a channel: it says that nothing has happened.
func (r Reader) Trial(channel string, now time.Time) Text {
	t := r.blank("Details", "查看详情")
	t.What = r.say("[Test] ", "【测试】") + r.say("Forewarn can reach you by the channel "+channel, "Forewarn 可以通过渠道 "+channel+" 通知您")
	t.When = r.say("Sent "+r.date(now, now), "发送时间 "+r.date(now, now))
	t.Why = []string{r.say("This is a test. Nothing has happened, and nothing has to be done.", "这是一条测试消息，没有发生任何故障，无需处理。")}
	return t
}
