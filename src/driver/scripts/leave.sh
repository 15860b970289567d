# Takes the records of terms of a cluster off a host, or only looks at them. Run by Switchtower on a host, as root, through
# elevate.sh; it touches no service, and nothing but the cluster's own two folders. Behind host.sh and term.sh, whose
# arguments it has; the term is the newest that this monitor's journal knows, and the ninth argument is `look` or `remove`.
# A line for each record, then one to say that this was all; a refusal instead has removed nothing. util-linux, coreutils.
says=SWITCHTOWER-LEAVE
mode=$9
refuse() {
  printf '%s refused %s %s %s\n' "$says" "$nonce" "$1" "${2:--}"
  exit 0
}
[ "$(id -u)" = 0 ] || refuse rights "user $(id -un) is not root"
for tool in flock sync rm rmdir; do
  command -v "$tool" >/dev/null 2>&1 || refuse tool "$tool"
done
read -r boot </proc/sys/kernel/random/boot_id || refuse proc boot_id
[ "$boot_wanted" = "$boot" ] || refuse boot "$boot"
in_time
for d in "$base" "$base/$cluster" "$base/$cluster.agents"; do
  if [ -e "$d" ] || [ -L "$d" ]; then
    [ -d "$d" ] && [ ! -L "$d" ] && [ -O "$d" ] || refuse directory "$d is not a directory of root"
  fi
done

# What stands in the way of removing the record in $dir: a guard that runs, or is about to, and a newer term. The locks are
# 6 and 7 for the first record, 8 and 9 for the second, and are held to the end.
free() {
  read_kept
  # What a person did here is heard of by a monitor before it is forgotten.
  [ "$owner" != "$nobody" ] || refuse hand "$kept"
  [ "$kept" -le "$term" ] || refuse older "$kept"
}
[ ! -d "$base/$cluster" ] || {
  dir=$base/$cluster
  exec 6>>"$dir/taking" 7>>"$dir/lock" || refuse directory "$dir cannot be written"
  flock -w "$wait" 6 || refuse held "$dir/taking"
  flock -w "$wait" 7 || refuse held "$dir/lock"
  free
  units=$kept
}
[ ! -d "$base/$cluster.agents" ] || {
  dir=$base/$cluster.agents
  exec 8>>"$dir/taking" 9>>"$dir/lock" || refuse directory "$dir cannot be written"
  flock -w "$wait" 8 || refuse held "$dir/taking"
  flock -w "$wait" 9 || refuse held "$dir/lock"
  free
  agents=$kept
}
if [ "$mode" = remove ]; then
  in_time
  rm -rf "$base/$cluster" "$base/$cluster.agents" || refuse directory "$base cannot be written"
  rmdir "$base" 2>/dev/null
  if [ -d "$base" ]; then sync "$base"; else sync "${base%/*}"; fi 2>/dev/null
fi
[ -z "${units:-}" ] || printf '%s record %s %s %s\n' "$says" "$nonce" "$base/$cluster" "$units"
[ -z "${agents:-}" ] || printf '%s record %s %s %s\n' "$says" "$nonce" "$base/$cluster.agents" "$agents"
uptime_now
printf '%s ok %s %s %s\n' "$says" "$nonce" "$boot" "$now"
