# What people did on this host by hand, as hand.sh has recorded it. Run by Switchtower as root, through elevate.sh, after the
# guard has refused for it; it changes nothing but a lock. Behind host.sh and term.sh, whose arguments it has. It answers with
# one line that ends with the term that is kept, and the end of the record. util-linux, coreutils.
says=SWITCHTOWER-DEEDS
dir=$base/$cluster
refuse() {
  printf '%s refused %s %s %s\n' "$says" "$nonce" "$1" "${2:--}"
  exit 0
}
[ "$(id -u)" = 0 ] || refuse rights "user $(id -un) is not root"
read -r boot </proc/sys/kernel/random/boot_id || refuse proc boot_id
# Not while somebody is still at it.
take_turn
read_kept
[ "$owner" = "$nobody" ] || refuse late "$kept"
uptime_now
printf '%s ok %s %s %s %s\n' "$says" "$nonce" "$boot" "$now" "$kept"
tail -c 65536 "$dir/hand" 2>/dev/null
exit 0
