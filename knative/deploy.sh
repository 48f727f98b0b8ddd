#!/bin/sh
# Lector on the cluster that kubectl speaks to:  knative/deploy.sh COMMAND [FUNCTION]
#
#   known     whether the overlay has FUNCTION: a function, the bridge, or tesseract
#   up        images, services, bridge and functions; with FUNCTION, that one alone
#   rollback  traffic to the revision before, of FUNCTION or of all that the last `up` changed
#   render    the manifests of the overlay on stdout
#   demo      read $PDF with `lector ocr --server`, with $LECTOR_TOKEN or the first token
#   down      remove all of it, DATA INCLUDED
#
# From the environment: OVERLAY (quickstart), COMPONENTS (names in knative/components, with spaces
# between), NAMESPACE (lector), DEPLOYER (kubectl, or func), what knative/images.sh takes, and for the
# demo PDF, FORMAT and URL.
set -eu
cd "$(dirname "$0")/.."

namespace=${NAMESPACE:-lector}
export NAMESPACE="$namespace"
overlay=${OVERLAY:-quickstart}
functions="upload render register llm outbox notify"
bridge="jetstream-source,jetstream-sink,postgres-source"
kubectl=$(command -v kubectl || echo "$PWD/.venv/bin/kubectl")
export KUBECTL="$kubectl"
python=.venv/bin/python

fail() { echo "lector: error: $*" >&2; exit 1; }
say() { echo "lector: $*" >&2; }

overlay_root() {
  [ -d "knative/overlays/$overlay" ] || fail "there is no overlay '$overlay'; see knative/overlays/"
  components_are_there
  [ ! -x "knative/overlays/$overlay/secrets.sh" ] || "knative/overlays/$overlay/secrets.sh"
}

components_are_there() {
  for component in ${COMPONENTS:-}; do
    [ -d "knative/components/$component" ] || fail "there is no component '$component'; see knative/components/"
  done
}

with_components() { # what stands above an overlay in .deploy
  echo "resources: [../knative/overlays/$overlay]"
  [ -z "${COMPONENTS:-}" ] || echo "components:"
  for component in ${COMPONENTS:-}; do echo "  - ../knative/components/$component"; done
}

render() { # the manifests of the overlay, from a folder of its own
  overlay_root
  rendered=$(mktemp -d .deploy-render.XXXXXX)
  trap 'rm -rf "$rendered"' EXIT
  { echo "namespace: $namespace"; with_components; } > "$rendered/kustomization.yaml"
  moved "$rendered"
}

# The overlay with the images that were pushed last, in a folder that git ignores.
pinned() {
  mkdir -p .deploy
  {
    echo "namespace: $namespace"
    with_components
    echo "images:"
    for noted in .images/*; do
      [ -f "$noted" ] || continue
      image=$(cat "$noted") name=${noted##*/}
      echo "  - {name: '$(named "$name")', newName: '${image%@*}', digest: '${image#*@}'}"
    done
  } > .deploy/kustomization.yaml
  [ "$namespace" != lector ] || return 0
  # With secrets in it.
  (umask 077 && moved .deploy > .deploy/moved.yaml)
  echo "resources: [moved.yaml]" > .deploy/kustomization.yaml
}

# kustomize moves objects to another namespace, but addresses are text to it.
moved() { # FOLDER
  "$kubectl" kustomize "$1" |
    sed "s#\\.lector\\.svc\\.#.$namespace.svc.#g; s#/lector/default\$#/$namespace/default#"
}

stamped() { # NAME... : with what the pods of these read, which must be in the cluster by then
  pinned
  "$kubectl" kustomize .deploy | "$python" -m tools.rollout config "$@" > .deploy/stamps
  cat .deploy/stamps >> .deploy/kustomization.yaml
}

named() { # NAME : what the overlay calls the image, which is what kustomize sees here
  sed -n "s/.*{name: $1, newName: \([^,}]*\).*/\1/p" "knative/overlays/$overlay/kustomization.yaml" | grep . || echo "$1"
}

reachable() {
  "$kubectl" get namespace default --request-timeout=10s >/dev/null 2>&1 ||
    fail "kubectl reaches no cluster; docs/deploy.md begins with one"
  "$kubectl" get crd services.serving.knative.dev --request-timeout=10s >/dev/null 2>&1 ||
    fail "the cluster has no Knative Serving; docs/deploy.md says how to install it"
}

is_function() { # NAME
  case " $functions " in *" $1 "*) true ;; *) false ;; esac
}

there() { # : what the overlay has an image for
  [ -d "knative/overlays/$overlay" ] || fail "there is no overlay '$overlay'; see knative/overlays/"
  echo "$functions bridge"
  ! grep -q tesseract "knative/overlays/$overlay/kustomization.yaml" || echo tesseract
}

known() { # NAME...
  there=$(there) || exit 1
  for name in "$@"; do
    case " $(echo $there) " in
      *" $name "*) ;;
      *) fail "there is no '$name' in the overlay '$overlay'; there are:" $there ;;
    esac
  done
}

deploy_with_func() { # NAME : from a copy, as func writes into func.yaml what it did
  "$kubectl" diff -k .deploy -l "app.kubernetes.io/name=$1" >/dev/null && same=0 || same=$?
  # func makes a revision each time: it writes the time into the environment.
  [ "$same" -ne 0 ] || { say "$1 is there already, as it should be"; return; }
  [ "$same" -eq 1 ] || fail "kubectl cannot tell what would change"
  [ -f ".images/$1" ] || fail "the image of $1 was not pushed; say make push FUNCTION=$1"
  mkdir -p .deploy/functions
  rm -rf ".deploy/functions/$1"
  cp -R "functions/$1" ".deploy/functions/$1"
  say "deploying $1 with func; what its func.yaml cannot say comes right after"
  (cd .deploy && func deploy --path "functions/$1" --image "$(cat "../.images/$1")" \
    --build=false --push=false --namespace "$namespace")
}

up() {
  known "$@"
  components_are_there
  with=${DEPLOYER:-kubectl}
  case $with in kubectl|func) ;; *) fail "DEPLOYER is kubectl or func" ;; esac
  reachable
  no_secret_behind_a_broker
  if [ -n "$*" ]; then wanted=$*; else wanted=$(there); fi
  # shellcheck disable=SC2086 - names are words
  knative/images.sh build $wanted
  # shellcheck disable=SC2086
  knative/images.sh push $wanted
  overlay_root
  pinned
  "$python" -m tools.rollout snapshot > .deploy/before.json
  if [ -n "$*" ]; then
    for name in "$@"; do one "$name"; done
  else
    everything
  fi
}

one() { # NAME : the bridge is several workloads
  say "deploying $1"
  if [ "$1" = bridge ]; then names=$bridge; else names=$1; fi
  # tesseract reads nothing, and is applied with the services.
  # shellcheck disable=SC2046 - names are words
  [ "$1" = tesseract ] || stamped $(echo "$names" | tr , ' ')
  ! is_function "$1" || put_functions "$1"
  "$kubectl" apply -k .deploy -l "app.kubernetes.io/name in ($names)"
  "$python" -m tools.rollout note .deploy/before.json
  if [ "$1" = bridge ]; then
    wait_for_bridge
    replace_source
  else
    "$kubectl" wait -n "$namespace" "ksvc/$1" --for=condition=Ready --timeout=300s
  fi
}

put_functions() { # NAME... : all but the `kubectl apply` that ends each deployment
  [ "$with" != func ] || for name in "$@"; do deploy_with_func "$name"; done
  "$kubectl" kustomize .deploy | "$python" -m tools.rollout clear "$@"
}

wait_for_bridge() { # those of its workloads that there are
  for workload in $("$kubectl" get deployment,ksvc -n "$namespace" -o name \
    -l "app.kubernetes.io/name in ($bridge)"); do
    case $workload in
      deployment*) "$kubectl" rollout status -n "$namespace" "$workload" --timeout=300s ;;
      *) "$kubectl" wait -n "$namespace" "$workload" --for=condition=Ready --timeout=300s ;;
    esac
  done
}

replace_source() { # once the one that does the work of both is ready
  "$kubectl" kustomize .deploy | "$python" -m tools.rollout replace
}

behind_a_broker() {
  case " $overlay ${COMPONENTS:-} " in *" broker "*) true ;; *) false ;; esac
}

no_secret_behind_a_broker() { # which cannot send it: every event would be refused, and in the end lost
  behind_a_broker || return 0
  ! "$kubectl" get secret lector-caller -n "$namespace" >/dev/null 2>&1 ||
    fail "a Broker cannot send the callers' secret; remove it first: kubectl -n $namespace delete secret lector-caller"
}

# Functions take events only from who has it. The quickstart's is among its manifests, and one that is
# there is kept.
draw_callers_secret() {
  [ "$overlay" != quickstart ] && ! behind_a_broker || return 0
  sed "s/^  name: .*/  name: $namespace/" knative/base/namespace.yaml | "$kubectl" apply -f -
  ! "$kubectl" get secret lector-caller -n "$namespace" >/dev/null 2>&1 || return 0
  say "drawing the callers' secret, lector-caller"
  { printf p; od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; } |
    "$kubectl" create secret generic lector-caller -n "$namespace" --from-file=secret=/dev/stdin
}

everything() { # the schema first: the functions of before work on it (docs/operations.md)
  draw_callers_secret
  say "applying knative/overlays/$overlay"
  # A Job cannot be changed.
  "$kubectl" delete job lector-migrate -n "$namespace" --ignore-not-found
  "$kubectl" apply -k .deploy -l 'app.kubernetes.io/component notin (function,bridge)'
  say "waiting for the database and its migrations"
  "$kubectl" wait -n "$namespace" job/lector-migrate --for=condition=Complete --timeout=600s
  # shellcheck disable=SC2046,SC2086 - names are words
  stamped $functions $(echo "$bridge" | tr , ' ')
  # shellcheck disable=SC2086
  put_functions $functions
  "$kubectl" apply -k .deploy
  "$python" -m tools.rollout note .deploy/before.json
  "$kubectl" wait -n "$namespace" ksvc --all --for=condition=Ready --timeout=600s
  "$kubectl" rollout status -n "$namespace" deployment --timeout=300s
  replace_source
  say "ready: $(url)"
  say "it asks for a token; the first is: $kubectl get secret lector-api -n $namespace -o 'jsonpath={.data.admin-token}' | base64 -d"
}

rollback() {
  known "$@"
  reachable
  "$python" -m tools.rollout rollback "$@"
  say "the next make deploy sends traffic to the newest revision again"
}

url() {
  "$kubectl" get ksvc upload -n "$namespace" -o 'jsonpath={.status.url}'
}

demo() {
  reachable
  server=${URL:-$(url)}
  [ -n "$server" ] || fail "upload has no URL yet; kubectl get ksvc -n $namespace says why"
  host=$(echo "$server" | sed 's#^[a-z]*://##; s#[:/].*##')
  .venv/bin/python -c 'import socket, sys; socket.getaddrinfo(sys.argv[1], 80)' "$host" 2>/dev/null ||
    fail "$host does not resolve here; add the line '127.0.0.1 $host' to /etc/hosts, or give URL=…"
  if [ "$overlay" = quickstart ]; then
    # The upload URLs that Lector hands out lead here.
    "$kubectl" port-forward -n "$namespace" svc/seaweedfs 8333:8333 >/dev/null &
    forwarding=$!
    trap 'kill $forwarding 2>/dev/null || true' EXIT
    sleep 2
    kill -0 $forwarding 2>/dev/null || fail "port 8333 could not be forwarded; is it taken?"
  fi
  # The first token is in the cluster; another may be given.
  LECTOR_TOKEN=${LECTOR_TOKEN:-$("$kubectl" get secret lector-api -n "$namespace" -o 'jsonpath={.data.admin-token}' | base64 -d)}
  export LECTOR_TOKEN
  .venv/bin/python -m lector.cli ocr --server "$server" --format "${FORMAT:-text}" -- "${PDF:-tests/samples/*.pdf}"
}

down() {
  reachable
  say "removing namespace $namespace with all files and texts in it"
  "$kubectl" delete namespace "$namespace" --ignore-not-found --timeout=300s
  rm -rf .deploy
}

what=${1:-}
[ $# -eq 0 ] || shift
case $what in
  known) known "$@" ;;
  up) up "$@" ;;
  rollback) rollback "$@" ;;
  render) render ;;
  demo) demo ;;
  down) down ;;
  *) fail "usage: $0 known|up|rollback|render|demo|down [FUNCTION]" ;;
esac
