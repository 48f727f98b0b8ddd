#!/bin/sh
# A Chromium for the tests of the page: the one that is there, else the system's package (as root),
# else the one that Playwright downloads for itself.
set -eu
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome chrome; do
  if command -v "$name" >/dev/null; then
    echo "there is $(command -v "$name")" >&2
    exit 0
  fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing the package chromium" >&2
  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null && exit 0
fi
.venv/bin/python -m playwright install chromium >&2
