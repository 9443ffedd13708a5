#!/bin/sh
# Installs Forewarn from this folder. It needs no internet, and may be called again: programs and documents are replaced, configuration stays.
#
#   ./install.sh                      for the machine, as root: /usr/local, /etc/forewarn, /var/lib/forewarn, user forewarn, systemd units
#   ./install.sh --prefix DIR         everything below DIR, for whoever calls it; no user, nothing of the system is touched
#   ./install.sh … --user NAME        the user that the program runs as, made if it is missing
set -eu
umask 022

prefix= user= system=yes
while [ $# -gt 0 ]; do
	case $1 in
	--prefix) prefix=${2:?--prefix needs a directory} system=no && shift 2 ;;
	--prefix=*) prefix=${1#*=} system=no && shift ;;
	--user) user=${2:?--user needs a name} && shift 2 ;;
	--user=*) user=${1#*=} && shift ;;
	-h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0" && exit 0 ;;
	*) echo "install.sh: unknown argument $1; see --help" >&2 && exit 2 ;;
	esac
done

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in zh*) chinese=yes ;; *) chinese=no ;; esac
say() { if [ $chinese = yes ]; then echo "$2"; else echo "$1"; fi; }
die() {
	say "install.sh: $1" "install.sh：$2" >&2
	exit 1
}

case $prefix in '' | /*) ;; *) prefix=$(pwd)/$prefix ;; esac
cd "$(dirname "$0")"
if [ $system = yes ]; then
	[ "$(id -u)" = 0 ] || die "run it as root, or with --prefix DIR for yourself" "请以 root 运行，或用 --prefix DIR 安装到自己的目录"
	prefix=/usr/local etc=/etc/forewarn data=/var/lib/forewarn units=/etc/systemd/system user=${user:-forewarn}
else
	etc=$prefix/etc/forewarn data=$prefix/var/lib/forewarn units=$prefix/lib/systemd/system
fi

sha256sum -c SHA256SUMS >/dev/null || die "this folder is damaged; unpack the bundle again" "安装文件已损坏，请重新解压"
bin/forewarn version >/dev/null 2>&1 ||
	die "bin/forewarn does not run on this machine ($(uname -sm)); take the bundle for it" "bin/forewarn 无法在本机（$(uname -sm)）运行，请使用对应平台的安装包"

# put MODE FROM TO replaces a file at once: a program may be running.
put() {
	mkdir -p "$(dirname "$3")"
	cp "$2" "$3.new"
	chmod "$1" "$3.new"
	mv -f "$3.new" "$3"
}

# placed FILE writes a file with the directories of this install.
placed() { sed -e "s#/etc/forewarn#$etc#g" -e "s#/var/lib/forewarn#$data#g" "$1"; }

if [ -n "$user" ] && ! id -u "$user" >/dev/null 2>&1; then
	if command -v useradd >/dev/null; then
		useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin "$user"
	else
		addgroup -S "$user" && adduser -S -D -H -h "$data" -s /sbin/nologin -G "$user" "$user"
	fi
	say "user       $user" "用户       $user"
fi

for file in bin/*; do
	name=${file#bin/}
	case $name in forewarn) ;; *) name=forewarn-$name ;; esac
	put 755 "$file" "$prefix/bin/$name"
done
find docs grafana ./*.md LICENSE forewarn.cdx.json -type f | while read -r file; do put 644 "$file" "$prefix/share/doc/forewarn/$file"; done
find etc -type f | while read -r file; do put 644 "$file" "$prefix/share/forewarn/examples/${file#etc/}"; done

kept=
mkdir -p "$etc" "$data"
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
for file in $(find etc -type f); do
	to=$etc/${file#etc/}
	if [ -e "$to" ]; then
		kept="$kept $to"
		continue
	fi
	placed "$file" >"$tmp"
	put 640 "$tmp" "$to"
	if [ -n "$user" ]; then chgrp "$(id -gn "$user")" "$to" "$(dirname "$to")"; fi
done
if [ -n "$user" ]; then
	chgrp "$(id -gn "$user")" "$etc"
	chown "$user:$(id -gn "$user")" "$data"
fi
chmod 750 "$etc"
chmod 700 "$data"

# A unit names its program by any directory, as forewarn, forewarn-collector or collector.
if [ -d systemd ]; then
	find systemd -type f | while read -r unit; do
		placed "$unit" >"$tmp"
		for file in bin/*; do
			name=${file#bin/} to=$prefix/bin/forewarn-${file#bin/}
			[ "$name" != forewarn ] || to=$prefix/bin/forewarn
			sed -i -E "s#^(Exec[A-Za-z]*=[-+!@:]*)/[^ ]*/(forewarn-)?$name( |\$)#\1$to\3#" "$tmp"
		done
		put 644 "$tmp" "$units/${unit#systemd/}"
	done
	if [ $system = yes ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
fi

say "programs   $prefix/bin" "程序       $prefix/bin"
say "documents  $prefix/share/doc/forewarn" "文档       $prefix/share/doc/forewarn"
say "config     $etc${kept:+ (kept as it was)}" "配置       $etc${kept:+（保留原有内容）}"
say "data       $data" "数据       $data"
say "next       $prefix/bin/forewarn check --config $etc/forewarn.yaml" "下一步     $prefix/bin/forewarn check --config $etc/forewarn.yaml"
if [ $system = yes ] && [ -e "$units/forewarn.service" ]; then
	say "           systemctl enable --now forewarn, or systemctl restart forewarn after an upgrade" "           systemctl enable --now forewarn；升级后执行 systemctl restart forewarn"
else
	say "           $prefix/bin/forewarn up --config $etc/forewarn.yaml --data-dir $data" "           $prefix/bin/forewarn up --config $etc/forewarn.yaml --data-dir $data"
fi
