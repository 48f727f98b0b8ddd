#!/bin/sh
# Build or push images with whichever engine is there:  knative/images.sh build|push NAME...
#
# From the environment: REGISTRY (localhost:5001/lector), TAG (latest), BASE, ENGINE (docker, podman
# or buildah), LANGUAGES, BUILD_ARGS and PUSH_ARGS for the engine. PLATFORMS (linux/amd64,linux/arm64)
# makes one image for several processors. A release has VERSION, REVISION and SOURCE in its labels,
# and with docker ATTEST=1 an SBOM and its provenance beside it. PUBLISHED=1 neither builds nor pushes:
# the images that .images/ names were published before, as those of a release are.
#
# A push leaves the image's name with its digest in .images/NAME, which `make deploy` uses. The same
# sources on the same base have the same digest, and what has not changed is not built again; why,
# and what is given up for it: docs/decisions/0035-layers.md.
set -eu
cd "$(dirname "$0")/.."

registry=${REGISTRY:-localhost:5001/lector} tag=${TAG:-latest}
platforms=${PLATFORMS:-} attest=${ATTEST:-}
# The time that images say they were made: 1980, as their files do (knative/rootfs.sh).
epoch=315532800

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

code_of() { # NAME : its folder; a name that is none is refused where the image is made
  if [ -d "lector/$1" ] && [ ! -d "functions/$1" ]; then echo "lector/$1"; else echo "functions/$1"; fi
}

processor() { # of this machine, as engines name it
  case $(uname -m) in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac
}

# A label that changes with every commit would make a new revision of everything: only releases have them.
labels() { # NAME : one a line
  licenses=Apache-2.0
  ! grep -q '^pymupdf' "$(code_of "$1")/requirements.txt" 2>/dev/null || licenses="Apache-2.0 AND AGPL-3.0-or-later"
  for label in "title=lector-$1" "licenses=$licenses" ${VERSION:+"version=$VERSION"} \
    ${REVISION:+"revision=$REVISION"} ${SOURCE:+"source=$SOURCE"}; do
    echo "org.opencontainers.image.$label"
  done
}

engine_build() { # NAME ARGUMENT... : the arguments that all engines understand, and some more
  name=$1
  shift
  if [ "$engine" = docker ]; then
    while read -r label; do set -- "$@" --label "$label"; done <<END
$(labels "$name")
END
  fi
  if [ "$name" = tesseract ]; then
    set -- "$@" ${LANGUAGES+--build-arg "LANGUAGES=$LANGUAGES"} \
      ${npm_config_registry:+--build-arg "npm_config_registry=$npm_config_registry"}
  fi
  # shellcheck disable=SC2086 - arguments are words
  "$engine" "$@" ${BUILD_ARGS:-} --build-arg "FUNCTION=$name" --build-arg "CODE=$(code_of "$name")" \
    ${BASE:+--build-arg "BASE=$BASE"} \
    ${platforms:+--platform "$platforms"} .
}

# Without docker: layers first, then labels and the image's name. The engine's cache goes by an image's
# history and says in it what was found there, so the same layers have another history each time; the
# last step leaves it out, and names the base as its own instead of the image of the step before.
layered() { # NAME ARGUMENT... : the last step has the arguments that name an image
  name=$1
  shift
  # shellcheck disable=SC2046 - none or two words
  engine_build "$name" build --layers --timestamp "$epoch" --identity-label=false --iidfile "$id_file" \
    $([ -z "$platforms" ] || echo --pull=always --build-arg "BUILDPLATFORM=linux/$(processor)" \
      --build-arg "TARGETPLATFORM=$platforms")
  last=.images/.$name.last
  {
    echo "FROM $(sed 's/^sha256://' "$id_file")"
    echo "LABEL $(labels "$name" | sed 's/\([^=]*\)=\(.*\)/"\1"="\2"/' | tr '\n' ' ')"
  } > "$last"
  base=${BASE:-$(sed -n 's/^ARG BASE=//p' Dockerfile)}
  "$engine" build --layers --no-cache --omit-history --timestamp "$epoch" --identity-label=false \
    --annotation "org.opencontainers.image.base.name=$base" \
    --annotation "org.opencontainers.image.base.digest=$(image_digest "$base")" \
    ${platforms:+--platform "$platforms"} --file "$last" "$@" .images
  rm "$last"
}

buildx() { # NAME true|false ARGUMENT... : what docker's own store cannot hold goes to the registry at once
  name=$1 pushed=$2
  shift 2
  output="type=image,name=$registry/$name:$tag,push=$pushed,rewrite-timestamp=true"
  if [ -n "$attest" ]; then set -- --sbom=true --provenance=mode=max "$@"; fi
  SOURCE_DATE_EPOCH=$epoch engine_build "$name" buildx build --output "$output" "$@"
}

build() { # NAME
  image=$registry/$1:$tag
  if [ "$engine" = docker ] && [ -n "$platforms$attest" ]; then
    buildx "$1" false
  elif [ "$engine" = docker ]; then
    # Without attestations, which say when they were made.
    SOURCE_DATE_EPOCH=$epoch BUILDX_NO_DEFAULT_ATTESTATIONS=1 DOCKER_BUILDKIT=1 \
      engine_build "$1" build --iidfile "$id_file" --tag "$image"
  elif [ -n "$platforms" ]; then
    "$engine" manifest rm "$image" >/dev/null 2>&1 || true # or it would grow
    # One after the other, with both names said and the base asked for anew: buildah 1.28 knows neither
    # in FROM, and would put an image for one processor on the base of another.
    for one in $(echo "$platforms" | tr , ' '); do
      (platforms=$one && layered "$1" --manifest "$image")
    done
    rm -f "$id_file"
  else
    layered "$1" --iidfile "$id_file" --tag "$image"
  fi
}

# What an image is made of, as one hash. An engine's own cache would do, if it did not take ten
# seconds an image to find that nothing has changed.
fingerprint() { # NAME
  hash=$(command -v sha256sum || echo "shasum -a 256")
  code=$(code_of "$1")
  {
    echo "$engine $registry $tag $code ${BASE:-} ${BUILD_ARGS:-} ${LANGUAGES-spa} ${VERSION:-} ${REVISION:-} ${SOURCE:-}"
    {
      find Dockerfile .dockerignore knative/images.sh knative/rootfs.sh web/node.lock functions/__init__.py -type f || true # the engine says what is missing
      find lector -type d \( -path lector/local -o -path lector/cli -o -path lector/bridge -o -path lector/tesseract \
        -o -name __pycache__ \) -prune -o -type f -print
      find "$code" -type d -name __pycache__ -prune -o -type f -print
    } 2>/dev/null | LC_ALL=C sort | tr '\n' '\0' | xargs -0 $hash
  } | $hash | cut -d ' ' -f 1
}

image_id() { # NAME : of what the engine has under the image's name, if anything
  if [ "$engine" = buildah ]; then set -- inspect --type image --format '{{.FromImageID}}' "$registry/$1:$tag"
  else set -- image inspect --format '{{.Id}}' "$registry/$1:$tag"; fi
  "$engine" "$@" 2>/dev/null | sed 's/^sha256://'
}

image_digest() { # NAME : of an image that the engine has, or nothing
  if [ "$engine" = buildah ]; then set -- inspect --type image --format '{{.FromImageDigest}}' "$1"
  else set -- image inspect --format '{{.Digest}}' "$1"; fi
  "$engine" "$@" 2>/dev/null || true
}

build_if_changed() { # NAME
  note=.images/.$1.built id_file=.images/.$1.id
  wanted="$(fingerprint "$1")"
  # Asked for another base or a clean build, the engine looks; elsewhere a note of the last one will do.
  case "${BUILD_ARGS:-}" in *--pull* | *--no-cache*) rm -f "$note" ;; esac
  if [ -z "$platforms$attest" ] && [ -f "$note" ] && [ "$(cat "$note")" = "$wanted $(image_id "$1")" ]; then
    echo "$1: nothing has changed" >&2
    return
  fi
  rm -f "$note" "$id_file"
  build "$1"
  [ ! -f "$id_file" ] || echo "$wanted $(sed 's/^sha256://' "$id_file")" > "$note"
  rm -f "$id_file"
}

push() { # NAME
  image=$registry/$1:$tag
  if [ "$engine" = docker ] && [ -n "$platforms$attest" ]; then
    # shellcheck disable=SC2086 - arguments are words
    buildx "$1" true ${PUSH_ARGS:-} --metadata-file ".images/.$1.json" >&2
    digest=$(sed -n 's/.*"containerimage.digest": *"\([^"]*\)".*/\1/p' ".images/.$1.json")
    echo "$registry/$1@$digest" > ".images/$1"
    rm ".images/.$1.json"
  elif [ "$engine" = docker ]; then
    # shellcheck disable=SC2086
    docker push --quiet ${PUSH_ARGS:-} "$image" >&2
    docker inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$image" |
      grep -m 1 "^$registry/$1@" > ".images/$1"
  else
    # shellcheck disable=SC2086
    if [ -n "$platforms" ]; then
      "$engine" manifest push --all ${PUSH_ARGS:-} --digestfile ".images/.$1.digest" "$image" "docker://$image" >&2
    else
      "$engine" push ${PUSH_ARGS:-} --digestfile ".images/.$1.digest" "$image" >&2
    fi
    echo "$registry/$1@$(cat ".images/.$1.digest")" > ".images/$1"
    rm ".images/.$1.digest"
  fi
  cat ".images/$1"
}

what=${1:-} && [ $# -ge 2 ] && shift || { echo "usage: $0 build|push NAME..." >&2; exit 2; }
[ -n "${PUBLISHED:-}" ] || engine=${ENGINE:-$(engine)}
mkdir -p .images
for name in "$@"; do
  if [ -n "${PUBLISHED:-}" ]; then
    cat ".images/$name" || { echo "no published image of $name is noted in .images/" >&2; exit 1; }
    continue
  fi
  case $what in
    build) build_if_changed "$name" ;;
    push) push "$name" ;;
    *) echo "usage: $0 build|push NAME..." >&2; exit 2 ;;
  esac
done
