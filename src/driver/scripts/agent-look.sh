# Asks the monitors of agents, all at once. Run by Switchtower on a host, as root, through elevate.sh; whatever it calls is an
# agent's monitor. Arguments: cluster, nonce. It answers with one line, reads requests up to a line `end`, answers each as it
# is known, and says when that was all. TIME of a request is how long it may take, in hundredths of a second.
cluster=$1 look=$2
dir=/var/lib/switchtower-guard/$cluster.agents
refuse() {
  printf 'SWITCHTOWER-LOOK refused %s %s %s\n' "$look" "$1" "$2"
  exit 3
}
[ "$(id -u)" = 0 ] || refuse rights "user $(id -un) is not root"
for tool in timeout tail base64; do
  command -v "$tool" >/dev/null 2>&1 || refuse tool "$tool"
done
read -r boot </proc/sys/kernel/random/boot_id || exit 3
uptime_now
printf 'SWITCHTOWER-LOOK ok %s %s %s\n' "$look" "$boot" "$now"

# What is being done to the agent $1 just now, in $busy.
under_way() {
  busy=-
  for record in "$dir"/run.*; do
    { read -r pid start where whose action <"$record"; } 2>/dev/null || continue
    if [ "$whose" = "$1" ] && [ "$where" = "$boot" ] && [ "$action" != monitor ] && [ "$(started "$pid")" = "$start" ]; then
      busy=$action
    fi
  done
}
ask() {
  code=missing said=
  is_program "$1" || return
  uptime_now
  end=$((now + time))
  said=$({ timeout -k "$grace" "$((time / 100)).$(printf %02d "$((time % 100))")" "$@" 2>&1 >/dev/null </dev/null; printf '\nexit %s' "$?"; } | tail -c 1500)
  code=${said##*exit }
  said=$(printf %s "${said%?exit *}" | base64 -w 0)
  uptime_now
  case $code in 124 | 137) [ "$now" -lt "$end" ] || code=timeout ;; esac
}
carry() {
  nonce=$2 name=$3 time=$5 grace=$6 count=$7
  shift 7
  under_way "$name"
  before=$busy
  cd /
  decoded ask "$count" "$@"
  # Begun or ended while the monitor was asked: then its word is of neither time.
  under_way "$name"
  [ "$before" != - ] || before=$busy
  answer "$code" "$before" "$said"
}

count=0
while read -r line; do
  set -f
  set -- $line
  set +f
  [ "${1:-}" != end ] || break
  is_request "$@" || exit 3
  (carry "$@") &
  count=$((count + 1))
  # Not all agents of a crowded host at a time; one that hangs keeps nobody from their turn.
  [ "$((count % 16))" != 0 ] || sleep 0.5
done
wait
printf 'SWITCHTOWER-AGENT %s end - - -\n' "$look"
