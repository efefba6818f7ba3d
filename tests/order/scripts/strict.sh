#!/usr/bin/env bash
# ブログ本番のデプロイ。上から順に、失敗したら止まる。
set -euo pipefail
cd "$(dirname "$0")"

sha="$(git rev-parse --short=12 HEAD)"
npm ci
npm test -- --run
npx eslint src || true

pg_dump --format=custom --file blog.dump "$(vault read database-url)"
aws s3 cp blog.dump s3://blog-backups/ | tee upload.log

npm run migrate
flyctl deploy --app blog --image "registry.example.com/blog:$sha"
! flyctl checks list --app blog
curl --fail --retry 5 https://blog.example.com/health
slack-notify "deployed $sha"
