# Whether the guard of agents could stand here, and whether the programs of agents are there. Run by Switchtower as root,
# through elevate.sh; it changes nothing. Arguments: nonce, then programs. A line for each thing in the way, then one to say
# that this was all. util-linux, coreutils.
nonce=$1 base=/var/lib/switchtower-guard
shift
problem() { printf 'SWITCHTOWER-READY refused %s %s %s\n' "$nonce" "$1" "$2"; }

[ "$(id -u)" = 0 ] || problem rights "user $(id -un) is not root"
for tool in flock setsid sync timeout dd tail base64 grep; do
  command -v "$tool" >/dev/null 2>&1 || problem tool "$tool"
done
if [ -e "$base" ] || [ -L "$base" ]; then
  { [ -d "$base" ] && [ ! -L "$base" ] && [ -O "$base" ]; } || problem directory "$base is not a directory of root"
  [ -w "$base" ] || problem directory "$base cannot be written"
else
  [ -w /var/lib ] || problem directory "/var/lib cannot be written"
fi
for program; do
  is_program "$program" || problem program "$program"
done
# Where OCF agents keep what they have to remember until the next boot.
[ -d /run/resource-agents ] || problem place /run/resource-agents
read -r boot </proc/sys/kernel/random/boot_id || exit 3
uptime_now
printf 'SWITCHTOWER-READY ok %s %s %s\n' "$nonce" "$boot" "$now"
