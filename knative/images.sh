#!/bin/sh
# Build or push images with whichever engine is there:  knative/images.sh build|push NAME...
#
# From the environment: REGISTRY (localhost:5001/lector), TAG (latest), BASE, ENGINE (docker, podman
# or buildah), BUILD_ARGS and PUSH_ARGS for the engine. A push leaves the image's name with its digest
# in .images/NAME, which `make deploy` uses.
set -eu
cd "$(dirname "$0")/.."

registry=${REGISTRY:-localhost:5001/lector} tag=${TAG:-latest}

engine() {
  for one in docker podman buildah; do
    # docker may be a client without an engine
    if command -v "$one" >/dev/null && { [ "$one" != docker ] || docker info >/dev/null 2>&1; }; then
      echo "$one"
      return
    fi
  done
  echo "neither docker (running), podman nor buildah is there; make rootfs needs none" >&2
  exit 1
}

build() {
  # shellcheck disable=SC2086 - arguments are words
  "$engine" build ${BUILD_ARGS:-} --build-arg "FUNCTION=$1" ${BASE:+--build-arg "BASE=$BASE"} \
    ${LANGUAGES+--build-arg "LANGUAGES=$LANGUAGES"} \
    --tag "$registry/$1:$tag" .
}

push() {
  mkdir -p .images
  image=$registry/$1:$tag
  if [ "$engine" = docker ]; then
    docker push --quiet ${PUSH_ARGS:-} "$image" >&2
    docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image" |
      grep -m 1 "^$registry/$1@" > ".images/$1"
  else
    "$engine" push ${PUSH_ARGS:-} --digestfile ".images/$1.digest" "$image" >&2
    echo "$registry/$1@$(cat ".images/$1.digest")" > ".images/$1"
    rm ".images/$1.digest"
  fi
  cat ".images/$1"
}

what=${1:-} && [ $# -ge 2 ] && shift || { echo "usage: $0 build|push NAME..." >&2; exit 2; }
engine=${ENGINE:-$(engine)}
for name in "$@"; do
  case $what in
    build) build "$name" ;;
    push) push "$name" ;;
    *) echo "usage: $0 build|push NAME..." >&2; exit 2 ;;
  esac
done
