#!/usr/bin/env bash
# usage: cases.sh [production|staging|preview]
set -euo pipefail

target="${1:-staging}"
app="calendar-$target"

case "$target" in
  production)
    gh run list --branch main --status success
    pg_dump --no-owner calendar_production
    config=fly.toml
    ;;
  staging)
    psql --file scripts/anonymize.sql
    config=fly.staging.toml
    ;;
  preview)
    flyctl apps create calendar-preview || true
    config=fly.preview.toml
    ;;
  *)
    logger "calendar: unknown target $target"
    exit 64
    ;;
esac

flyctl deploy --app "$app" --config "$config"

if [ "$target" = production ]; then
  flyctl scale count 3 --app "$app"
elif [ "$target" = staging ]; then
  npx playwright test
else
  echo "https://calendar-preview.example.com"
  exit 0
fi

curl --fail "https://$app.example.com/health"
