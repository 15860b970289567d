# The state of units where D-Bus cannot be had. Run by Switchtower on a host, as whoever logs in; it changes nothing.
# Arguments: nonce, then units. It answers with one line and what systemctl says, a block a unit in the order asked.
set -u
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_COLORS=0
nonce=$1
shift
read -r boot </proc/sys/kernel/random/boot_id || exit 3
read -r up _ </proc/uptime || exit 3
printf 'SWITCHTOWER-SHOW ok %s %s %s\n' "$nonce" "$boot" "${up%.*}${up#*.}"
exec systemctl show --no-pager \
  -p LoadState -p ActiveState -p SubState -p InvocationID -p Result -p UnitFileState -p Job -p ControlGroup \
  -p TriggeredBy -p WantedBy -p RequiredBy -- "$@"
