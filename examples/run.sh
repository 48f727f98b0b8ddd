#!/bin/sh
# Runs an example that needs packages which Lector does not: sh examples/run.sh langchain WORDS…
# They are installed once, as its lock has them, into an environment beside it (VENV says elsewhere).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
bin=$here/../.venv/bin
example=$here/$1
venv=${VENV:-$example/.venv}
if [ ! -e "$venv/.ready" ] || [ "$example/requirements.lock" -nt "$venv/.ready" ]; then
  "$bin/uv" venv --quiet --clear --python "$bin/python" "$venv"
  "$bin/uv" pip install --quiet --python "$venv/bin/python" --require-hashes -r "$example/requirements.lock"
  touch "$venv/.ready"
fi
program=$example/lector_$1.py
shift
PYTHONPATH=$here/..${PYTHONPATH:+:$PYTHONPATH} exec "$venv/bin/python" "$program" "$@"
