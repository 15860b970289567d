# The record of terms, as both guards keep it. Behind host.sh; before it runs, the guard's own script says `says`, the word
# that its answers begin with, and `dir`, its folder below `base`.
# Arguments: cluster, term, expected boot id or -, latest uptime in hundredths of a second, seconds to wait for a
# lock, nonce, identity of the monitor's life (16 hexadecimal digits), term of the last deed by hand that it has heard of or -.
# In its folder: the file `term` holds the term and the identity, which is 16 zeros where a person has acted by hand; `holder`
# the process that holds the lock, its start and the term. util-linux flock, coreutils.
umask 077
cluster=$1 term=$2 boot_wanted=$3 not_after=$4 wait=$5 nonce=$6 identity=$7 deed=${8:--}
nobody=0000000000000000
base=/var/lib/switchtower-guard

refuse() {
  printf '%s refused %s %s %s\n' "$says" "$nonce" "$1" "${2:--}"
  exit 3
}
in_time() {
  uptime_now
  [ "$now" -le "$not_after" ] || refuse late "$now"
}
is_identity() {
  case $1 in *[!0-9a-f]*) return 1 ;; esac
  [ "${#1}" = 16 ]
}
# may_stand TOOL...: root, with these tools, in the boot that was meant, in time, and with a folder that is root's alone.
may_stand() {
  is_identity "$identity" || refuse identity "a monitor's identity is 16 hexadecimal digits"
  [ "$(id -u)" = 0 ] || refuse rights "user $(id -un) is not root"
  for tool; do
    command -v "$tool" >/dev/null 2>&1 || refuse tool "$tool"
  done
  read -r boot </proc/sys/kernel/random/boot_id || refuse proc boot_id
  [ "$boot_wanted" = - ] || [ "$boot_wanted" = "$boot" ] || refuse boot "$boot"
  in_time
  mkdir -p -m 700 "$base" "$dir" 2>/dev/null
  for d in "$base" "$dir"; do
    [ -d "$d" ] && [ ! -L "$d" ] && [ -O "$d" ] || refuse directory "$d is not a directory of root"
    chmod 700 "$d" 2>/dev/null || refuse directory "$d cannot be written"
  done
}
# Takers come one at a time; whoever is past this line holds it until it serves.
take_turn() {
  exec 8>>"$dir/taking" || refuse directory "$dir cannot be written"
  flock -w "$wait" 8 || refuse lock taking
  # The record may have been removed meanwhile, with this very lock (see leave.sh).
  [ "$dir/taking" -ef "/proc/$$/fd/8" ] || refuse lock taking
}
# The term that is kept, in $kept, and whose it is, in $owner.
read_kept() {
  kept=0 owner=
  [ ! -e "$dir/term" ] || read -r kept owner <"$dir/term" || refuse record "$dir/term cannot be read"
  case $kept in '' | *[!0-9]*) refuse record "$dir/term holds no number" ;; esac
  # A record of before there were identities has none: whoever takes that very term first gives it its own.
  [ -z "$owner" ] || is_identity "$owner" || refuse record "$dir/term holds no identity after its number"
}
# From here on an older term is refused, whatever becomes of this one.
keep_term() {
  if [ "$term" -gt "$kept" ] || [ -z "$owner" ]; then
    printf '%s %s\n' "$term" "$identity" >"$dir/term.new" && sync "$dir/term.new" && mv -f "$dir/term.new" "$dir/term" || refuse record "$dir/term cannot be written"
  fi
  sync "$dir/term" "$dir" 2>/dev/null || refuse record "$dir/term cannot be made durable"
}
# The holder before: killed only if it is the very process that wrote its name.
end_holder() {
  if [ -e "$dir/holder" ] && read -r pid start _ <"$dir/holder"; then
    case $pid$start in
      '' | *[!0-9]*) ;;
      *) [ "$(started "$pid")" = "$start" ] && kill -9 "$pid" 2>/dev/null ;;
    esac
  fi
}
# Raises the term, or refuses; then the holder before is killed, and the lock is free soon. What a person did here by hand
# (see hand.sh) has to be heard of first: whoever has says the term of the last deed.
raise_term() {
  [ "$identity" != "$nobody" ] || refuse identity "that one stands for a person"
  take_turn
  read_kept
  [ "$owner" != "$nobody" ] || [ "$deed" = "$kept" ] || refuse hand "$kept"
  [ "$term" -ge "$kept" ] || refuse older "$kept"
  [ "$term" -gt "$kept" ] || [ -z "$owner" ] || [ "$owner" = "$identity" ] || refuse other "$kept"
  in_time
  keep_term
  end_holder
}
# Whoever has the lock says so, and answers.
hold() {
  printf '%s %s %s\n' "$$" "$(started $$)" "$term" >"$dir/holder.new" && mv -f "$dir/holder.new" "$dir/holder" || refuse record "$dir/holder cannot be written"
  in_time
  printf '%s ok %s %s %s %s\n' "$says" "$nonce" "$boot" "$now" "$term"
}
