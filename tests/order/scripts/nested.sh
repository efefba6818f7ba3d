#!/usr/bin/env bash
# Calls the scripts beside it.
set -euo pipefail
cd "$(dirname "$0")"
source nested-lib.sh

require_clean_tree
./nested-backup.sh production && ./nested-deploy.sh production
notify "after the release"

bash nested-cleanup.sh
git push origin released
