use std::sync::Arc;

use super::*;
use crate::facts::words::{command, function, unresolved, variable};
use crate::facts::{Fact, Kind, ProgramNote};
use crate::text::FileId;

mod flow;

struct Read {
    text: String,
    reading: Reading,
}

impl Read {
    fn of_kind(&self, kind: Kind) -> Vec<&Fact> {
        self.reading.facts.iter().filter(|fact| fact.kind == kind).collect()
    }

    fn commands(&self) -> Vec<&Fact> {
        self.of_kind(command::KIND)
    }

    fn program(&self, name: &str) -> &Fact {
        let found = self.commands().into_iter().find(|fact| fact.text(command::PROGRAM) == Some(name));
        found.unwrap_or_else(|| panic!("no {name} in {:?}", self.texts()))
    }

    fn texts(&self) -> Vec<&str> {
        self.commands().iter().filter_map(|fact| fact.text(command::TEXT)).collect()
    }

    fn at(&self, span: Span) -> &str {
        &self.text[span.start as usize..span.end as usize]
    }
}

fn site(settings: &Settings) -> Site<'_> {
    Site {
        host: "script",
        phase: Some("ci"),
        parent: None,
        directory: Some(String::new()),
        errexit: true,
        pipefail: false,
        ignored: None,
        guard: Vec::new(),
        settings,
    }
}

fn read_with(text: &str, change: impl FnOnce(&mut Site<'_>)) -> Read {
    let settings = Settings::default();
    let mut site = site(&settings);
    change(&mut site);
    let mut reading = Reading::default();
    shell(&mut reading, &Passage::file(FileId(0), Arc::from(text)), &site);
    Read { text: text.to_owned(), reading }
}

fn read(text: &str) -> Read {
    read_with(text, |_| {})
}

fn one(text: &str) -> Fact {
    let read = read(text);
    let commands = read.commands();
    assert_eq!(commands.len(), 1, "{text}: {:?}", read.texts());
    commands[0].clone()
}

fn flag<'f>(fact: &'f Fact, name: &str) -> Option<&'f str> {
    fact.entry(command::FLAGS, name).map(|(value, _)| value)
}

fn list(fact: &Fact, field: crate::facts::Field) -> String {
    fact.list(field).iter().map(|(item, _)| item.as_ref()).collect::<Vec<_>>().join(" ")
}

fn effects(text: &str) -> String {
    list(&one(text), command::EFFECTS)
}

#[test]
fn a_deploy_with_its_flags_at_their_places() {
    let text = "fly -a shop deploy \\\n  --remote-only --depot=false -c fly/staging.toml -i'registry.fly.io/shop:v1' -e A=1 -e B=2";
    let read = read(text);
    let fact = read.program("flyctl");
    assert_eq!(fact.text(command::VERB), Some("deploy"));
    assert_eq!(flag(fact, "app"), Some("shop"));
    assert_eq!(flag(fact, "remote-only"), Some(""));
    assert_eq!(flag(fact, "depot"), Some("false"));
    assert_eq!(flag(fact, "image"), Some("registry.fly.io/shop:v1"));
    assert_eq!(fact.map(command::FLAGS).iter().filter(|(name, _, _)| name.as_ref() == "env").count(), 2);
    let (_, span) = fact.entry(command::FLAGS, "config").unwrap();
    assert_eq!(read.at(span), "-c fly/staging.toml");
    assert_eq!(fact.text(command::CONFIG), Some("fly/staging.toml"));
    assert_eq!(fact.text(command::IMAGE), Some("registry.fly.io/shop:v1"));
    assert_eq!(read.at(fact.get(command::VERB).unwrap().span), "deploy");
    assert_eq!(read.at(fact.get(command::PROGRAM).unwrap().span), "fly");
    assert!(!fact.text(command::TEXT).unwrap().contains('\n'));
    assert_eq!(list(fact, command::EFFECTS), "deploy");
    assert_eq!(read.at(fact.get(command::EFFECTS).unwrap().span), "fly -a shop deploy");
    assert_eq!(fact.bool(command::KNOWN), Some(true));
}

#[test]
fn flags_of_flyctl_follow_its_own_rules() {
    let fact = one("flyctl deploy --depot false");
    assert_eq!((flag(&fact, "depot"), list(&fact, command::ARGS).as_str()), (Some(""), "false"));
    assert_eq!(fact.text(command::CONFIG), Some("false/fly.toml"));
    let fact = one("flyctl deploy --ha=false --build-arg X=y -- --no");
    assert_eq!(flag(&fact, "ha"), Some("false"));
    assert_eq!(flag(&fact, "build-arg"), Some("X=y"));
    assert_eq!(list(&fact, command::ARGS), "--no");
    let fact = one("fly m destroy --force 123 -ashop");
    assert_eq!(fact.text(command::VERB), Some("machine destroy"));
    assert_eq!(flag(&fact, "app"), Some("shop"));
    assert_eq!(list(&fact, command::EFFECTS), "destroy");
    let fact = one("flyctl deploy --memory 512 -y --unknown x --new=1");
    assert_eq!(flag(&fact, "vm-memory"), Some("512"));
    assert_eq!(flag(&fact, "yes"), Some(""));
    assert_eq!(flag(&fact, "unknown"), Some(""));
    assert_eq!(flag(&fact, "new"), Some("1"));
    // An unknown flag before the subcommand takes the next word.
    let fact = one("fly --remote-only deploy");
    assert_eq!(fact.text(command::VERB), None);
    assert_eq!(flag(&one("fly deploy -t"), "access-token"), Some(""));
}

#[test]
fn only_commands_are_commands() {
    let read = read(
        "# flyctl deploy\necho \"flyctl deploy\" # fly deploy\ncat <<EOF\nflyctl deploy\nEOF\n: 'fly deploy'",
    );
    assert!(read.commands().iter().all(|fact| fact.text(command::PROGRAM) != Some("flyctl")));
    assert!(read.commands().iter().all(|fact| list(fact, command::EFFECTS) == "none"));
}

#[test]
fn wrappers_are_peeled() {
    for text in [
        "sudo -u deploy fly deploy",
        "env -u X A=1 flyctl deploy",
        "time nohup nice -n 5 fly deploy",
        "exec /usr/local/bin/flyctl deploy",
        "timeout -k 5 10m fly deploy",
        "command fly deploy",
        "echo x | xargs -n 1 fly deploy",
        "doppler run -p shop -- fly deploy",
        "op run --env-file .env -- flyctl deploy",
        "dotenv -e .env.production -- flyctl deploy",
        "dotenvx run -f .env -- fly deploy",
        "bash -lc 'fly deploy'",
        "sh -ec \"cd x && fly deploy\"",
        "su deploy -c 'fly deploy'",
        "eval 'fly deploy'",
        "./scripts/with-env.sh -- fly deploy",
        "cross-env A=1 fly deploy",
        "if ! fly deploy; then exit 1; fi",
        "x=$(fly deploy)",
    ] {
        let read = read(text);
        let fact = read.program("flyctl");
        assert_eq!(fact.text(command::VERB), Some("deploy"), "{text}");
        assert_eq!(list(fact, command::EFFECTS), "deploy", "{text}");
    }
    assert_eq!(one("sudo A=1 env B=2 fly deploy").map(command::ENV).len(), 2);
    assert_eq!(one("command -v fly").text(command::PROGRAM), Some("command"));
}

#[test]
fn typeorm_in_all_its_dresses() {
    for text in [
        "typeorm migration:run -d dist/data-source.js",
        "npx typeorm migration:run -d dist/data-source.js",
        "npx -y typeorm@0.3.20 migration:run -d dist/data-source.js",
        "pnpm exec typeorm migration:run -d dist/data-source.js",
        "pnpm typeorm migration:run -d dist/data-source.js",
        "yarn typeorm migration:run -d dist/data-source.js",
        "bunx typeorm migration:run -d dist/data-source.js",
        "npm exec -- typeorm migration:run -d dist/data-source.js",
        "./node_modules/.bin/typeorm migration:run -d dist/data-source.js",
        "node ./node_modules/typeorm/cli.js migration:run -d dist/data-source.js",
        "node -r ts-node/register node_modules/typeorm/cli migration:run -d dist/data-source.js",
        "node --require ts-node/register ./node_modules/typeorm/cli.js migration:run -d dist/data-source.js",
        "ts-node ./node_modules/.bin/typeorm migration:run -d dist/data-source.js",
        "typeorm-ts-node-commonjs migration:run -d dist/data-source.js",
        "npx typeorm-ts-node-esm migration:run --dataSource dist/data-source.js",
    ] {
        let fact = one(text);
        assert_eq!(fact.text(command::PROGRAM), Some("typeorm"), "{text}");
        assert_eq!(fact.text(command::VERB), Some("migration:run"), "{text}");
        assert_eq!(flag(&fact, "dataSource"), Some("dist/data-source.js"), "{text}");
        assert_eq!(list(&fact, command::EFFECTS), "migrate", "{text}");
    }
    assert_eq!(one("pnpm typeorm migration:run").text(command::TARGET), Some("typeorm"));
    assert_eq!(effects("typeorm migration:run --fake"), "repair");
}

#[test]
fn what_runs_elsewhere_is_a_command_too() {
    for text in [
        "ssh -i key deploy@host 'cd /srv && docker compose up -d'",
        "ssh host docker compose up -d",
        "ssh host <<'EOF'\ndocker compose up -d\nEOF",
        "docker exec -it -w /app web docker compose up -d",
        "fly ssh console -a shop -C 'docker compose up -d'",
        "kubectl exec -n prod pod/web -- docker compose up -d",
    ] {
        let read = read(text);
        let inner =
            read.commands().into_iter().find(|fact| fact.text(command::VERB) == Some("compose up")).unwrap();
        assert!(inner.parent.is_some(), "{text}");
        assert_eq!(inner.text(command::DIRECTORY), None);
        assert_eq!(list(inner, command::EFFECTS), "serve");
    }
    assert_eq!(list(read("ssh host ls").program("ssh"), command::EFFECTS), "open-console");
}

#[test]
fn places_are_exact_three_scripts_deep() {
    let text = "sudo bash -c 'sh -c \"bash -c \\\"fly deploy -a 店 --now\\\"\"'";
    let read = read(text);
    let fact = read.program("flyctl");
    assert_eq!(read.at(fact.get(command::VERB).unwrap().span), "deploy");
    let (value, span) = fact.entry(command::FLAGS, "app").unwrap();
    assert_eq!((value, read.at(span)), ("店", "-a 店"));
    assert_eq!(read.commands().len(), 1);
}

#[test]
fn effects_of_the_field() {
    for (text, expected) in [
        ("flyctl launch --no-deploy", "generate"),
        ("fly secrets set A=1", "set-secret"),
        ("fly pg connect", "open-console"),
        ("fly scale count 0 -y", "destroy"),
        ("fly scale count web=2", "scale"),
        ("fly releases -a shop", "inspect"),
        ("fly volumes destroy vol_1", "destroy"),
        ("fly deploy --build-only --push", "build-image push-image"),
        ("docker build -t x .", "build-image"),
        ("docker buildx build --platform linux/amd64 --push -t x .", "build-image push-image"),
        ("docker --context prod push x", "push-image"),
        ("docker-compose -f a.yml up -d --build", "build-image serve"),
        ("podman build .", "build-image"),
        ("kamal deploy -d staging", "build-image push-image deploy"),
        ("npx cdk deploy --all", "deploy"),
        ("terraform -chdir=infra apply -auto-approve", "deploy"),
        ("terraform plan -out=x", "inspect"),
        ("npx wrangler@3 deploy", "deploy publish-site"),
        ("vercel --prod", "deploy publish-site"),
        ("kubectl -n prod rollout undo deploy/web", "rollback"),
        ("kubectl apply -f k8s/", "deploy"),
        ("helm upgrade --install web ./chart -n prod", "deploy"),
        (
            "aws --region us-east-1 ecs update-service --cluster c --service s --force-new-deployment",
            "deploy",
        ),
        ("aws s3 sync dist s3://x", "upload"),
        ("gcloud run deploy web --image x", "deploy"),
        ("heroku container:release web -a shop", "deploy"),
        ("npm ci", "install"),
        ("pnpm install", "install"),
        ("yarn", "install"),
        ("npx prisma migrate deploy", "migrate"),
        ("prisma migrate reset --force", "drop-schema migrate seed"),
        ("npx prisma db push --accept-data-loss", "sync-schema"),
        ("npx prisma db seed", "seed"),
        ("npx knex --knexfile x.js migrate:latest", "migrate"),
        ("npx sequelize-cli db:migrate:undo", "revert-migration"),
        ("npx drizzle-kit push", "sync-schema"),
        ("bin/rails db:migrate db:seed", "migrate seed"),
        ("bundle exec rake db:migrate RAILS_ENV=production", "migrate"),
        ("bundle exec rails db:prepare", "migrate seed"),
        ("python manage.py migrate --noinput", "migrate"),
        ("poetry run alembic upgrade head", "migrate"),
        ("python -m pytest -q", "test"),
        ("php artisan migrate --force", "migrate"),
        ("/app/bin/shop eval \"Shop.Release.migrate\"", "migrate"),
        ("/app/bin/migrate", "migrate"),
        ("goose -dir migrations postgres \"$DSN\" up", "migrate"),
        ("pg_dump -Fc \"$DATABASE_URL\" -f x.dump", "backup"),
        ("psql \"$DATABASE_URL\" -c 'select 1'", "inspect"),
        ("psql \"$DATABASE_URL\"", "open-console"),
        ("psql \"$DATABASE_URL\" < dump.sql", ""),
        ("npx turbo run lint test --filter=web", "lint test"),
        ("turbo run deploy", ""),
        ("node dist/seed.js", "seed"),
        ("npx tsx scripts/migrate.ts", "migrate"),
        ("node dist/main.js", "serve"),
        ("curl -fsS https://shop.example.com/health", "health-check"),
        ("curl -X POST -d '{}' https://hooks.slack.com/services/x", "notify"),
        ("tsc --noEmit -p .", "typecheck"),
        ("npx tsc -p .", "build"),
        ("npx eslint . --max-warnings 0", "lint"),
        ("npx jest --ci", "test"),
        ("go test ./...", "test"),
        ("cargo +nightly test", ""),
        ("[ -f x ]", "none"),
        ("export A=1", "none"),
        ("fly --version", "none"),
        ("shopctl deploy", ""),
        ("make deploy", ""),
    ] {
        assert_eq!(effects(text), expected, "{text}");
    }
    assert_eq!(one("shopctl deploy").bool(command::KNOWN), Some(false));
}

#[test]
fn questions_do_nothing() {
    for text in [
        "fly deploy --help",
        "fly deploy -a shop -h",
        "flyctl machine destroy --help",
        "docker push --help",
        "kubectl delete ns shop --help",
        "npx typeorm migration:run --help",
        "unheard-of thing --help",
        "node --version",
    ] {
        assert_eq!(effects(text), "none", "{text}");
    }
    assert_eq!(effects("helm upgrade --version 1.2 shop ./chart"), "deploy");
    assert_eq!(effects("fly deploy --build-only"), "build-image");
}

#[test]
fn the_effect_table_is_sound() {
    for line in
        include_str!("../data/effects.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let (left, right) = line.split_once(" -> ").unwrap_or_else(|| panic!("{line}"));
        assert!(!left.starts_with(' ') && !left.contains("  "), "{line}");
        for effect in right.split(' ') {
            assert!(crate::facts::words::EFFECTS.contains(&effect), "{line}");
        }
    }
}

#[test]
fn names_tell_what_scripts_do() {
    for (name, expected) in [
        ("db:seed", &["seed"][..]),
        ("migrate", &["migrate"]),
        ("migration:run:prod", &["migrate"]),
        ("migration:generate", &["generate"]),
        ("migration:revert", &["revert-migration"]),
        ("db:backup", &["backup"]),
        ("test:e2e", &["test"]),
        ("type-check", &["typecheck"]),
        ("typecheck", &["typecheck"]),
        ("lint:fix", &["lint"]),
        ("build", &["build"]),
        ("deploy:prod", &["deploy"]),
        ("predeploy", &[]),
        ("release", &[]),
        ("", &[]),
    ] {
        assert_eq!(effects_of_name(name), expected, "{name}");
    }
}

#[test]
fn package_scripts_and_scripts_are_calls() {
    for (text, kind, target) in [
        ("npm run release", "package-script", "release"),
        ("npm test", "package-script", "test"),
        ("npm t -- --ci", "package-script", "test"),
        ("npm start", "package-script", "start"),
        ("npm --prefix apps/api run build", "package-script", "build"),
        ("pnpm release --now", "package-script", "release"),
        ("pnpm --filter shop run db:seed", "package-script", "db:seed"),
        ("pnpm -F ./apps/api db:seed", "package-script", "db:seed"),
        ("yarn release", "package-script", "release"),
        ("yarn run release", "package-script", "release"),
        ("yarn workspace api build", "package-script", "build"),
        ("bun run release", "package-script", "release"),
        ("corepack pnpm release", "package-script", "release"),
        ("./scripts/x.sh a", "script", "scripts/x.sh"),
        ("bash -euo pipefail scripts/x.sh", "script", "scripts/x.sh"),
        ("sh scripts/x.sh --flag", "script", "scripts/x.sh"),
        (". ./x.sh", "script", "x.sh"),
        ("source lib/x.sh", "script", "lib/x.sh"),
        ("/app/scripts/release.sh", "script", "/app/scripts/release.sh"),
    ] {
        let fact = one(text);
        assert_eq!(fact.text(command::CALLS), Some(kind), "{text}");
        assert_eq!(fact.text(command::TARGET), Some(target), "{text}");
        assert_eq!(list(&fact, command::EFFECTS), "", "{text}");
    }
    for text in [
        "npm ci",
        "pnpm install",
        "yarn add x",
        "npm exec -- foo",
        "yarn dlx foo",
        "bash -c 'ls'",
        "source .env",
        "pnpm deploy out",
        "bun test",
        "/usr/bin/env ls",
        "node_modules/.bin/foo",
        "bun run src/x.ts",
    ] {
        assert_eq!(one(text).text(command::CALLS), None, "{text}");
    }
    assert_eq!(one("npm --prefix apps/api run build").text(command::DIRECTORY), Some("apps/api"));
    assert_eq!(one("pnpm -F ./apps/api db:seed").text(command::DIRECTORY), Some("apps/api"));
    assert_eq!(one("pnpm --filter shop run x").text(command::DIRECTORY), Some(""));
}

#[test]
fn installs_hold_to_the_lock_file_or_not() {
    let locked = |text: &str, host: &'static str| {
        let read = read_with(text, |site| site.host = host);
        read.commands()[0].text(command::LOCKED).map(ToOwned::to_owned)
    };
    for (text, docker, workflow) in [
        ("npm ci --omit=dev", Some("yes"), Some("yes")),
        ("npm install", Some("no"), Some("no")),
        ("npm i --omit dev", Some("no"), Some("no")),
        ("npm install -g pnpm", None, None),
        ("npm install left-pad", None, None),
        ("pnpm install", Some("no"), Some("yes")),
        ("pnpm i --frozen-lockfile --prod", Some("yes"), Some("yes")),
        ("pnpm install --no-frozen-lockfile", Some("no"), Some("no")),
        ("pnpm install --frozen-lockfile=true", Some("yes"), Some("yes")),
        ("pnpm install --frozen-lockfile=false", Some("no"), Some("no")),
        ("pnpm install --offline --prod", Some("unknown"), Some("unknown")),
        ("pnpm fetch --prod", None, None),
        ("npm install --package-lock-only", None, None),
        ("pnpm i --lockfile-only", None, None),
        ("CI=true pnpm install", Some("yes"), Some("yes")),
        ("yarn", Some("no"), Some("unknown")),
        ("yarn install --immutable", Some("yes"), Some("yes")),
        ("yarn --frozen-lockfile", Some("yes"), Some("yes")),
        ("bun install", Some("no"), Some("no")),
        ("bun install --frozen-lockfile", Some("yes"), Some("yes")),
        ("corepack enable", None, None),
    ] {
        assert_eq!(locked(text, "docker-run").as_deref(), docker, "{text}");
        assert_eq!(locked(text, "workflow-step").as_deref(), workflow, "{text}");
    }
}

#[test]
fn a_team_says_what_its_programs_do() {
    let note = |program: &str, words: &[&str], effect: &str| ProgramNote {
        program: program.to_owned(),
        words: words.iter().map(ToString::to_string).collect(),
        effects: vec![effect.to_owned()],
        ..ProgramNote::default()
    };
    let settings = Settings {
        programs: vec![
            note("shopctl", &["db:backup"], "backup"),
            note("scripts/repair.sh", &[], "repair"),
            note("npm", &["db:fix"], "repair"),
            note("dist/repair.js", &[], "repair"),
        ],
        ..Settings::default()
    };
    let told = |text: &str| {
        let mut reading = Reading::default();
        shell(&mut reading, &Passage::file(FileId(0), Arc::from(text)), &site(&settings));
        list(&reading.facts[0], command::EFFECTS)
    };
    assert_eq!(told("shopctl db:backup --now"), "backup");
    assert_eq!(told("shopctl db:drop"), "");
    assert_eq!(told("bash scripts/repair.sh"), "repair");
    assert_eq!(told("./scripts/repair.sh"), "repair");
    assert_eq!(told("npm run db:fix -- -y"), "repair");
    assert_eq!(told("node dist/repair.js"), "repair");
}

#[test]
fn what_windows_runs_is_said_to_be_unread() {
    let text = "./deploy.ps1 -Env 本番\npwsh -File a.ps1\npowershell.exe -Command \"fly deploy\"\ncmd /c x.bat\npwsh\n";
    let mut repo = crate::repo::Repo::default();
    let id = repo.insert("a.sh", text.as_bytes().to_vec(), false);
    let reading = crate::read::file(&repo, id, &Settings::default());
    let reasons: Vec<_> = reading.facts.iter().filter_map(|fact| fact.text(unresolved::REASON)).collect();
    assert_eq!(
        reasons.iter().filter(|reason| **reason == "PowerShell is not read").count(),
        3,
        "{reasons:?}"
    );
    assert_eq!(reasons.iter().filter(|reason| **reason == "batch files are not read").count(), 1);
}
