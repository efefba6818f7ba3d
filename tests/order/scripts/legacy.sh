#!/usr/bin/env bash
# The old way to deploy the billing service. Grown since 2017.
set -e

eval "vault login -method=aws"
time mvn -q package

set +e
liquibase status
pending=$?
liquibase validate
set -e
nomad status billing
if [ $pending -ne 0 ]; then
  set +e
  liquibase update
  status=$?
  set -e
  if [ $status -ne 0 ]; then
    logger "billing: update failed"
    exit $status
  fi
fi

(
  cd /tmp
  consul lock billing-deploy true
)

bash -c 'nomad job plan billing.nomad; nomad job run billing.nomad'

export VERSION=$(consul kv get billing/version)
curl --fail https://billing.example.com/ping || { logger "billing: ping failed"; exit 1; }

bash <<'REMOTE'
systemctl reload nginx
systemctl status nginx
REMOTE

exec slack-post "billing is out"
logger "this is never said"
