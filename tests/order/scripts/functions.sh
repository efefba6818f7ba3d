#!/usr/bin/env bash
# 予約サービスのデプロイ。main から読む。
set -euo pipefail

cleanup() {
  docker logout registry.example.com
}

die() {
  echo "error: $*" >&2
  exit 1
}

preflight() {
  flyctl auth whoami || die "not logged in"
  git diff --quiet
}

backup() {
  if [ "${SKIP_BACKUP:-false}" = true ]; then
    echo "backup skipped"
    return 0
  fi
  pg_dump --schema public booking
  pg_restore --list booking.dump
}

verify() {
  psql -c select-one
  psql -c count-bookings
}

release() {
  local image="$1"
  local digest=$(crane digest booking:latest)
  flyctl deploy --config fly.toml --image "$image@$digest"
}

smoke() {
  curl -fsS https://booking.example.com/live && curl -fsS https://booking.example.com/ready
}

main() {
  local image="${1:-booking:latest}"
  trap cleanup EXIT
  preflight
  backup
  if verify; then
    echo "database is well"
  else
    die "database is not well"
  fi
  release "$image"
  smoke || flyctl releases --app booking
}

main "$@"
