#!/bin/sh
# The files of an image's app layer, under a folder:  knative/rootfs.sh NAME DIR [PYTHON]
#
# NAME is a function, or a folder beside this script (bridge, tesseract). DIR/app then holds the
# code, DIR/app/lib its locked dependencies and the package lector, all of it compiled. PYTHON is the
# interpreter that will run it, as wheels and bytecode fit one version. The Dockerfile calls this too.
set -eu

[ $# -ge 2 ] || { echo "usage: $0 NAME DIR [PYTHON]" >&2; exit 2; }
name=$1 root=$2 python=${3:-python3}
here=$(cd "$(dirname "$0")/.." && pwd)
code=$here/functions/$name
[ -d "$code" ] || code=$here/knative/$name
[ -f "$code/requirements.txt" ] || { echo "there is no function '$name'; see functions/" >&2; exit 2; }
mkdir -p "$root"
root=$(cd "$root" && pwd)
app=$root/app
[ ! -e "$app" ] || { echo "$app is there already; choose another DIR or delete it" >&2; exit 2; }
mkdir "$app"

"$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
  --no-warn-conflicts --require-hashes --only-binary :all: --no-compile \
  --target "$app/lib" -r "$code/requirements.txt"

copy() { # FROM NAME... : without what only builds, tests or describes
  from=$1 && shift
  tar -C "$from" --exclude=__pycache__ --exclude=lector/local --exclude=func.yaml \
    --exclude=requirements.txt --exclude=kustomization.yaml --exclude='.func*' -cf - "$@"
}
copy "$here" lector | tar -C "$app/lib" -xf -
copy "$code" . | tar -C "$app" -xf -

# Scripts name the interpreter of this machine, and nothing starts them; dbmate is a program.
[ ! -d "$app/lib/bin" ] || find "$app/lib/bin" -type f ! -name dbmate -exec rm {} +
# botocore describes 400 services of AWS in 24 MB; one of them is asked for, if any.
for data in "$app/lib/botocore/data" "$app/lib/boto3/data"; do
  [ ! -d "$data" ] || find "$data" -mindepth 1 -maxdepth 1 -type d ! -name s3 -exec rm -rf {} +
done

# Unchecked, as a layer's time stamps say nothing; under the paths that they will have.
"$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$root" -p / "$app"
chmod -R a+rX,go-w "$app"
