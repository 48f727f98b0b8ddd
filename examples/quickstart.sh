#!/bin/sh
# Read a document: sh quickstart.sh report.pdf
set -eu
: "${LECTOR_SERVER:=http://127.0.0.1:8080}"
api() { curl -sS --fail-with-body ${LECTOR_TOKEN:+-H "Authorization: Bearer $LECTOR_TOKEN"} "$@"; }

id=$(api -F "file=@$1" "$LECTOR_SERVER/v1/files" | sed 's/^{"id":"\([^"]*\)".*/\1/')
until api "$LECTOR_SERVER/v1/files/$id" | grep -qE '"status":"(completed|incomplete|failed|cancelled)"'; do
  sleep 1
done
api "$LECTOR_SERVER/v1/files/$id/text"
