# What the scripts of this folder share; they read it at their beginning. Progress goes to stderr. `HOME_DIR` is where a script keeps its own things.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }
die() { local line; for line in "$@"; do say "$line"; done; exit 1; }
fail() { say "$1"; shift; tail -n 40 "$@" >&2 || true; exit 1; }

root() { [ "$(id -u)" = 0 ]; }
# As root the server runs as a user that may do nothing.
as=(env)
if root; then as=(setpriv --reuid=www-data --regid=www-data --init-groups env HOME=/tmp); fi
drop() { "${as[@]}" "$@"; }

TEMP=${TMPDIR:-/tmp}
if root && ! setpriv --reuid=www-data --regid=www-data --clear-groups test -x "$TEMP"; then TEMP=/tmp; fi

# Does something listen on this port?
in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# apt waits for the package database but not for the lists and the cache, which another program may hold too.
apt_get() {
  local tries=0
  until apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Options::=--force-confold "$@" >>"$HOME_DIR/apt.log" 2>&1; do
    tail -n 20 "$HOME_DIR/apt.log" | grep -qE 'Could not get lock|Unable to lock|is another process using it' || return 1
    tries=$((tries + 1))
    if [ $tries = 1 ]; then say 'Waiting for another program that is installing packages …'; fi
    if [ $tries -gt 300 ]; then return 1; fi
    sleep 2
  done
}
