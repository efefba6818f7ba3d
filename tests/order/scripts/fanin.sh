#!/usr/bin/env bash
# Backup, image and audit at the same time; all three before the deploy.
set -euo pipefail

log() { printf '%s\n' "$*" >&2; }

pids=()
names=()

start() {
  local name="$1"
  shift
  log "start $name"
  "$@" &
  pids+=("$!")
  names+=("$name")
}

pg_dump --dbname orders --file orders.dump &
backup_pid=$!

depot build --tag registry.example.com/orders:next &
pids+=($!)

trivy fs --exit-code 1 . &
pids+=($!)

sentry-cli releases new next &

terraform validate

fail=0
for pid in "${pids[@]}"; do
  wait "$pid" || fail=1
done
[ "$fail" -eq 0 ] || exit 1

kubectl config use-context production

if ! wait "$backup_pid"; then
  log "backup failed; nothing was deployed"
  exit 1
fi

kubectl apply -f migrate-job.yml
kubectl rollout status deployment/orders
wait
newrelic deployment create
