package web

import "github.com/forewarn/forewarn/shared/i18n"

// habitName names the built-in rules on habits; none of another one.
func habitName(id string) i18n.Text {
	for _, h := range [...]struct{ id, en, zh string }{
		{"host-load", "load", "系统负载"},
		{"host-cpu", "CPU in use", "CPU 使用率"},
		{"host-iowait", "waiting for disks", "CPU 等待 I/O"},
		{"disk-latency", "time of a read or write", "磁盘读写耗时"},
		{"disk-busy", "busy time of a disk", "磁盘繁忙程度"},
		{"network-errors", "network errors", "网卡错误"},
		{"network-drops", "dropped packets", "网卡丢包"},
		{"tcp-retransmits", "TCP retransmissions", "TCP 重传率"},
		{"http-latency", "time of a request", "请求耗时"},
		{"http-errors", "requests that fail", "请求失败率"},
		{"http-requests", "requests", "请求量"},
		{"http-client-latency", "time of a call", "下游调用耗时"},
		{"http-client-errors", "calls that fail", "下游调用失败率"},
		{"jvm-gc-pauses", "pauses of garbage collection", "GC 停顿"},
		{"tomcat-busy-threads", "busy threads of Tomcat", "Tomcat 忙碌线程"},
		{"tomcat-latency", "time of a request of Tomcat", "Tomcat 请求耗时"},
		{"tomcat-latency-jmx", "time of a request of Tomcat", "Tomcat 请求耗时"},
		{"tomcat-errors", "requests of Tomcat that fail", "Tomcat 请求失败率"},
		{"weblogic-latency", "time of a servlet of WebLogic", "WebLogic Servlet 耗时"},
		{"weblogic-hogging-threads", "hogging threads of WebLogic", "WebLogic 占用线程"},
		{"weblogic-queue", "requests that wait in WebLogic", "WebLogic 排队请求"},
		{"hikaricp-connections", "database connections in use", "使用中的数据库连接"},
		{"hikaricp-pending", "threads that wait for a connection", "等待连接的线程"},
		{"hikaricp-acquisition", "wait for a connection", "获取连接耗时"},
		{"hikaricp-usage", "time that connections are held", "连接占用时长"},
		{"mysql-threads-running", "running threads of MySQL", "MySQL 执行中的线程"},
		{"mysql-queries", "statements of MySQL", "MySQL 语句数"},
		{"mysql-slow-queries", "slow statements of MySQL", "MySQL 慢查询"},
		{"mysql-row-lock-waits", "row lock waits of MySQL", "MySQL 行锁等待"},
		{"mysql-aborted-connections", "aborted connections of MySQL", "MySQL 异常断开的连接"},
		{"oracle-active-sessions", "active sessions of Oracle", "Oracle 活动会话"},
		{"oracle-commits", "commits of Oracle", "Oracle 提交数"},
		{"oracle-executions", "executions of Oracle", "Oracle 执行数"},
		{"oracle-rollbacks", "rollbacks of Oracle", "Oracle 回滚率"},
		{"oracle-waits", "waits of Oracle", "Oracle 等待"},
		{"sqlserver-requests", "batch requests of SQL Server", "SQL Server 批处理请求"},
		{"sqlserver-deadlocks", "deadlocks of SQL Server", "SQL Server 死锁"},
		{"sqlserver-io-stalls", "I/O stalls of SQL Server", "SQL Server I/O 停顿"},
		{"redis-hit-rate", "hit rate of Redis", "Redis 命中率"},
		{"redis-commands", "commands of Redis", "Redis 命令数"},
		{"redis-evictions", "evictions of Redis", "Redis 键淘汰"},
		{"kafka-consumer-lag", "lag of a Kafka consumer", "Kafka 消费积压"},
		{"probe-duration", "duration of a probe", "探测耗时"},
	} {
		if h.id == id {
			return i18n.Text{En: h.en, Zh: h.zh}
		}
	}
	return i18n.Text{}
}
