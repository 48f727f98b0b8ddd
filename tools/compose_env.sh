#!/bin/sh
# Draw the secrets of compose.yaml into .env beside it: tools/compose_env.sh [FILE]
#
# What is in the file already stays, so it may be run again, and after an update has to be: a new
# Lector may need one more. Keep the file: with another REPORT_KEY it is another Lector that signs
# reports, and PostgreSQL keeps the password of its owner that it was made with.
set -eu
umask 077
file=${1:-$(dirname "$0")/../.env}

random() { od -An -N 32 -tx1 /dev/urandom | tr -d ' \n'; }
draw() { # NAME [BEGINNING] : a secret, unless the file has one
  grep -q "^$1=." "$file" || { echo "$1=${2:-}$(random)" >> "$file"; echo "drew $1 into $file" >&2; }
}

touch "$file"
for role in UPLOAD RENDER REGISTER LLM OUTBOX NOTIFY BRIDGE; do draw "DATABASE_PASSWORD_$role"; done
draw POSTGRES_PASSWORD
# With a letter first: nats.conf takes what begins like a number for one.
draw NATS_PASSWORD p
draw S3_SECRET_KEY
draw CALLER_SECRET
draw ADMIN_TOKEN
draw REPORT_KEY
