# Runs what follows as root: at once, or through sudo where the login is another user. Argument: a command's words.
if [ "$(id -u)" = 0 ]; then exec "$@"; else exec sudo -n "$@"; fi
