package i18n

import "strings"

// Unit names a unit of the built-in rules, such as "seconds" or "requests/s", as it stands after a number; that of another rule
// stays as its author wrote it.
func Unit(name string) Text { return Text{En: name, Zh: chineseUnit(name)} }

func chineseUnit(name string) string {
	if base, perSecond := strings.CutSuffix(name, "/s"); perSecond {
		return chineseUnit(base) + "/秒"
	}
	for _, u := range [...]struct{ name, zh string }{
		{"inodes", "个 inode"},
		{"files", "个文件"},
		{"connections", "个连接"},
		{"threads", "个线程"},
		{"processes", "个进程"},
		{"sessions", "个会话"},
		{"messages", "条消息"},
		{"seconds", "秒"},
		{"days", "天"},
		{"errors", "个错误"},
		{"packets", "个包"},
		{"requests", "个请求"},
		{"statements", "条语句"},
		{"waits", "次等待"},
		{"deadlocks", "个死锁"},
		{"keys", "个键"},
		{"commits", "次提交"},
		{"executions", "次执行"},
		{"commands", "条命令"},
	} {
		if u.name == name {
			return u.zh
		}
	}
	return name
}
