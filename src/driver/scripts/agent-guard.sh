# The guard of agents. Run by Switchtower on a host it acts on, as root, with its standard streams on an SSH channel.
# It keeps a record of its own, and the same rules as the guard of systemd: it refuses an older term, and the same term from
# another life of a monitor. It ends the holder before it and every action that still runs under it, keeps the lock, and then
# carries out requests, one a line, each not after its time by the host's own clock.
# Behind host.sh, agent.sh and term.sh. util-linux flock and setsid, coreutils, grep.
# In its folder: `term` and `holder`; run.NONCE for an action under way (pid, its start, boot, name, action); last.NAME with the
# nonce of the last start that was begun, and the boot that it was in; said.NONCE and heard.NONCE while an action's errors are read.
says=SWITCHTOWER-AGENTS
dir=$base/$cluster.agents

# What lives of the action in the record $1, in $all: below its leader, in its group, or with its mark, whoever it is by now.
of() {
  all='' pid='' start='' where=''
  { read -r pid start where name action <"$1"; } 2>/dev/null
  case $pid$start in '' | *[!0-9]*) return ;; esac
  [ "$where" = "$boot" ] || return
  leader=$(started "$pid")
  if [ -z "$leader" ] || [ "$leader" = "$start" ]; then
    [ -z "$leader" ] || all=$pid
    grown=1
    while [ "$grown" = 1 ]; do
      grown=0
      for stat in /proc/[0-9]*/stat; do
        { read -r line <"$stat"; } 2>/dev/null || continue
        one=${line%% *}
        set -- "$1" ${line##*) }
        case $2 in Z | X) continue ;; esac
        case " $all " in *" $one "*) continue ;; esac
        case " $all " in *" $3 "*) ;; *) [ "$4" = "$pid" ] || continue ;; esac
        all="$all $one" grown=1
      done
    done
  fi
  for file in $(grep -lsF "SWITCHTOWER_ACTION=${1##*/run.}" /proc/[0-9]*/environ); do
    one=${file#/proc/}
    one=${one%/environ}
    [ -z "$(started "$one")" ] || all="$all $one"
  done
}
# Kills what lives of actions of before; 1 once there was nothing.
end_actions() {
  found=1
  for record in "$dir"/run.*; do
    [ -e "$record" ] || continue
    of "$record"
    [ -n "${all# }" ] || continue
    found=0
    kill -9 $all 2>/dev/null
  done
  return "$found"
}

may_stand flock setsid sync timeout dd tail base64 grep
raise_term
# Its lock is also held by what carries out its requests: one that was about to begin leaves a record before it does.
exec 9>>"$dir/lock" || refuse directory "$dir cannot be written"
turn=$((wait * 10))
until flock -n 9; do
  end_actions
  [ "$turn" -gt 0 ] || refuse lock holder
  turn=$((turn - 1))
  sleep 0.1
done
while end_actions; do
  [ "$turn" -gt 0 ] || refuse action "${record##*/} (${name:-?} ${action:-?}, processes$all)"
  turn=$((turn - 1))
  sleep 0.05
done
rm -f "$dir"/run.* "$dir"/new.* "$dir"/said.* "$dir"/heard.*
hold
exec 8>&- 3>&1

# Becomes an action in a session of its own, with the lock, so that nobody can take the host without ending it: it leaves its
# record, looks at the clock, and only then runs. What it runs has not got the lock: a service would keep it.
launch='
dir=$1 nonce=$2 name=$3 action=$4 end=$5 grace=$6 boot=$7
shift 7
read -r line <"/proc/$$/stat" || exit 125
start=$(set -- ${line##*) }; shift 19; printf %s "$1")
printf "%s %s %s %s %s\n" "$$" "$start" "$boot" "$name" "$action" >"$dir/new.$nonce" && mv -f "$dir/new.$nonce" "$dir/run.$nonce" || exit 125
read -r up _ </proc/uptime || exit 125
left=$((end - ${up%.*}${up#*.}))
if [ "$left" -le 0 ]; then
  rm -f "$dir/run.$nonce"
  exit 125
fi
case $action in
  start | promote)
    printf "%s %s\n" "$nonce" "$boot" >"$dir/new.$nonce" && mv -f "$dir/new.$nonce" "$dir/last.$name" || exit 125 ;;
esac
cd /
umask 022
exec timeout -k "$grace" "$((left / 100)).$(printf %02d "$((left % 100))")" sh -c "exec 9>&-; exec \"\$@\"" sh "$@"
'
# Keeps what an action says first, and reads on for as long as anybody may still write: a service that has its errors from
# its agent must not be stopped by a pipe that is full or broken.
drain='
dd of="$1/said.$2" bs=4096 count=256 2>/dev/null
[ ! -e "$1/said.$2" ] || : >"$1/heard.$2"
exec cat >/dev/null
'
act() {
  code=missing
  is_program "$1" || return
  setsid sh -c "$launch" sh "$dir" "$nonce" "$name" "$action" "$end" "$grace" "$boot" "$@" 2>&1 >/dev/null </dev/null 3>&-
  code=$?
  [ -e "$dir/run.$nonce" ] || code=late
}
# One request, with its standard output on the drain and the channel as 3.
carry() {
  nonce=$2 name=$3 action=$4 end=$5 grace=$6
  count=$7
  shift 7
  export SWITCHTOWER_ACTION="$nonce"
  decoded act "$count" "$@"
  uptime_now
  case $code in
    124 | 137)
      if [ "$now" -ge "$end" ]; then
        code=timeout keep=$name
        of "$dir/run.$nonce"
        [ -z "${all# }" ] || kill -9 $all 2>/dev/null
        name=$keep
      fi
      ;;
  esac
  exec >&3
  turn=0
  until [ -e "$dir/heard.$nonce" ] || [ "$turn" -ge 10 ]; do
    sleep 0.02
    turn=$((turn + 1))
  done
  # Of a hook the first line counts, of an agent the last ones.
  case $action in
    run | undo | status) said=$(head -c 1500 "$dir/said.$nonce" 2>/dev/null | base64 -w 0) ;;
    *) said=$(tail -c 1500 "$dir/said.$nonce" 2>/dev/null | base64 -w 0) ;;
  esac
  rm -f "$dir/run.$nonce" "$dir/said.$nonce" "$dir/heard.$nonce"
  # A guard that was ended answers nothing: what became of the action is for the one that ended it to find out.
  [ -n "$(started $$)" ] || exit 3
  answer "$code" - "$said"
}

while read -r line; do
  # Any child that is waited for lets the shell forget those that have ended.
  idle=$(:)
  set -f
  set -- $line
  set +f
  if [ "${1:-}" = ping ] && is_word "${2:-}"; then
    printf 'SWITCHTOWER-AGENT %s 0 - - -\n' "$2"
  elif [ "${1:-}" = do ] && is_request "$@"; then
    carry "$@" | setsid sh -c "$drain" sh "$dir" "$2" >/dev/null 2>&1 3>&- 9>&- &
  else
    exit 3
  fi
done
