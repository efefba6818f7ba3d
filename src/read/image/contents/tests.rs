//! What images hold, from Dockerfiles that are healthy, broken and hostile.

use std::sync::Arc;

use super::*;
use crate::text::FileId;

/// A repository of these files; `!` before one says that the build does not get it.
struct Files(&'static [&'static str]);

impl Context for Files {
    fn sends(&self, path: &str) -> bool {
        self.0.contains(&path)
    }

    fn exists(&self, path: &str) -> bool {
        self.0.iter().any(|own| behind(own.trim_start_matches('!'), path).is_some())
    }

    fn copies(&self, command: &str) -> bool {
        command.contains("cp ") || command.contains("assets")
    }
}

const ALL: Files =
    Files(&["package.json", "src/main.ts", "src/m/1.ts", "src/m/1.sql", "prisma/a.sql", "!ignored/a.sql"]);

fn contents(text: &str) -> Contents {
    Contents::of(&Passage::file(FileId(0), Arc::from(text)))
}

fn holds(text: &str, path: &str, need: Need) -> Holds {
    contents(text).holds(path, need, &ALL)
}

const BUILD: &str = "FROM node:22-slim AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci && npm run build\n";

#[test]
fn what_the_last_stage_takes() {
    use Holds::{Maybe, No, Yes};
    let after = |more: &str| format!("{BUILD}FROM node:22-slim\nWORKDIR /app\n{more}\n");
    for (text, path, expected) in [
        ("FROM node:22\nCOPY . .".to_owned(), "prisma/a.sql", Yes),
        ("FROM node:22\nCOPY . .".to_owned(), "ignored/a.sql", No),
        ("FROM node:22\nCOPY src ./src".to_owned(), "prisma/a.sql", No),
        ("FROM node:22\nCOPY prisma/*.sql ./".to_owned(), "prisma/a.sql", Yes),
        ("FROM node:22\nCOPY [\"prisma\", \"./x/\"]".to_owned(), "prisma/a.sql", Yes),
        ("FROM acme/base\nCOPY src ./src".to_owned(), "prisma/a.sql", Maybe),
        ("FROM node:22\nRUN git clone https://example.com/x".to_owned(), "prisma/a.sql", Maybe),
        ("FROM node:22\nCOPY dist ./dist".to_owned(), "prisma/a.sql", Maybe),
        (after("COPY --from=build /app/dist ./dist"), "prisma/a.sql", No),
        (after("COPY --from=build /app/dist ./dist\nCOPY prisma ./prisma"), "prisma/a.sql", Yes),
        (
            after("COPY --from=build /app/dist ./dist\nCOPY --from=build /app/prisma ./prisma"),
            "prisma/a.sql",
            Yes,
        ),
        (after("COPY --from=build /app ."), "prisma/a.sql", Yes),
        (after("COPY --from=build /app ./\nRUN rm -rf x"), "src/m/1.ts", Yes),
        (after("COPY --from=build $DIR ."), "prisma/a.sql", Maybe),
        (after("COPY --from=0 /app/src ./src"), "src/m/1.ts", Yes),
        (after("COPY --from=ghcr.io/acme/tool /bin/tool /bin/"), "prisma/a.sql", No),
        (after("ADD https://example.com/x.tar.gz /"), "prisma/a.sql", Maybe),
        ("FROM node:22 AS a\nCOPY prisma /p\nFROM a".to_owned(), "prisma/a.sql", Yes),
    ] {
        assert_eq!(holds(&text, path, Need::Plain), expected, "{text}");
    }
    let copying = BUILD.replace("npm run build", "npm run build && cp -r prisma dist/");
    let text = format!("{copying}FROM node:22\nCOPY --from=build /app/dist ./dist");
    assert_eq!(holds(&text, "prisma/a.sql", Need::Plain), Maybe);
}

#[test]
fn what_is_built_of_a_file() {
    use Holds::{Maybe, No};
    let of = |build: &str, last: &str| {
        let text = format!("{build}FROM node:22-slim\nWORKDIR /app\n{last}\n");
        holds(&text, "src/m/1.ts", Need::Compiled)
    };
    assert_eq!(of(BUILD, "COPY --from=build /app/dist ./dist"), Maybe);
    assert_eq!(of(BUILD, "COPY --from=build /app/prisma ./prisma"), No);
    assert_eq!(of(BUILD, "COPY --from=build /app/node_modules ./node_modules"), No);
    let without = BUILD.replace("COPY . .", "COPY src/main.ts ./src/main.ts");
    assert_eq!(of(&without, "COPY --from=build /app/dist ./dist"), No);
    assert_eq!(of("", "COPY dist ./dist"), Maybe);
    assert_eq!(of("", "COPY package.json ."), No);
}

#[test]
fn packages_of_production() {
    let only = |text: &str| matches!(contents(text).packages(), Packages::Production(_));
    for text in [
        "FROM node\nRUN npm ci --omit=dev",
        "FROM node\nENV NODE_ENV=production\nRUN npm ci && npm cache clean --force",
        "FROM node\nRUN npm ci\nRUN npm run build && npm prune --production",
        "FROM node AS a\nRUN pnpm install --prod\nFROM node\nCOPY --from=a /app/node_modules ./node_modules\nCOPY . .",
        "FROM node AS a\nWORKDIR /app\nRUN yarn install --production\nFROM node\nCOPY --from=a /app /app",
        "FROM node AS a\nRUN npm ci --omit=dev\nFROM a AS b\nRUN mkdir x",
    ] {
        assert!(only(text), "{text}");
    }
    for text in [
        "FROM node\nRUN npm ci",
        "FROM node\nRUN npm ci --omit=dev\nRUN npm i ts-node",
        "FROM node\nENV NODE_ENV=production\nRUN npm ci --include=dev",
        "FROM node\nENV NODE_ENV=production\nRUN yarn install",
        "FROM node\nRUN npm ci --omit=dev && ./install-more.sh",
        "FROM acme/base\nCOPY . .",
        "FROM node AS a\nRUN npm ci\nFROM node\nRUN npm ci --omit=dev\nCOPY --from=a /app/node_modules ./node_modules",
        "",
    ] {
        assert!(!only(text), "{text}");
    }
}

#[test]
fn hostile_files_are_borne() {
    for text in [
        "FROM",
        "COPY",
        "FROM a\nCOPY",
        "FROM a AS a\nFROM a\nCOPY --from=9 x y",
        "FROM a\nCOPY [\"",
        "FROM a\nRUN",
        "FROM a\nCOPY * [",
        "FROM 店\nCOPY 店* 店",
    ] {
        assert_ne!(holds(text, "src/m/店.sql", Need::Plain), Holds::Yes, "{text}");
        let _ = contents(text).packages();
    }
    let chain: String =
        (0..2_000).map(|at| format!("FROM s{at} AS s{}\nCOPY --from=s{at} / /\n", at + 1)).collect();
    assert_eq!(holds(&chain, "x", Need::Plain), Holds::Maybe);
    let wide =
        format!("FROM node AS s0\nCOPY . .\n{}", chain.replace("COPY", &"COPY --from=0 / /\nCOPY".repeat(3)));
    assert_eq!(holds(&wide, "src/main.ts", Need::Plain), Holds::Yes);
}
