# The guard for terms. Run by Switchtower on a host it acts on, as root, with its standard streams on an SSH channel.
# It refuses an older term, and the same term from another life of a monitor; it ends the holder before it, keeps the
# lock, and becomes the bridge to systemd's D-Bus. It answers with one line, then says nothing of its own.
# Behind host.sh and term.sh. POSIX sh, util-linux flock, coreutils.
says=SWITCHTOWER-GUARD
dir=$base/$cluster
may_stand flock sync systemd-stdio-bridge
raise_term
exec 9>>"$dir/lock" || refuse directory "$dir cannot be written"
flock -w "$wait" 9 || refuse lock holder
hold
exec 8>&-
exec systemd-stdio-bridge
