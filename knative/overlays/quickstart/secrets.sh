#!/bin/sh
# Draw the quickstart's secrets into secrets/, once: knative/overlays/quickstart/secrets.sh [rotate|retire]
#
#   rotate  a new callers' secret beside the one of before: both are good from the next deploy on
#   retire  the one of before is good no longer
#
# They are yours alone (git ignores them); delete the folder to have new ones drawn. OPENAI_API_KEY, and
# TELEGRAM_BOT_TOKEN with TELEGRAM_CHAT_ID, are taken from the environment when they are set. What runs keeps its old passwords until the Job
# lector-migrate has run again and the pods were started anew.
set -eu
umask 077
cd "$(dirname "$0")"

# With a letter first: nats.conf takes what begins like a number for one.
random() { printf p; od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }

[ -f secrets/database.env ] || {
  mkdir -p secrets
  owner=$(random)
  {
    echo "owner=postgresql://lector:$owner@postgres:5432/lector?sslmode=disable"
    for role in upload render register llm outbox notify bridge; do
      echo "$role=postgresql://lector_$role:$(random)@postgres:5432/lector?sslmode=disable"
    done
  } > secrets/database.env.part
  echo "password=$owner" > secrets/postgres.env
  nats=$(random)
  printf 'password=%s\nurl=nats://lector:%s@nats:4222\n' "$nats" "$nats" > secrets/nats.env
  key=$(random)
  printf 'access-key=lector\nsecret-key=%s\n' "$key" > secrets/objects.env
  printf '{"identities": [{"name": "lector", "credentials": [{"accessKey": "lector", "secretKey": "%s"}], "actions": ["Admin"]}]}\n' \
    "$key" > secrets/s3.json
  mv secrets/database.env.part secrets/database.env # the last: all others are there
  echo "drew secrets into $(pwd)/secrets" >&2
}
grep -q '^notify=' secrets/database.env ||
  echo "notify=postgresql://lector_notify:$(random)@postgres:5432/lector?sslmode=disable" >> secrets/database.env
[ -f secrets/notify.env ] && [ -z "${TELEGRAM_BOT_TOKEN:-}" ] ||
  printf 'telegram-bot-token=%s\ntelegram-chat-id=%s\n' "${TELEGRAM_BOT_TOKEN:-}" "${TELEGRAM_CHAT_ID:-}" > secrets/notify.env
[ -f secrets/caller.env ] || echo "secret=$(random)" > secrets/caller.env
known=$(sed -n 's/^secret=//p' secrets/caller.env)
case ${1:-} in
  '') ;;
  rotate)
    case $known in *,*) echo "two are known already; retire the one of before first" >&2; exit 1 ;; esac
    echo "secret=$(random),$known" > secrets/caller.env ;;
  retire) echo "secret=${known%%,*}" > secrets/caller.env ;;
  *) echo "usage: $0 [rotate|retire]" >&2; exit 2 ;;
esac
# A key of Ed25519 is 32 random bytes. Keep it: with another, it is another Lector that signs reports.
[ -f secrets/report.env ] || echo "key=$(od -An -N 32 -tx1 /dev/urandom | tr -d ' \n')" > secrets/report.env
[ -f secrets/api.env ] || echo "admin-token=$(random)" > secrets/api.env
[ -f secrets/model.env ] && [ -z "${OPENAI_API_KEY:-}" ] || echo "api-key=${OPENAI_API_KEY:-none}" > secrets/model.env
