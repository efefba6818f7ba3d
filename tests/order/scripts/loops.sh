#!/usr/bin/env bash
# Several apps one after another.
set -euo pipefail

while ! pg_isready --host db.internal; do
  logger "waiting for the database"
  sleep 2
done

for app in api worker; do
  pg_dump --schema "$app"
done

failed=()
for app in api worker; do
  flyctl deploy --app "$app" || failed+=("$app")
done

honeycomb-marker "deployed"

if [ "${#failed[@]}" -gt 0 ]; then
  flyctl status --all
  exit 1
fi

until curl --fail https://api.example.com/health; do
  sleep 5
done

for attempt in 1 2 3; do
  if npx playwright test; then
    break
  fi
  aws s3 cp report s3://e2e-reports/
done

for region in ams; do
  dig "$region.example.com" || continue
  gcloud dns update "$region"
done

for hook in "$@"; do
  wget --quiet "$hook"
done

git tag released
