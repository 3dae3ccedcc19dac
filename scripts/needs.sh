#!/usr/bin/env bash
# Stops `make test` before anything else where something is missing that only root can install, with the one line that installs it.
set -euo pipefail
missing=()
if [ -z "${CHROMIUM:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null; then missing+=(chromium fonts-liberation fonts-noto-color-emoji); fi
if [ "${REAL:-1}" != 0 ]; then
  if ! command -v dpkg-query >/dev/null; then
    echo 'The tests on real Redmine and Request Tracker servers need Debian 12 or newer. make test REAL=0 leaves them out.'
    exit 1
  fi
  for package in redmine redmine-sqlite puma curl request-tracker5 rt5-db-sqlite rt5-standalone starman w3m sqlite3; do
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
fi
if [ ${#missing[@]} = 0 ] || [ "$(id -u)" = 0 ]; then exit 0; fi
echo 'The tests need programs that are not here. This installs them, as root:'
echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
if [ "${REAL:-1}" != 0 ]; then echo 'make test REAL=0 leaves the real servers out; CHROMIUM=/path/to/browser brings your own browser.'; fi
exit 1
