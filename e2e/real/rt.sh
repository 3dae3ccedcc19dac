#!/bin/bash
# A throw-away Request Tracker 5 for the tests, from Debian's packages, on port 3102.
#
#   rt.sh           installs what is missing, starts what is not running; prints the path of a JSON file with address and tokens
#   rt.sh --reset   the same, with an empty tracker
#   rt.sh --stop    stops it (nothing is uninstalled)
#
# Configuration and database are its own, in the temporary folder: a Request Tracker that this machine already has is neither read nor
# changed. Progress goes to stderr, the result to stdout. Two runs at once wait for each other.
set -euo pipefail
export LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC DEBIAN_FRONTEND=noninteractive
umask 022
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
unset PERL5LIB PERL5OPT PERL_MB_OPT PERL_MM_OPT PERL_LOCAL_LIB_ROOT

SCRIPT=$(readlink -f "${BASH_SOURCE[0]}")
SEED=$(dirname "$SCRIPT")/rt-seed.pl
PACKAGES='request-tracker5 rt5-db-sqlite rt5-standalone starman w3m sqlite3 curl'
PORT=${RT_PORT:-3102}
BASE=http://127.0.0.1:$PORT

# shellcheck source=server.sh
source "$(dirname "$SCRIPT")/server.sh"

HOME_DIR=${TEMP%/}/entente-real-$(id -u)/rt
VAR=$HOME_DIR/var
DB=$VAR/db.sqlite
SEEDED=$VAR/seeded.sqlite
RESULT=$HOME_DIR/server.json
export RT_SITE_CONFIG=$HOME_DIR/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$HOME_DIR/none

token_of() { sed -n "s/^$1=//p" "$HOME_DIR/tokens"; }
# Ours and answering: nobody else knows the token.
up() { [ -s "$HOME_DIR/tokens" ] && curl -sf -o /dev/null -m 5 -H "Authorization: token $(token_of ENTENTE)" "$BASE/REST/2.0/queue/Support"; }

installed() { [ "$(dpkg-query -Wf '${db:Status-Status}\n' $PACKAGES 2>/dev/null | grep -c '^installed$')" = "$(wc -w <<<"$PACKAGES")" ]; }

install_packages() {
  local wanted="$PACKAGES"
  # Request Tracker wants some mail program; one that is here already stays.
  if [ ! -e /usr/sbin/sendmail ]; then wanted="$wanted msmtp-mta"; fi
  command -v apt-get >/dev/null || die "The tests against a real Request Tracker need Debian 12 (its packages $wanted). REAL=0 leaves them out."
  root || die 'The tests against a real Request Tracker need its packages. This installs them, as root:' \
    "  apt-get update && apt-get install --no-install-recommends $wanted" 'REAL=0 leaves these tests out.'
  say "Installing Request Tracker from Debian's packages (about a minute) …"
  : >"$HOME_DIR/apt.log"
  apt_get update || say 'The package lists could not be refreshed; trying with those that are here.'
  # No database of its own for the packaged one: the tests bring theirs. Somebody's existing answers are left alone.
  if [ ! -d /etc/request-tracker5 ]; then
    printf '%s\n' 'request-tracker5 request-tracker5/dbconfig-install boolean false' 'request-tracker5 request-tracker5/install-cronjobs boolean false' | debconf-set-selections
  fi
  # shellcheck disable=SC2086
  if ! apt_get install --no-install-recommends $wanted; then
    # A killed installation leaves packages half done, and apt refuses to go on by itself.
    dpkg --configure -a --force-confold >>"$HOME_DIR/apt.log" 2>&1 || true
    apt_get --fix-broken install --no-install-recommends || true
    # shellcheck disable=SC2086
    apt_get install --no-install-recommends $wanted || fail 'Request Tracker could not be installed:' "$HOME_DIR/apt.log"
  fi
}

configure() {
  cat >"$RT_SITE_CONFIG" <<PERL
Set(\$rtname, 'entente.test');
Set(\$Organization, 'entente.test');
Set(\$Timezone, 'UTC');
Set(\$CorrespondAddress, 'rt\@example.test');
Set(\$CommentAddress, 'rt-comment\@example.test');
Set(\$WebDomain, '127.0.0.1');
Set(\$WebPort, $PORT);
Set(\$WebBaseURL, '$BASE');
Set(\$WebPath, '');
Set(\$DatabaseType, 'SQLite');
Set(\$DatabaseName, '$DB');
Set(\$MailCommand, 'mbox');
Set(\$LogToSyslog, undef);
Set(\$LogToSTDERR, 'warning');
Set(\$BcryptCost, 4);
1;
PERL
}

# One seeded database, made once and then copied.
seed() {
  say 'Creating the sample tracker (some seconds) …'
  rm -rf "$VAR"
  mkdir -p "$VAR"
  if root; then chown www-data: "$VAR"; fi
  configure
  (umask 077 && od -An -v -tx1 -N20 /dev/urandom | tr -d ' \n' >"$HOME_DIR/root-password")
  if root; then chown www-data: "$HOME_DIR/root-password"; fi
  (cd "$VAR" && drop rt-setup-database-5 --action init --skip-create --root-password-file "$HOME_DIR/root-password") >"$HOME_DIR/seed.log" 2>&1 ||
    fail 'The sample tracker could not be created:' "$HOME_DIR/seed.log"
  (umask 077 && : >"$HOME_DIR/tokens")
  cp "$SEED" "$VAR/seed.pl"
  (cd "$VAR" && drop perl seed.pl) >"$HOME_DIR/tokens" 2>>"$HOME_DIR/seed.log" || fail 'The sample tracker could not be filled:' "$HOME_DIR/seed.log"
  drop sqlite3 "$DB" 'PRAGMA journal_mode=WAL' 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
  drop mv "$DB" "$SEEDED"
  drop rm -f "$DB-wal" "$DB-shm"
  echo "$STAMP" >"$HOME_DIR/stamp"
}

# The first process of our server, if it is still ours: process ids are used again.
server_pid() {
  local pid
  pid=$(cat "$HOME_DIR/pid" 2>/dev/null) && grep -qsa 'starman master' "/proc/$pid/cmdline" && echo "$pid"
}
stop() {
  local pid
  if pid=$(server_pid); then
    kill -TERM "$pid" 2>/dev/null || true
    for _ in {1..50}; do server_pid >/dev/null || break; sleep 0.1; done
    # Killed hard, its workers would live on: the whole group goes.
    if server_pid >/dev/null; then kill -KILL -- "-$pid" 2>/dev/null || true; fi
  fi
  rm -f "$HOME_DIR/pid"
}

start() {
  local pid
  stop
  for _ in {1..50}; do in_use "$PORT" || break; sleep 0.1; done
  if in_use "$PORT"; then die "Port $PORT is in use by another program. RT_PORT chooses another port."; fi
  configure
  if [ ! -s "$DB" ]; then
    drop cp "$SEEDED" "$DB.new"
    drop mv "$DB.new" "$DB"
  fi
  cd "$VAR"
  # The lock (9) must not live on in the server.
  setsid "${as[@]}" starman --listen "127.0.0.1:$PORT" --workers 3 --max-requests 100000 --preload-app --disable-keepalive --env deployment \
    /usr/share/request-tracker5/libexec/rt-server >"$HOME_DIR/log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo $pid >"$HOME_DIR/pid"
  for _ in {1..480}; do
    if up; then return 0; fi
    if [ ! -d /proc/$pid ]; then fail 'Request Tracker ended while starting:' "$HOME_DIR/log"; fi
    sleep 0.25
  done
  fail 'Request Tracker did not answer within two minutes:' "$HOME_DIR/log"
}

write_result() {
  (umask 077 && : >"$RESULT.new")
  printf '{"base":"%s","token":"%s","staffToken":"%s","agentToken":"%s","visitorToken":"%s"}\n' "$BASE" "$(token_of ENTENTE)" "$(token_of STAFF)" "$(token_of AGENT)" "$(token_of VISITOR)" >>"$RESULT.new"
  mv "$RESULT.new" "$RESULT"
}

case ${1:-} in '' | --reset | --stop) ;; *) die 'Usage: rt.sh [--reset|--stop]' ;; esac
mkdir -p "$HOME_DIR"
exec 9>"$HOME_DIR/lock"
flock -n 9 || { say 'Waiting for another run of rt.sh …'; flock 9; }

if [ "${1:-}" = --stop ]; then
  stop
  exit 0
fi

installed || install_packages
# A change of this script, of the seed or of the packages makes everything anew.
STAMP=$(cat "$SCRIPT" "$(dirname "$SCRIPT")/server.sh" "$SEED" <(dpkg-query -Wf '${Package}=${Version}\n' $PACKAGES) <(echo "$PORT") | sha256sum | cut -d' ' -f1)
if [ "$(cat "$HOME_DIR/stamp" 2>/dev/null)" != "$STAMP" ] || [ ! -s "$SEEDED" ]; then
  stop
  rm -f "$HOME_DIR/stamp"
  seed
fi
if [ "${1:-}" = --reset ]; then
  stop
  drop rm -f "$DB" "$DB-wal" "$DB-shm"
fi
if ! up; then
  say "Starting Request Tracker on port $PORT …"
  start
fi
write_result
echo "$RESULT"
