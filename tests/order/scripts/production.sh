#!/usr/bin/env bash
# usage: production.sh [production|staging|preview]
set -euo pipefail

target="${1:-staging}"
app="agenda-$target"

case "$target" in
  production)
    gh run list --branch main --status success
    pg_dump --no-owner agenda_production
    config=fly.toml
    ;;
  staging)
    psql --file scripts/anonymize.sql
    config=fly.staging.toml
    ;;
  preview)
    flyctl apps create agenda-preview || true
    config=fly.preview.toml
    ;;
  *)
    logger "agenda: unknown target $target"
    exit 64
    ;;
esac

flyctl deploy --app "$app" --config "$config"

if [ "$target" = production ]; then
  flyctl scale count 3 --app "$app"
elif [ "$target" = staging ]; then
  npx playwright test
else
  echo "https://agenda-preview.example.com"
  exit 0
fi

curl --fail "https://$app.example.com/health"
