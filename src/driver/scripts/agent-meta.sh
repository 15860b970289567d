# What an OCF agent says of itself. Run by Switchtower as root, through elevate.sh; it changes nothing.
# Arguments: nonce, the agent's path, its type, its provider. It answers with one line, and then the agent prints.
nonce=$1 agent=$2
read -r boot </proc/sys/kernel/random/boot_id || exit 3
uptime_now
printf 'SWITCHTOWER-META ok %s %s %s\n' "$nonce" "$boot" "$now"
export OCF_ROOT=/usr/lib/ocf OCF_RA_VERSION_MAJOR=1 OCF_RA_VERSION_MINOR=1 OCF_RESOURCE_INSTANCE=switchtower
export OCF_RESOURCE_TYPE="$3" OCF_RESOURCE_PROVIDER="$4"
exec timeout -k 1 5 "$agent" meta-data </dev/null 2>/dev/null
