# What the guards and the scripts for agents begin with. POSIX sh.
set -u
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin

# Hundredths of a second since the boot.
uptime_now() {
  read -r up _ </proc/uptime || exit 3
  now=${up%.*}${up#*.}
}
# Start time of a process, field 22 of its stat; the name in field 2 may hold spaces and parentheses.
started() {
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${stat##*) }
  [ "$1" != Z ] || return 1
  shift 19
  printf %s "$1"
}
