#!/bin/bash
# Two throw-away Redmines for the tests, from Debian's packages: Textile on port 3001, Markdown (CommonMark) on port 3011.
#
#   redmine.sh           installs what is missing, starts what is not running; prints the path of a JSON file with addresses and keys
#   redmine.sh --reset   the same, with empty trackers
#   redmine.sh --stop    stops both (nothing is uninstalled)
#
# It runs a private copy of Redmine's code in the temporary folder, so a Redmine that this machine already has (its instances, databases,
# configuration) is neither read nor changed. Progress goes to stderr, the result to stdout. Two runs at once wait for each other.
set -euo pipefail
export LANG=C.UTF-8 LC_ALL=C.UTF-8 TZ=UTC DEBIAN_FRONTEND=noninteractive RAILS_ENV=production REDMINE_LANG=en SCHEMA=/dev/null
umask 022
# Debian's Ruby, whatever other one somebody has set up.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
unset GEM_HOME GEM_PATH RUBYOPT RUBYLIB BUNDLE_GEMFILE BUNDLE_PATH BUNDLE_APP_CONFIG

SCRIPT=$(readlink -f "${BASH_SOURCE[0]}")
SEED=$(dirname "$SCRIPT")/redmine-seed.rake
PACKAGES='redmine redmine-sqlite puma'
TEXTILE_PORT=${REDMINE_TEXTILE_PORT:-3001}
MARKDOWN_PORT=${REDMINE_MARKDOWN_PORT:-3011}

# shellcheck source=server.sh
source "$(dirname "$SCRIPT")/server.sh"

HOME_DIR=${TEMP%/}/entente-real-$(id -u)/redmine
APP=$HOME_DIR/app
RESULT=$HOME_DIR/servers.json

port_of() { if [ "$1" = textile ]; then echo "$TEXTILE_PORT"; else echo "$MARKDOWN_PORT"; fi; }
key_of() { cat "$HOME_DIR/$1-key"; }
# Ours and answering: nobody else knows the administrator's key.
up() { [ -s "$HOME_DIR/admin-key" ] && curl -sf -m 5 -H "X-Redmine-API-Key: $(key_of admin)" "http://127.0.0.1:$(port_of "$1")/users/current.json" | grep -q '"login":"admin"'; }

installed() { [ "$(dpkg-query -Wf '${db:Status-Status}\n' $PACKAGES 2>/dev/null | grep -c '^installed$')" = "$(wc -w <<<"$PACKAGES")" ] && command -v curl >/dev/null; }

install_packages() {
  local line="apt-get update && apt-get install --no-install-recommends $PACKAGES curl"
  command -v apt-get >/dev/null || die "The tests against a real Redmine need Debian 12 (its packages $PACKAGES). REAL=0 leaves them out."
  root || die 'The tests against a real Redmine need its packages. This installs them, as root:' "  $line" 'REAL=0 leaves these tests out.'
  say "Installing Redmine from Debian's packages (about half a minute) …"
  : >"$HOME_DIR/apt.log"
  apt_get update || say 'The package lists could not be refreshed; trying with those that are here.'
  # No database of its own for the packaged Redmine: the tests bring theirs. Somebody's existing answers are left alone.
  if [ ! -d /etc/redmine/default ]; then
    printf '%s\n' 'redmine redmine/current-instances string default' 'redmine redmine/instances/default/dbconfig-install boolean false' | debconf-set-selections
  fi
  # Without this, the package's own installation takes a Bundler that asks for a gem which Debian does not ship.
  export BUNDLER_VERSION
  BUNDLER_VERSION=$(bundler_version)
  local install=(install --no-install-recommends $PACKAGES curl)
  if ! apt_get "${install[@]}"; then
    # A killed installation leaves packages half done, and apt refuses to go on by itself.
    dpkg --configure -a --force-confold >>"$HOME_DIR/apt.log" 2>&1 || true
    apt_get --fix-broken install --no-install-recommends || true
    apt_get "${install[@]}" || fail 'Redmine could not be installed:' "$HOME_DIR/apt.log"
  fi
}

bundler_version() { { dpkg-query -Wf '${Version}\n' ruby-bundler 2>/dev/null || apt-cache show ruby-bundler 2>/dev/null | sed -n 's/^Version: //p'; } | sed -n '1s/-.*//p'; }

# A private copy of the code, with one Gemfile that looks only at our databases, and one instance for each server.
copy_app() {
  local name
  rm -rf "$APP"
  cp -r --no-preserve=ownership /usr/share/redmine "$APP"
  rm -f "$APP/instances" "$APP/Gemfile.lock" "$APP/config/database.yml"
  for name in "$APP"/public/javascripts/*; do
    if [ -L "$name" ]; then ln -sfn "$(readlink -f "/usr/share/redmine/public/javascripts/$(basename "$name")")" "$name"; fi
  done
  sed -i "s#/usr/share/redmine/#$APP/#" "$APP/Gemfile"
  echo 'config.log_level = :warn' >"$APP/config/additional_environment.rb"
  # Several processes write to one SQLite file: take the write lock at the start of a transaction, and do not wait for the disk.
  cat >"$APP/config/initializers/zz_throw_away_database.rb" <<'RUBY'
ActiveSupport.on_load(:active_record) do
  require 'active_record/connection_adapters/sqlite3_adapter'
  ActiveRecord::ConnectionAdapters::SQLite3Adapter.prepend(
    Module.new do
      def begin_db_transaction
        log('begin immediate transaction', nil) { @connection.transaction(:immediate) }
      end

      def configure_connection
        super
        execute('PRAGMA journal_mode=WAL')
        execute('PRAGMA synchronous=OFF')
      end
    end
  )
end
RUBY
  for name in seed textile markdown; do
    local instance=$APP/instances/$name
    mkdir -p "$instance"/{config,log,files,tmp/cache,public/plugin_assets}
    printf 'production:\n  adapter: sqlite3\n  database: %s/db.sqlite\n  timeout: 15000\n' "$instance" >"$instance/config/database.yml"
    random 32 >"$instance/config/secret_key.txt"
  done
  cp "$SEED" "$APP/Rakefile.seed"
  if root; then chown -R www-data: "$APP"; fi
  (cd "$APP" && drop bundle install --local --quiet) >"$HOME_DIR/bundle.log" 2>&1 || fail "Redmine's libraries do not fit together:" "$HOME_DIR/bundle.log"
}

random() { od -An -v -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }

# One seeded database, made once and then copied.
seed() {
  local seeded=$APP/instances/seed/db.sqlite
  say 'Creating the sample trackers (some seconds) …'
  copy_app
  random 20 >"$HOME_DIR/admin-key"
  random 20 >"$HOME_DIR/agent-key"
  random 20 >"$HOME_DIR/manager-key"
  chmod 600 "$HOME_DIR"/*-key
  (cd "$APP" && ADMIN_KEY=$(key_of admin) AGENT_KEY=$(key_of agent) MANAGER_KEY=$(key_of manager) REDMINE_INSTANCE=seed drop bundle exec rake -f Rakefile.seed entente:seed) >"$HOME_DIR/seed.log" 2>&1 ||
    fail 'The sample trackers could not be created:' "$HOME_DIR/seed.log"
  drop sqlite3 "$seeded" 'PRAGMA wal_checkpoint(TRUNCATE)' 'PRAGMA journal_mode=DELETE' >/dev/null
  drop mv "$seeded" "$APP/seeded.sqlite"
  echo "$STAMP" >"$HOME_DIR/stamp"
}

fill() {
  local instance=$APP/instances/$1
  drop rm -rf "$instance/db.sqlite" "$instance/db.sqlite-wal" "$instance/db.sqlite-shm" "$instance/files" "$instance/tmp"
  drop mkdir -p "$instance/files" "$instance/tmp/cache"
  drop cp "$APP/seeded.sqlite" "$instance/db.new"
  if [ "$1" = textile ]; then
    set_option "$instance/db.new" text_formatting textile
    set_option "$instance/db.new" attachment_max_size 51200
  else
    set_option "$instance/db.new" text_formatting common_mark
  fi
  drop mv "$instance/db.new" "$instance/db.sqlite"
}
set_option() { drop sqlite3 "$1" "DELETE FROM settings WHERE name='$2'" "INSERT INTO settings(name,value,updated_on) VALUES('$2','$3',CURRENT_TIMESTAMP)"; }

# The first process of our server, if it is still ours: process ids are used again. Its workers follow it, even when it is killed.
server_of() {
  local pid
  pid=$(cat "$HOME_DIR/$1.pid" 2>/dev/null) && grep -qsa "entente-$1" "/proc/$pid/cmdline" && echo "$pid"
}
stop() {
  local pid
  if pid=$(server_of "$1"); then
    kill -TERM "$pid" 2>/dev/null || true
    for _ in {1..50}; do server_of "$1" >/dev/null || break; sleep 0.1; done
    kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$HOME_DIR/$1.pid"
}

start() {
  local port pid
  port=$(port_of "$1")
  stop "$1"
  for _ in {1..50}; do in_use "$port" || break; sleep 0.1; done
  if in_use "$port"; then die "Port $port is in use by another program. REDMINE_TEXTILE_PORT and REDMINE_MARKDOWN_PORT choose other ports."; fi
  [ -s "$APP/instances/$1/db.sqlite" ] || fill "$1"
  # Processes, not threads: SQLite and the seeded code are happier so. The lock (9) must not live on in the server.
  cd "$APP"
  REDMINE_INSTANCE=$1 "${as[@]}" setsid puma -e production -b "tcp://127.0.0.1:$port" -w 2 -t 1:1 --preload --tag "entente-$1" config.ru >"$HOME_DIR/$1.log" 2>&1 </dev/null 9>&- &
  pid=$!
  echo $pid >"$HOME_DIR/$1.pid"
  for _ in {1..480}; do
    if up "$1"; then return 0; fi
    if [ ! -d /proc/$pid ]; then fail "The $1 server ended while starting:" "$HOME_DIR/$1.log"; fi
    sleep 0.25
  done
  fail "The $1 server did not answer within two minutes:" "$HOME_DIR/$1.log"
}

write_result() {
  local name separator='{'
  local new=$RESULT.new
  (umask 077 && : >"$new")
  for name in textile markdown; do
    printf '%s"%s":{"base":"http://127.0.0.1:%s","apiKey":"%s","agentKey":"%s","managerKey":"%s","attachmentMaxKb":%s}' \
      "$separator" "$name" "$(port_of $name)" "$(key_of admin)" "$(key_of agent)" "$(key_of manager)" "$([ $name = textile ] && echo 51200 || echo 5120)" >>"$new"
    separator=,
  done
  echo '}' >>"$new"
  mv "$new" "$RESULT"
}

case ${1:-} in '' | --reset | --stop) ;; *) die 'Usage: redmine.sh [--reset|--stop]' ;; esac
mkdir -p "$HOME_DIR"
exec 9>"$HOME_DIR/lock"
flock -n 9 || { say 'Waiting for another run of redmine.sh …'; flock 9; }

if [ "${1:-}" = --stop ]; then
  stop textile
  stop markdown
  exit 0
fi

installed || install_packages
export BUNDLER_VERSION
BUNDLER_VERSION=$(bundler_version)
# A change of this script, of the seed or of the packages makes everything anew.
STAMP=$(cat "$SCRIPT" "$(dirname "$SCRIPT")/server.sh" "$SEED" <(dpkg-query -Wf '${Package}=${Version}\n' $PACKAGES) | sha256sum | cut -d' ' -f1)
if [ "$(cat "$HOME_DIR/stamp" 2>/dev/null)" != "$STAMP" ] || [ ! -s "$APP/seeded.sqlite" ]; then
  stop textile
  stop markdown
  rm -f "$HOME_DIR/stamp"
  seed
fi
if [ "${1:-}" = --reset ]; then
  stop textile
  stop markdown
  fill textile
  fill markdown
fi

waiting=()
for name in textile markdown; do
  if ! up "$name"; then
    say "Starting Redmine ($name) on port $(port_of "$name") …"
    start "$name" &
    waiting+=($!)
  fi
done
for job in "${waiting[@]}"; do wait "$job"; done
write_result
echo "$RESULT"
