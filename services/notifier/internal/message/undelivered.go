package message

// Undelivered says of a message that another channel could not deliver it, and why.
func (r Reader) Undelivered(t Text, channel, why string) Text {
	t.Why = append([]string{
		r.say("The channel "+channel+" could not deliver this, and at most once an hour it is said here: ", "渠道 "+channel+" 未能送达本消息（每小时最多在此提示一次）：") + why,
	}, t.Why...)
	return t
}
