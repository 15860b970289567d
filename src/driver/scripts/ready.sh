# Whether the guard could stand here. Run by Switchtower as root, through elevate.sh; it changes nothing.
# Argument: nonce. A line for each thing in the way, then one to say that this was all.
set -u
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
nonce=$1 base=/var/lib/switchtower-guard
problem() { printf 'SWITCHTOWER-READY refused %s %s %s\n' "$nonce" "$1" "$2"; }

[ "$(id -u)" = 0 ] || problem rights "user $(id -un) is not root"
for tool in flock sync timeout systemd-stdio-bridge systemctl; do
  command -v "$tool" >/dev/null 2>&1 || problem tool "$tool"
done
if [ -e "$base" ] || [ -L "$base" ]; then
  { [ -d "$base" ] && [ ! -L "$base" ] && [ -O "$base" ]; } || problem directory "$base is not a directory of root"
  [ -w "$base" ] || problem directory "$base cannot be written"
else
  [ -w /var/lib ] || problem directory "/var/lib cannot be written"
fi
read -r boot </proc/sys/kernel/random/boot_id || exit 3
read -r up _ </proc/uptime || exit 3
printf 'SWITCHTOWER-READY ok %s %s %s\n' "$nonce" "$boot" "${up%.*}${up#*.}"
