#!/bin/sh
# The quickstart's, on which this overlay stands.
exec "$(dirname "$0")/../quickstart/secrets.sh"
