# The host's boot, uptime in hundredths of a second, and wall clock in milliseconds. Run by Switchtower; changes nothing.
# Argument: nonce. It answers with one line.
set -u
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
read -r boot </proc/sys/kernel/random/boot_id || exit 3
read -r up _ </proc/uptime || exit 3
printf 'SWITCHTOWER-CLOCK ok %s %s %s %s\n' "$1" "$boot" "${up%.*}${up#*.}" "$(date +%s%3N)"
