# Opens the way to systemd's D-Bus for watching. Run by Switchtower on a host, as whoever logs in; it changes nothing.
# Argument: nonce. It answers with one line and becomes the bridge.
set -u
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
refuse() {
  printf 'SWITCHTOWER-WATCH refused %s %s %s\n' "$1" "$2" "$3"
  exit 3
}
command -v systemd-stdio-bridge >/dev/null 2>&1 || refuse "$1" tool systemd-stdio-bridge
read -r boot </proc/sys/kernel/random/boot_id || refuse "$1" proc boot_id
read -r up _ </proc/uptime || refuse "$1" proc uptime
printf 'SWITCHTOWER-WATCH ok %s %s %s\n' "$1" "$boot" "${up%.*}${up#*.}"
exec systemd-stdio-bridge
