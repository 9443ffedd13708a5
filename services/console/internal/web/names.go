package web

import "github.com/forewarn/forewarn/shared/i18n"

// RuleName says what a built-in rule watches; other rules go by their ids. The catalogue's titles name the
// trouble, which a healthy signal does not have.
func (s speaker) RuleName(id string) string {
	if name := ruleName(id); name.En != "" {
		return s.Pick(name)
	}
	return id
}

func ruleName(id string) i18n.Text {
	switch id {
	case "filesystem-space":
		return i18n.Text{En: "disk space", Zh: "磁盘空间"}
	case "filesystem-inodes":
		return i18n.Text{En: "inodes", Zh: "inode 数量"}
	case "host-memory":
		return i18n.Text{En: "host memory", Zh: "主机内存"}
	case "host-swap":
		return i18n.Text{En: "swap space", Zh: "交换空间"}
	case "host-file-descriptors":
		return i18n.Text{En: "host file descriptors", Zh: "主机文件描述符"}
	case "host-conntrack":
		return i18n.Text{En: "connection tracking", Zh: "连接跟踪表"}
	case "process-file-descriptors":
		return i18n.Text{En: "process file descriptors", Zh: "进程文件描述符"}
	case "process-memory":
		return i18n.Text{En: "process memory", Zh: "进程内存"}
	case "container-memory":
		return i18n.Text{En: "container memory", Zh: "容器内存"}
	case "docker-container-memory":
		return i18n.Text{En: "container memory (Docker)", Zh: "容器内存（Docker）"}
	case "container-memory-growth":
		return i18n.Text{En: "growth of container memory", Zh: "容器内存增长"}
	case "docker-container-memory-growth":
		return i18n.Text{En: "growth of container memory (Docker)", Zh: "容器内存增长（Docker）"}
	case "guest-memory":
		return i18n.Text{En: "memory of a guest", Zh: "客户机内存"}
	case "guest-memory-growth":
		return i18n.Text{En: "growth of a guest's memory", Zh: "客户机内存增长"}
	case "kubernetes-volume-space":
		return i18n.Text{En: "volume space", Zh: "持久卷空间"}
	case "kubernetes-volume-inodes":
		return i18n.Text{En: "volume inodes", Zh: "持久卷 inode 数量"}
	case "jvm-pool":
		return i18n.Text{En: "JVM memory pool", Zh: "JVM 内存池"}
	case "certificate-of-endpoint":
		return i18n.Text{En: "certificate of an endpoint", Zh: "端点证书"}
	case "certificate-file":
		return i18n.Text{En: "certificate in a file", Zh: "证书文件"}
	case "certificate-in-kubernetes":
		return i18n.Text{En: "certificate in Kubernetes", Zh: "Kubernetes 中的证书"}
	case "jvm-heap":
		return i18n.Text{En: "JVM heap", Zh: "JVM 堆内存"}
	}
	return habitName(id)
}
