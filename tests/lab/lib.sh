# Shared by the lab's scripts (sourced): where things lie, and how to find a host's processes.
#
# A lab is a set of hosts (systemd-nspawn machines with a real systemd and sshd) and a controller, plugged into one
# switch. Everything it consists of belongs to one process, the lab's "pin": PID 1 of a pid namespace with a mount and a
# network namespace of its own. When the pin dies the kernel ends every process of the lab and drops its networks and
# mounts; only its folder and its empty cgroups are left to be removed. Nothing appears among the machine's own
# interfaces, named network namespaces or mounts.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
store=${SWITCHTOWER_LAB_DIR:-/var/cache/switchtower-lab}
subnet=10.45.0
controller_ip=$subnet.1
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

die() { echo "lab: $*" >&2; exit 1; }
need_root() { [ "$(id -u)" = 0 ] || die "needs root: hosts are systemd-nspawn machines in network namespaces"; }

# "PID START": a process that cannot be mistaken for a later one with the same pid. Field 22 of stat, counted after the
# name, which may hold blanks.
stamp_of() { local s; s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1; set -- "$1" ${s##*) }; echo "$1 ${21}"; }
same_process() { [ -n "${1:-}" ] && [ "$(stamp_of "${1%% *}")" = "$1" ]; }

# The pin of the lab in folder $1, as a pid of the caller's namespace.
pin_of() { local p; p=$(cat "$1/pin" 2>/dev/null) && same_process "$p" && echo "${p%% *}"; }
in_lab() { local pin; pin=$(pin_of "$1") || die "no lab runs in $1"; shift; nsenter -t "$pin" --mount --net --pid "$@"; }
# The file system as the pin sees it, with the lab's own mounts.
inside() { echo "/proc/$1/root"; }
address_of() { awk -v name="$2" '$2 == name { print $1 }' "$1/hosts"; }
cgroup_of() { echo "/sys/fs/cgroup/switchtower-lab.$(basename "$1")${2:+/$2}"; }
# PID 1 of host $2, empty when it is off. Its parent is the nspawn process in the host's supervisor group.
leader_of() {
  local pin nspawn
  pin=$(pin_of "$1") || return 1
  nspawn=$(head -n 1 "$(inside "$pin")$(cgroup_of "$1" "$2")/supervisor/cgroup.procs" 2>/dev/null) && [ -n "$nspawn" ] || return 1
  pgrep -P "$nspawn" | head -n 1 | grep .
}

# await SECONDS COMMAND..: polls every 10 ms, fails when the time is over.
await() {
  local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)); shift
  until "$@"; do [ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1; sleep 0.01; done
}

# What is left of the lab in folder $1 once its pin is dead.
remove_lab() {
  local dir=$1 pin m
  pin=$(pin_of "$dir") && kill -KILL "$pin"
  await 10 pin_is_gone "$dir" || die "the pin of $dir does not end"
  findmnt -rno TARGET | grep -F "$dir/" | sort -r | while read -r m; do umount --lazy "$m"; done
  await 10 drop_cgroups "$dir" || die "cgroups of $dir are still in use"
  rm -rf "$dir"
}
pin_is_gone() { ! pin_of "$1" >/dev/null; }
# Programs that ran as the controller live in the machine's own pid namespace: they end with the lab's group.
drop_cgroups() {
  unshare --mount --propagation private bash -c 'mount -t cgroup2 lab /sys/fs/cgroup; [ ! -d "$1" ] && exit
    echo 1 >"$1/cgroup.kill"
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; [ ! -d "$1" ]' _ "$(cgroup_of "$1")"
}
