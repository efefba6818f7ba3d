//! What images lack, in small repositories that are healthy, broken, or not understood.

use super::*;
use crate::read::link::testing::linked;

const SOURCE: (&str, &str) =
    ("src/data-source.ts", "new DataSource({ type: 'postgres', migrations: ['dist/migrations/*.js'] })");
const MIGRATION: (&str, &str) = (
    "src/migrations/1745000000000-AddRank.ts",
    "import { MigrationInterface } from 'typeorm';\nexport class AddRank1745000000000 implements MigrationInterface {\n  async up(q) { await q.query(`SELECT 1`); }\n  async down(q) { await q.query(`SELECT 1`); }\n}\n",
);
const PACKAGE: (&str, &str) = (
    "package.json",
    r#"{ "scripts": { "start": "node dist/main.js", "build": "tsc", "migrate": "typeorm migration:run -d dist/data-source.js", "migrate:ts": "typeorm-ts-node-commonjs migration:run -d src/data-source.ts", "prisma:deploy": "prisma migrate deploy" },
      "dependencies": { "typeorm": "0.3.20" }, "devDependencies": { "ts-node": "10", "prisma": "6", "typescript": "5" } }"#,
);
const PRISMA: (&str, &str) =
    ("prisma/migrations/20240101000000_init/migration.sql", "CREATE TABLE a (id int);");
const BUILD: &str = "FROM node:22-slim AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n";

/// What the image of this Dockerfile lacks for this release command, beside or in place of the usual files.
fn lacks(dockerfile: &str, release: &str, changed: &[(&str, &str)]) -> Vec<String> {
    let fly = format!("app = \"店\"\n[deploy]\nrelease_command = \"{release}\"\n");
    let usual = [SOURCE, MIGRATION, PACKAGE, ("Dockerfile", dockerfile), ("fly.toml", fly.as_str())];
    let kept = usual.into_iter().filter(|(path, _)| !changed.iter().any(|(other, _)| other == path));
    let files: Vec<(&str, &str)> =
        kept.chain(changed.iter().copied()).filter(|(_, text)| !text.is_empty()).collect();
    let (facts, _) = linked(&files);
    let all = facts.of_kind(gap::KIND).iter().map(|&id| facts.get(id));
    all.filter_map(|fact| fact.text(gap::PATH).or(fact.text(gap::PROGRAM))).map(str::to_owned).collect()
}

fn last(lines: &str) -> String {
    format!("{BUILD}FROM node:22-slim\nWORKDIR /app\n{lines}\nCMD [\"node\", \"dist/main.js\"]\n")
}

const NOTHING: [&str; 0] = [];
const WITH_PRISMA: [(&str, &str); 3] = [(SOURCE.0, ""), (MIGRATION.0, ""), PRISMA];

#[test]
fn files_that_the_last_stage_does_not_take() {
    let slim = last(
        "COPY package.json .\nCOPY --from=build /app/node_modules ./node_modules\nCOPY --from=build /app/dist ./dist",
    );
    // Compiled, the migrations are in `dist`.
    assert_eq!(lacks(&slim, "npm run migrate", &[]), NOTHING);
    assert_eq!(lacks(&slim, "npm run migrate:ts", &[]), ["src/migrations"]);
    assert_eq!(lacks(&slim, "npx prisma migrate deploy", &WITH_PRISMA), ["prisma/migrations"]);
    let with = slim.replace("COPY package.json .", "COPY package.json .\nCOPY prisma ./prisma");
    assert_eq!(lacks(&with, "npx prisma migrate deploy", &WITH_PRISMA), NOTHING);
    let whole = last("COPY --from=build /app ./");
    assert_eq!(lacks(&whole, "npm run migrate:ts", &[]), NOTHING);
    let without = last("COPY --from=build /app/public ./public").replace("/app/public", "/app/node_modules");
    assert_eq!(lacks(&without, "npm run migrate", &[]), ["src/migrations"]);
}

#[test]
fn what_the_context_leaves_out() {
    let plain = "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\nCMD npm start\n";
    assert_eq!(lacks(plain, "npm run migrate", &[]), NOTHING);
    assert_eq!(lacks(plain, "npm run migrate", &[(".dockerignore", "src/migrations\n")]), ["src/migrations"]);
    assert_eq!(
        lacks(plain, "npm run migrate", &[(".dockerignore", "**/migrations/*\n")]),
        ["src/migrations"]
    );
    assert_eq!(lacks(plain, "npm run migrate", &[(".dockerignore", "src/*\n!src/migrations\n")]), NOTHING);
    assert_eq!(lacks(plain, "npm run migrate", &[(".dockerignore", "# src\nnode_modules\n*.md\n")]), NOTHING);
    let own = [(".dockerignore", "src\n"), ("Dockerfile.dockerignore", "node_modules\n")];
    assert_eq!(lacks(plain, "npm run migrate", &own), NOTHING);
}

#[test]
fn sql_that_a_compiler_does_not_copy() {
    let migration = "import { MigrationInterface } from 'typeorm';\nimport { readFileSync } from 'fs';\nimport { join } from 'path';\nexport class AddRank1745000000000 implements MigrationInterface {\n  async up(q) { await q.query(readFileSync(join(__dirname, 'sql', 'rank.sql'), 'utf8')); }\n  async down(q) { await q.query(`SELECT 1`); }\n}\n";
    let sql = ("src/migrations/sql/rank.sql", "ALTER TABLE product ADD rank int;");
    let slim = last("COPY --from=build /app/node_modules ./node_modules\nCOPY --from=build /app/dist ./dist");
    let files = [(MIGRATION.0, migration), sql];
    assert_eq!(
        lacks(&slim, "npx typeorm migration:run -d dist/data-source.js", &files),
        ["src/migrations/sql"]
    );
    let copying = PACKAGE.1.replace("\"tsc\"", "\"tsc && cp -r src/migrations/sql dist/migrations/\"");
    let mut with = files.to_vec();
    with.push(("package.json", &copying));
    assert_eq!(lacks(&slim, "npx typeorm migration:run -d dist/data-source.js", &with), NOTHING);
    let hook = PACKAGE.1.replace("\"tsc\"", "\"tsc\", \"postbuild\": \"node scripts/copy.js\"");
    let mut with = files.to_vec();
    with.push(("package.json", &hook));
    assert_eq!(lacks(&slim, "npx typeorm migration:run -d dist/data-source.js", &with), NOTHING);
    let nest = PACKAGE.1.replace("\"tsc\"", "\"nest build\"");
    let mut with = files.to_vec();
    with.extend([
        ("package.json", nest.as_str()),
        ("nest-cli.json", "{ \"compilerOptions\": { \"assets\": [\"**/*.sql\"] } }"),
    ]);
    assert_eq!(lacks(&slim, "npx typeorm migration:run -d dist/data-source.js", &with), NOTHING);
    with.pop();
    with.push(("nest-cli.json", "{}"));
    assert_eq!(
        lacks(&slim, "npx typeorm migration:run -d dist/data-source.js", &with),
        ["src/migrations/sql"]
    );
}

#[test]
fn programs_of_development() {
    let pruned =
        "FROM node:22-slim\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build && npm prune --omit=dev\n";
    assert_eq!(lacks(pruned, "npm run migrate", &[]), NOTHING);
    assert_eq!(lacks(pruned, "npm run migrate:ts", &[]), ["ts-node"]);
    assert_eq!(
        lacks(pruned, "npx typeorm-ts-node-commonjs migration:run -d src/data-source.ts", &[]),
        ["ts-node"]
    );
    assert_eq!(lacks(pruned, "npm run prisma:deploy", &WITH_PRISMA), ["prisma"]);
    // Fetched when it runs.
    assert_eq!(lacks(pruned, "npx prisma migrate deploy", &WITH_PRISMA), NOTHING);
    let global = pruned.replace("RUN npm ci", "RUN npm i -g ts-node prisma\nRUN npm ci");
    assert_eq!(lacks(&global, "npm run migrate:ts", &[]), NOTHING);
    let all = pruned.replace(" && npm prune --omit=dev", "");
    assert_eq!(lacks(&all, "npm run migrate:ts", &[]), NOTHING);
    let kept = PACKAGE.1.replace("\"typeorm\": \"0.3.20\"", "\"typeorm\": \"0.3.20\", \"ts-node\": \"10\"");
    assert_eq!(lacks(pruned, "npm run migrate:ts", &[("package.json", &kept)]), NOTHING);
}

#[test]
fn what_starts_the_image_migrates() {
    let image = |command: &str| {
        let text = last(
            "COPY package.json entry.sh ./\nCOPY --from=build /app/node_modules ./node_modules\nCOPY --from=build /app/dist ./dist",
        );
        text.replace("CMD [\"node\", \"dist/main.js\"]", command)
    };
    let entry = ("entry.sh", "#!/bin/sh\nset -e\nnpm run migrate:ts\nexec \"$@\"\n");
    let fly = ("fly.toml", "app = \"shop\"\n");
    assert_eq!(lacks(&image("CMD npm run migrate:ts && npm start"), "", &[fly, entry]), ["src/migrations"]);
    assert_eq!(lacks(&image("CMD npm run migrate && npm start"), "", &[fly, entry]), NOTHING);
    assert_eq!(lacks(&image("ENTRYPOINT [\"./entry.sh\"]"), "", &[fly, entry]), ["src/migrations"]);
}

#[test]
fn where_nobody_can_tell() {
    let slim = last("COPY --from=build /app/dist ./dist");
    let build = |more: &str| {
        format!("app = \"shop\"\n[build]\n{more}\n[deploy]\nrelease_command = \"npm run migrate:ts\"\n")
    };
    for fly in [
        "image = \"acme/shop:1\"",
        "build-target = \"build\"",
        "builder = \"heroku/builder:24\"",
        "dockerfile = \"other.Dockerfile\"",
    ] {
        assert_eq!(lacks(&slim, "", &[("fly.toml", &build(fly))]), NOTHING, "{fly}");
    }
    let elsewhere = ("ship.sh", "fly deploy --image registry.example.com/shop:1\n");
    assert_eq!(lacks(&slim, "npm run migrate:ts", &[elsewhere]), NOTHING);
    let custom = slim.replace("FROM node:22-slim\n", "FROM registry.example.com/shop-base:1\n");
    assert_eq!(lacks(&custom, "npm run migrate:ts", &[]), NOTHING);
    // A context that is another folder.
    let strange = slim.replace("COPY . .", "COPY services/api ./");
    assert_eq!(lacks(&strange, "npm run migrate:ts", &[]), NOTHING);
    assert_eq!(lacks("", "npm run migrate:ts", &[]), NOTHING);
    assert_eq!(lacks("FROM", "npm run migrate:ts", &[]), NOTHING);
}

#[test]
fn apps_of_a_monorepo() {
    let package = PACKAGE.1.replace("\"build\": \"tsc\"", "\"build\": \"tsc -p tsconfig.build.json\"");
    let fly = "app = \"shop\"\n[build]\ndockerfile = \"Dockerfile\"\n[deploy]\nrelease_command = \"npm run migrate:ts\"\n";
    let dockerfile = |last: &str| {
        format!(
            "FROM node:22 AS build\nWORKDIR /repo\nCOPY . .\nRUN npm ci && npm run build -w apps/api\nFROM node:22\nWORKDIR /app\n{last}\n"
        )
    };
    let files = |last: &str| {
        let dockerfile = dockerfile(last);
        lacks(
            "",
            "",
            &[
                ("package.json", "{ \"workspaces\": [\"apps/*\"] }"),
                ("fly.toml", ""),
                (SOURCE.0, ""),
                (MIGRATION.0, ""),
                ("apps/api/package.json", &package),
                ("apps/api/fly.toml", fly),
                ("apps/api/Dockerfile", &dockerfile),
                ("apps/api/src/data-source.ts", SOURCE.1),
                ("apps/api/src/migrations/1745000000000-AddRank.ts", MIGRATION.1),
            ],
        )
    };
    assert_eq!(files("COPY --from=build /repo/apps/api ./"), NOTHING);
    assert_eq!(files("COPY --from=build /repo/apps/api/dist ./dist"), NOTHING, "the build is not followed");
}
