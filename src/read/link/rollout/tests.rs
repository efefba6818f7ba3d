//! What runs the migrations of deployed apps, in small repositories that are healthy, broken, or not
//! understood.

use super::*;
use crate::read::link::testing::linked;

fn facts_of(files: &[(&str, &str)]) -> Facts {
    let (facts, _) = linked(files);
    facts
}

const SOURCE: (&str, &str) = (
    "src/data-source.ts",
    "new DataSource({ type: 'postgres', migrations: ['dist/migrations/*.js'], migrationsRun: false })",
);
const MIGRATION: (&str, &str) = (
    "src/migrations/1745000000000-AddRank.ts",
    "import { MigrationInterface } from 'typeorm';\nexport class AddRank1745000000000 implements MigrationInterface {\n  async up(q) { await q.query(`SELECT 1`); }\n  async down(q) { await q.query(`SELECT 1`); }\n}\n",
);
const PACKAGE: (&str, &str) = (
    "package.json",
    "{ \"scripts\": { \"start\": \"node dist/main.js\", \"build\": \"tsc\", \"migration:run\": \"typeorm migration:run -d dist/data-source.js\", \"test\": \"npm run migration:run && jest\" } }",
);
const DOCKERFILE: (&str, &str) =
    ("Dockerfile", "FROM node:22\nCOPY . .\nRUN npm ci && npm run build\nCMD [\"npm\", \"start\"]\n");
const FLY: (&str, &str) = ("fly.toml", "app = \"店\"\r\n[http_service]\r\ninternal_port = 3000\r\n");
const DEPLOY: (&str, &str) = (
    ".github/workflows/deploy.yml",
    "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: flyctl deploy --remote-only\n",
);

/// What runs the migrations of each app of the usual repository, with these files in place of or beside its
/// own; one with no text is left out.
fn run_by(changed: &[(&str, &str)]) -> Vec<String> {
    let usual = [SOURCE, MIGRATION, PACKAGE, DOCKERFILE, FLY, DEPLOY];
    let kept = usual.into_iter().filter(|(path, _)| !changed.iter().any(|(other, _)| other == path));
    let files: Vec<(&str, &str)> =
        kept.chain(changed.iter().copied()).filter(|(_, text)| !text.is_empty()).collect();
    let facts = facts_of(&files);
    let all = facts.of_kind(rollout::KIND).iter().map(|&id| facts.get(id));
    all.map(|fact| {
        let why = fact.text(rollout::COMMAND).or(fact.text(rollout::REASON)).unwrap_or_default();
        format!("{} {why}", fact.text(rollout::RUN_BY).unwrap_or_default()).trim_end().to_owned()
    })
    .collect()
}

#[test]
fn nothing_runs_them() {
    assert_eq!(run_by(&[]), ["nothing"]);
    // Tests run them on a database of their own, and development does.
    let tests = "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    services:\n      postgres:\n        image: postgres:16\n    steps:\n      - run: npm run migration:run\n      - run: npm run e2e\n";
    assert_eq!(run_by(&[(".github/workflows/ci.yml", tests)]), ["nothing"]);
    assert_eq!(run_by(&[("scripts/dev.sh", "npm run migration:run\nnpm start\n")]), ["nothing"]);
    assert_eq!(run_by(&[("justfile", "test-db:\n    npm run migration:run\n")]), ["nothing"]);
    assert_eq!(
        run_by(&[(
            "src/db.ts",
            "// DataSourceOptions\nconst o = { type: 'postgres', migrationsRun: false };"
        )]),
        ["nothing"]
    );
    assert_eq!(run_by(&[("test/setup.ts", "await dataSource.runMigrations();")]), ["nothing"]);
    assert_eq!(run_by(&[DEPLOY, (".github/workflows/deploy.yml", "")]), ["nothing"]);
    let generate = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: npx typeorm migration:generate -d x y\n";
    assert_eq!(run_by(&[(".github/workflows/ci.yml", generate)]), ["nothing"]);
}

#[test]
fn something_runs_them() {
    let fly = |more: &str| format!("app = \"shop\"\n{more}");
    let release = fly("[deploy]\nrelease_command = \"npm run migration:run\"\n");
    assert_eq!(run_by(&[("fly.toml", &release)]), ["release npm run migration:run"]);
    let staging = ("fly.staging.toml", release.as_str());
    assert_eq!(run_by(&[staging]), ["release npm run migration:run"]);
    let process = fly("[processes]\nweb = \"sh -c 'npm run migration:run && npm start'\"\n");
    assert_eq!(run_by(&[("fly.toml", &process)]), ["start typeorm migration:run -d dist/data-source.js"]);
    for (start, text) in [
        ("CMD [\"sh\", \"-c\", \"npm run migration:run && npm start\"]", "start"),
        ("COPY entry.sh /\nENTRYPOINT [\"./entry.sh\"]\nCMD [\"npm\", \"start\"]", "start"),
        ("CMD node dist/main.js\nRUN npx typeorm migration:run -d x", "hand"),
    ] {
        let image = format!("FROM node:22\nWORKDIR /app\nCOPY . .\n{start}\n");
        let entry = ("entry.sh", "#!/bin/sh\nset -e\nnpm run migration:run\nexec \"$@\"\n");
        let found = run_by(&[("Dockerfile", &image), entry]);
        assert!(found[0].starts_with(text) || found[0].starts_with("hand"), "{start}: {found:?}");
    }
    let step =
        DEPLOY.1.replace("      - run: flyctl", "      - run: npm run migration:run\n      - run: flyctl");
    assert_eq!(run_by(&[(DEPLOY.0, &step)]), ["workflow typeorm migration:run -d dist/data-source.js"]);
    let console = DEPLOY.1.replace(
        "flyctl deploy --remote-only",
        "flyctl deploy --remote-only && flyctl ssh console -C 'npm run migration:run'",
    );
    assert!(run_by(&[(DEPLOY.0, &console)])[0].starts_with("workflow"));
    assert!(run_by(&[("justfile", "migrate:\n    npm run migration:run\n")])[0].starts_with("hand"));
    assert!(run_by(&[("Makefile", "release:\n\tnpx typeorm migration:run -d x\n")])[0].starts_with("hand"));
    assert!(run_by(&[("docs/runbook.md", "```sh\nnpm run migration:run\n```\n")])[0].starts_with("hand"));
    assert!(
        run_by(&[("Procfile", "release: npm run migration:run\nweb: npm start\n")])[0].starts_with("release")
    );
}

#[test]
fn the_app_runs_them_itself() {
    let source = SOURCE.1.replace("migrationsRun: false", "migrationsRun: true");
    assert_eq!(run_by(&[(SOURCE.0, &source)]), ["code src/data-source.ts"]);
    let maybe = SOURCE.1.replace("migrationsRun: false", "migrationsRun: config.migrate");
    assert_eq!(run_by(&[(SOURCE.0, &maybe)]), ["code src/data-source.ts"]);
    assert_eq!(run_by(&[("src/main.ts", "await dataSource.runMigrations();")]), ["code src/main.ts"]);
    assert_eq!(
        run_by(&[("scripts/ship.mjs", "execSync('npx prisma migrate deploy')")]),
        ["code scripts/ship.mjs"]
    );
}

#[test]
fn nobody_knows() {
    let unknown = |files: &[(&str, &str)]| {
        let found = run_by(files);
        assert!(found.len() == 1 && found[0].starts_with("unknown"), "{files:?}: {found:?}");
    };
    unknown(&[(".gitlab-ci.yml", "x: y")]);
    unknown(&[("fly.toml", "app = \"shop\"\n[build]\nimage = \"acme/shop:1\"\n")]);
    unknown(&[(
        ".github/workflows/deploy.yml",
        "on: push\njobs:\n  deploy:\n    uses: acme/workflows/.github/workflows/fly.yml@v1\n",
    )]);
    unknown(&[("Dockerfile", "FROM node:22\nCMD [\"/usr/local/bin/launch\"]\n")]);
    unknown(&[("fly.toml", "app = \"shop\"\n[deploy]\nrelease_command = \"./bin/release\"\n")]);
    unknown(&[(
        DEPLOY.0,
        &DEPLOY.1.replace("      - run: flyctl", "      - run: ./ops/ship\n      - run: flyctl"),
    )]);
    unknown(&[(
        DEPLOY.0,
        &DEPLOY.1.replace("      - run: flyctl", "      - uses: acme/migrate-db@v1\n      - run: flyctl"),
    )]);
    unknown(&[(
        "package.json",
        "{ \"scripts\": { \"start\": \"node dist/main.js\", \"migrate:prod\": \"typeorm migration:run -d x\" } }",
    )]);
}

#[test]
fn apps_and_their_packages() {
    // Two apps of a monorepo; the migrations are one's.
    let moved = [
        ("src/data-source.ts", ""),
        ("src/migrations/1745000000000-AddRank.ts", ""),
        ("fly.toml", ""),
        ("api/package.json", "{}"),
        ("api/src/data-source.ts", SOURCE.1),
        ("api/src/migrations/1745000000000-AddRank.ts", MIGRATION.1),
        ("api/fly.toml", "app = \"shop-api\"\n"),
        ("web/package.json", "{}"),
        ("web/fly.toml", "app = \"shop-web\"\n"),
    ];
    assert_eq!(run_by(&moved), ["nothing"]);
    // What another app runs is its own.
    let mut other = moved.to_vec();
    other.push(("web/prisma/migrations/20240101000000_init/migration.sql", "CREATE TABLE a (id int);"));
    other.retain(|(path, _)| *path != "web/fly.toml");
    other.push(("web/fly.toml", "app = \"w\"\n[deploy]\nrelease_command = \"npx typeorm migration:run -d x && npx prisma migrate deploy\"\n"));
    let mut found = run_by(&other);
    found.sort();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], "nothing");
    assert!(found[1].starts_with("release"), "{found:?}");
    // With the configurations at the root, nobody can tell whose the migrations are.
    let mut far = moved.to_vec();
    far.retain(|(path, _)| !path.ends_with("fly.toml"));
    far.extend([
        ("fly.toml", ""),
        ("ops/web/fly.toml", "app = \"a\"\n"),
        ("ops/api/fly.toml", "app = \"b\"\n"),
    ]);
    assert_eq!(run_by(&far), [""; 0]);
    // One app and one folder of migrations belong together.
    far.retain(|(path, _)| *path != "ops/web/fly.toml");
    assert_eq!(run_by(&far), ["nothing"]);
}

#[test]
fn other_tools() {
    let prisma = ("prisma/migrations/20240101000000_init/migration.sql", "CREATE TABLE a (id int);");
    let without = [("src/data-source.ts", ""), ("src/migrations/1745000000000-AddRank.ts", ""), prisma];
    assert_eq!(run_by(&without), ["nothing"]);
    let mut with = without.to_vec();
    with.push(("fly.toml", "app = \"shop\"\n[deploy]\nrelease_command = \"npx prisma migrate deploy\"\n"));
    assert_eq!(run_by(&with), ["release npx prisma migrate deploy"]);
    let mut dev = without.to_vec();
    dev.push(("justfile", "db:\n    npx prisma migrate dev\n"));
    assert_eq!(run_by(&dev), ["nothing"]);
    // Often built into the program.
    let flyway = ("src/main/resources/db/migration/V1__init.sql", "CREATE TABLE a (id int);");
    assert_eq!(
        run_by(&[("src/data-source.ts", ""), ("src/migrations/1745000000000-AddRank.ts", ""), flyway]),
        ["unknown migrations of flyway are often run by the app itself"]
    );
    // Kamal's hooks run on the machine that deploys.
    let kamal =
        ("config/deploy.yml", "service: shop\nimage: acme/shop\nservers:\n  - 10.0.0.1\n  - 10.0.0.2\n");
    assert_eq!(run_by(&[("fly.toml", ""), DEPLOY, (".github/workflows/deploy.yml", ""), kamal]), ["nothing"]);
    let hook = (".kamal/hooks/pre-deploy", "#!/bin/sh\nkamal app exec 'npm run migration:run'\n");
    let found = run_by(&[("fly.toml", ""), (".github/workflows/deploy.yml", ""), kamal, hook]);
    assert!(found[0].starts_with("workflow"), "{found:?}");
}

#[test]
fn what_data_sources_are_told() {
    let source = SOURCE.1.replace("migrationsRun: false", "synchronize: process.env.SYNC === '1'");
    let on = |fly: &str| {
        let facts = facts_of(&[PACKAGE, (SOURCE.0, &source), MIGRATION, ("fly.toml", fly)]);
        facts.get(facts.of_kind(data_source::KIND)[0]).bool(data_source::SYNCHRONIZE)
    };
    assert_eq!(on("app = \"shop\"\n[env]\nSYNC = \"1\"\n"), Some(true));
    assert_eq!(on("app = \"shop\"\n[env]\nSYNC = \"0\"\n"), None);
    assert_eq!(on("app = \"shop-staging\"\n[env]\nSYNC = \"1\"\n"), None);
    let kamal = "service: shop\nimage: acme/shop\nservers:\n  - 10.0.0.1\n  - 10.0.0.2\n";
    let facts = facts_of(&[PACKAGE, SOURCE, MIGRATION, ("config/deploy.yml", kamal)]);
    assert_eq!(facts.get(facts.of_kind(data_source::KIND)[0]).int(data_source::MACHINES), Some(2));
}
