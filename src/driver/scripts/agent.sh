# What the scripts for agents share; each has it behind host.sh. POSIX sh, coreutils.
# A request is a line: do NONCE NAME ACTION TIME GRACE COUNT WORD... Its first COUNT words are variables NAME=VALUE, the rest
# is a program with its arguments. Each word begins with = and has what a shell could read as \0 and three octal digits, so
# nothing of it is ever taken for syntax, and no value is on a command line of ours.
# An agent gets what it is meant to get, and nothing of the login's.
for v in $(env | sed -n 's/^\([A-Za-z_][A-Za-z0-9_]*\)=.*/\1/p'); do
  case $v in LC_ALL | PATH | PWD | OLDPWD | SHLVL | SHELLOPTS | BASH* | UID | EUID | PPID | _) ;; *) unset "$v" ;; esac
done

is_word() {
  case $1 in '' | *[!A-Za-z0-9._+-]*) return 1 ;; esac
}
is_number() {
  case $1 in '' | *[!0-9.]*) return 1 ;; esac
}
is_request() {
  [ "$#" -ge 8 ] && is_word "$2" && is_word "$3" && is_word "$4" && is_number "$5" && is_number "$6" && is_number "$7"
}
# The word as it was meant, in $word.
decode() {
  case $1 in =*) ;; *) exit 3 ;; esac
  word=$(printf '%bx' "${1#=}")
  word=${word%x}
}
# decoded COMMAND COUNT WORD...: runs COMMAND with the decoded words after the first COUNT, which become its environment.
decoded() {
  runner=$1 count=$2
  shift 2
  while [ "$count" -gt 0 ]; do
    decode "$1"
    case ${word%%=*} in '' | [0-9]* | *[!A-Za-z0-9_]*) exit 3 ;; esac
    export "${word?}"
    shift
    count=$((count - 1))
  done
  count=$#
  while [ "$count" -gt 0 ]; do
    decode "$1"
    shift
    set -- "$@" "$word"
    count=$((count - 1))
  done
  "$runner" "$@"
}
is_program() {
  [ -f "$1" ] && [ -x "$1" ]
}
# The last start of the agent $1 that was begun here in this boot, in $last.
last_start() {
  last=- begun_in=
  [ ! -e "$dir/last.$1" ] || read -r last begun_in <"$dir/last.$1" || last=-
  [ "${begun_in:-$boot}" = "$boot" ] || last=-
}
# answer CODE BUSY TEXT: for the request $nonce about $name.
answer() {
  last_start "$name"
  printf 'SWITCHTOWER-AGENT %s %s %s %s %s\n' "$nonce" "$1" "$2" "$last" "${3:--}"
}
