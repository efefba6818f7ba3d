#!/bin/bash
# Deploys the wiki. No errexit: what must not fail says so itself.

bundle install
bundle exec rake assets:precompile

mysqldump --single-transaction wiki | gzip -c > wiki.sql.gz
if [ $? -ne 0 ]; then
  echo "backup failed"
  exit 1
fi

mysqldump --no-data wiki > schema.sql
echo "schema saved"
if [ $? -ne 0 ]; then
  exit 1
fi

bundle exec rake db:migrate || {
  logger "wiki: migration failed"
  exit 1
}

cap production deploy && cap production cleanup
result=$?

if ! wget -q https://wiki.example.com/up; then
  cap production rollback
fi

if [ "$result" -ne 0 ]; then
  mail -s "wiki: deploy failed" ops@example.com
  exit "$result"
fi

rsync -a schema.sql backup.example.com:wiki/
