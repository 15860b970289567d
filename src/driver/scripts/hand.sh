# Starts or stops a unit of this host by hand, or looks what it would do that to. Run by `switchtower host start|stop --unit`
# on the host itself, as root, when no monitor is left. Behind host.sh and term.sh, whose arguments it has; then `look` and the
# unit, or `act`, the unit, `start` or `stop`, how many seconds that may take, 1 where a guard that runs is to be ended, and who
# did it, why, what and when as base64.
# It takes the guards' own locks and raises the term in their own record, as nobody's. In the same folder, `hand` has a line
# `deed TERM AFTER DEED` for each (AFTER is 1 where the term before it was raised by hand too), on stable storage before
# anything is done, and then `end TERM HOW DETAIL`. util-linux, coreutils, systemd.
says=SWITCHTOWER-HAND
dir=$base/$cluster
shift 8
mode=$1 unit=$2
# Whoever asked may go away; what was begun has an end all the same.
trap '' PIPE HUP INT

property() {
  printf '%s\n' "$shown" | sed -n "s/^$1=//p" | head -n 1
}
# One answer, so that what it says is of one moment; where there is none, nothing is known.
state() {
  shown=$(timeout 10 systemctl show --no-pager -p LoadState -p ActiveState -p SubState -p ControlGroup -- "$unit" 2>/dev/null) || shown=
  load=$(property LoadState) active=$(property ActiveState) sub=$(property SubState) group=$(property ControlGroup)
}
# Processes of the unit that are left, in $rest; fails where that cannot be known.
left() {
  rest=
  [ -n "$group" ] || return 0
  for tree in /sys/fs/cgroup /sys/fs/cgroup/systemd; do
    [ -d "$tree$group" ] || continue
    found=$(find "$tree$group" -name cgroup.procs -exec cat {} + 2>/dev/null) || [ ! -d "$tree$group" ] || return 1
    rest=$(printf '%s %s' "$rest" "$found" | tr -s '\n ' ' ' | head -c 100)
  done
  rest=${rest# }
}
look() {
  [ "$(id -u)" = 0 ] || refuse rights "user $(id -un) is not root"
  for one in "$base"/*; do
    name=${one##*/}
    case $name in *.agents | *[!A-Za-z0-9._-]*) continue ;; esac
    [ -f "$one/term" ] || continue
    kept=
    read -r kept _ <"$one/term"
    case $kept in '' | *[!0-9]*) kept=0 ;; esac
    held=free
    [ ! -e "$one/lock" ] || flock -n "$one/lock" true || held=held
    printf '%s record %s %s %s %s\n' "$says" "$nonce" "$name" "$kept" "$held"
  done
  state
  printf '%s unit %s %s %s %s\n' "$says" "$nonce" "${load:--}" "${active:--}" "${sub:--}"
}
# Brings a line to stable storage. What was torn before it ends there.
note() {
  { [ ! -s "$dir/hand" ] || [ -z "$(tail -c 1 "$dir/hand")" ] || printf '\n' >>"$dir/hand"; } &&
    printf '%s\n' "$1" >>"$dir/hand" && sync "$dir/hand" "$dir"
} 2>/dev/null
act() {
  verb=$3 limit=$4 despite=$5 told=$6
  [ -f "$dir/term" ] || refuse none "$dir"
  may_stand flock sync timeout tail base64 systemctl
  state
  [ "$load" = loaded ] || [ "$verb$load" = stopmasked ] || refuse unit "${load:-systemd does not answer}"
  take_turn
  read_kept
  exec 9>>"$dir/lock" || refuse directory "$dir cannot be written"
  flock -n 9 || [ "$despite" = 1 ] || refuse monitor "$kept"
  term=$((kept + 1)) after=0
  [ "$term" -gt "$kept" ] || refuse record "there is no term above $kept"
  [ "$owner" != "$nobody" ] || after=1
  if [ -e "$dir/hand" ] && [ "$(wc -l <"$dir/hand")" -ge 200 ]; then
    tail -n 100 "$dir/hand" >"$dir/hand.new" && sync "$dir/hand.new" && mv -f "$dir/hand.new" "$dir/hand"
  fi 2>/dev/null
  note "deed $term $after $told" || refuse record "$dir/hand cannot be written"
  keep_term 2>/dev/null
  printf '%s raised %s %s\n' "$says" "$nonce" "$term"
  end_holder
  flock -w "$wait" 9 || {
    note "end $term failed $(printf 'nothing was done: the guard could not be ended' | base64 -w 0)"
    refuse lock holder
  }

  [ "$verb" = stop ] || timeout 10 systemctl reset-failed -- "$unit" 2>/dev/null
  said=$(timeout -k 5 "$limit" systemctl --no-ask-password "$verb" -- "$unit" 2>&1 8>&- 9>&-)
  code=$?
  state
  how=failed detail="is $active ($sub)"
  [ -n "$shown" ] || detail="systemd does not say how it is now"
  case $verb$active in
    startactive | startreloading) how=done ;;
    stopinactive | stopfailed)
      if ! left; then
        detail="$detail, but what is left of it cannot be known"
      elif [ -z "$rest" ]; then
        how=done
      else
        detail="$detail, but processes of it are left: $rest"
      fi
      ;;
  esac
  case $code in
    0) ;;
    124 | 137) detail="$detail after $limit s, and systemd goes on with it" ;;
    *) detail="$detail: $(printf %s "$said" | head -n 1 | head -c 300)" ;;
  esac
  detail=$(printf %s "$detail" | base64 -w 0)
  kept_end=recorded
  note "end $term $how $detail" || kept_end=unrecorded
  printf '%s end %s %s %s %s\n' "$says" "$nonce" "$how" "$kept_end" "$detail"
}
"$mode" "$@"
