//! A seeded generator of repositories: the same seed gives the same files, whatever the machine.

use std::fmt::Write as _;

pub mod endless;
pub mod history;

/// A small linear congruential generator (Knuth's MMIX constants): fast, seeded, no dependency.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.roll(words.len())]
    }
}

/// What is generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Migration,
    Fly,
    Workflow,
    Dockerfile,
    Shell,
    Package,
}

pub const KINDS: [Kind; 6] =
    [Kind::Migration, Kind::Fly, Kind::Workflow, Kind::Dockerfile, Kind::Shell, Kind::Package];

/// A repository of `count` files in the mix that teams have: half migrations, then scripts, workflows,
/// packages, Dockerfiles and configurations.
pub fn repository(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut dice = Dice::new(seed);
    let mix = [
        Kind::Migration,
        Kind::Migration,
        Kind::Migration,
        Kind::Migration,
        Kind::Migration,
        Kind::Shell,
        Kind::Shell,
        Kind::Workflow,
        Kind::Package,
        Kind::Dockerfile,
        Kind::Fly,
    ];
    (0..count).map(|number| file(&mut dice, mix[number % mix.len()], number)).collect()
}

/// One file of a kind: its path and text.
pub fn file(dice: &mut Dice, kind: Kind, number: usize) -> (String, String) {
    match kind {
        Kind::Migration => migration(dice, number),
        Kind::Fly => (format!("apps/app{number}/fly.toml"), fly(dice, number)),
        Kind::Workflow => (format!(".github/workflows/flow{number}.yml"), workflow(dice, number)),
        Kind::Dockerfile => (format!("apps/app{number}/Dockerfile"), dockerfile(dice)),
        Kind::Shell => (format!("scripts/task{number}.sh"), shell(dice)),
        Kind::Package => (format!("apps/app{number}/package.json"), package(dice, number)),
    }
}

const TABLES: &[&str] =
    &["product", "customer", "order_line", "payment", "stock_level", "shipment", "session"];
const COLUMNS: &[&str] = &["name", "code", "smile_code", "created_at", "price", "note", "state", "weight"];

fn migration(dice: &mut Dice, number: usize) -> (String, String) {
    let stamp = 1_700_000_000_000_u64 + number as u64 * 1000;
    let mut up = String::new();
    let mut down = String::new();
    for _ in 0..3 + dice.roll(12) {
        let (table, column) = (dice.pick(TABLES), dice.pick(COLUMNS));
        let statement = match dice.roll(8) {
            0 => format!(
                "CREATE TABLE \"{table}_{number}\" (\"id\" SERIAL NOT NULL, \"{column}\" character varying NOT NULL DEFAULT '', \"createdAt\" TIMESTAMP NOT NULL DEFAULT now(), CONSTRAINT \"PK_{number}\" PRIMARY KEY (\"id\"))"
            ),
            1 => format!("CREATE INDEX \"IDX_{number}_{column}\" ON \"{table}\" (\"{column}\")"),
            2 => format!(
                "ALTER TABLE \"{table}\" ADD CONSTRAINT \"FK_{number}\" FOREIGN KEY (\"{column}Id\") REFERENCES \"customer\"(\"id\") ON DELETE CASCADE ON UPDATE NO ACTION"
            ),
            3 => format!("ALTER TABLE \"{table}\" ALTER COLUMN \"{column}\" SET DEFAULT 'なし'"),
            4 => format!("UPDATE \"{table}\" SET \"{column}\" = 'x' WHERE \"{column}\" IS NULL"),
            5 => format!("ALTER TABLE \"{table}\" DROP COLUMN \"{column}\""),
            _ => format!("ALTER TABLE \"{table}\" ADD \"{column}_{number}\" character varying"),
        };
        let _ = writeln!(up, "        await queryRunner.query(`{statement}`);");
        let _ = writeln!(
            down,
            "        await queryRunner.query(`ALTER TABLE \"{table}\" DROP COLUMN \"{column}_{number}\"`);"
        );
    }
    let text = format!(
        "import {{ MigrationInterface, QueryRunner }} from \"typeorm\";\n\n// 列を追加する (step {number})\nexport class Change{number}X{stamp} implements MigrationInterface {{\n    name = 'Change{number}X{stamp}'\n\n    public async up(queryRunner: QueryRunner): Promise<void> {{\n{up}    }}\n\n    public async down(queryRunner: QueryRunner): Promise<void> {{\n{down}    }}\n}}\n"
    );
    (format!("src/migrations/{stamp}-Change{number}.ts"), text)
}

fn fly(dice: &mut Dice, number: usize) -> String {
    let mut text = format!(
        "app = \"shop-{number}\"\nprimary_region = \"nrt\"\n\n[build]\ndockerfile = \"Dockerfile\"\n\n[deploy]\nrelease_command = \"npm run migrate\"\n\n[env]\n"
    );
    for index in 0..5 + dice.roll(20) {
        let _ = writeln!(text, "SETTING_{index} = \"{}\"", dice.pick(COLUMNS));
    }
    text.push_str("\n[http_service]\ninternal_port = 3000\nforce_https = true\nauto_stop_machines = \"stop\"\n\n[[http_service.checks]]\npath = \"/health\"\ninterval = \"15s\"\ntimeout = \"5s\"\n\n[[vm]]\nsize = \"shared-cpu-1x\"\n");
    text
}

fn workflow(dice: &mut Dice, number: usize) -> String {
    let mut text = format!(
        "name: flow {number}\non:\n  push:\n    branches: [main]\nconcurrency:\n  group: flow-{number}\n  cancel-in-progress: false\njobs:\n"
    );
    for job in 0..=dice.roll(4) {
        let _ = write!(
            text,
            "  job{job}:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - uses: actions/checkout@v4\n"
        );
        for step in 0..2 + dice.roll(6) {
            let _ = write!(
                text,
                "      - name: 手順 {step}\n        env:\n          TOKEN: ${{{{ secrets.TOKEN_{step} }}}}\n        run: |\n          set -euo pipefail\n          npm ci && npm test -- --shard={step}\n          flyctl deploy --app shop-{number} --image registry.fly.io/shop-{number}:${{{{ github.sha }}}} \\\n            --config apps/app{number}/fly.toml\n"
            );
        }
    }
    text
}

fn dockerfile(dice: &mut Dice) -> String {
    let mut text = String::from(
        "# syntax=docker/dockerfile:1\nARG NODE=22.12\nFROM node:${NODE}-bookworm-slim AS build\nWORKDIR /app\nCOPY package.json package-lock.json ./\n",
    );
    for index in 0..4 + dice.roll(10) {
        let _ = write!(
            text,
            "RUN apt-get update && \\\n    # ビルドに要る\n    apt-get install -y --no-install-recommends lib{index} && \\\n    rm -rf /var/lib/apt/lists/*\n"
        );
    }
    text.push_str("RUN npm ci\nFROM build\nENV NODE_ENV=production\nHEALTHCHECK CMD curl -f http://localhost:3000/health\nCMD [\"node\", \"dist/main.js\"]\n");
    text
}

fn shell(dice: &mut Dice) -> String {
    let mut text =
        String::from("#!/usr/bin/env bash\nset -euo pipefail\n\nlog() { echo \"[$(date)] $*\"; }\n");
    for index in 0..10 + dice.roll(30) {
        let _ = write!(
            text,
            "if [ -n \"${{TARGET_{index}:-}}\" ]; then\n  log \"段階 {index}\"\n  pg_dump --format=custom \"$DATABASE_URL\" > \"/tmp/{index}.dump\" || exit 1\nelse\n  curl --fail --silent https://shop.example.com/health/{index} | jq .status\nfi\n"
        );
    }
    text
}

fn package(dice: &mut Dice, number: usize) -> String {
    let mut text = format!("{{\n  \"name\": \"@shop/app{number}\",\n  \"scripts\": {{\n");
    for index in 0..5 + dice.roll(15) {
        let _ = writeln!(
            text,
            "    \"task:{index}\": \"node dist/task.js --number {index} && npm run migrate\","
        );
    }
    text.push_str(
        "    \"migrate\": \"typeorm migration:run -d dist/data-source.js\"\n  },\n  \"dependencies\": {\n",
    );
    for index in 0..40 {
        let _ = writeln!(text, "    \"package-{index}\": \"^1.{index}.0\",");
    }
    text.push_str("    \"typeorm\": \"^0.3.20\"\n  }\n}\n");
    text
}

/// Two thousand scripts in forty layers, each called by three of the layer above, and fifty workflows that
/// call the topmost ones: ten thousand commands.
pub fn layers() -> Vec<(String, String)> {
    const WIDE: usize = 50;
    const DEEP: usize = 40;
    let mut files = Vec::with_capacity(WIDE * (DEEP + 1));
    for flow in 0..WIDE {
        let text = format!(
            "name: flow {flow}\non: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    environment: production\n    steps:\n      - uses: actions/checkout@v4\n      - run: ./scripts/l0/s{flow}.sh --step {flow}\n"
        );
        files.push((format!(".github/workflows/flow{flow}.yml"), text));
    }
    for layer in 0..DEEP {
        for at in 0..WIDE {
            let mut text = String::from("#!/usr/bin/env bash\nset -euo pipefail\n");
            let _ = writeln!(text, "pg_dump --format=custom \"$DATABASE_URL\" > /tmp/{layer}-{at}.dump");
            for next in [at, at * 7 + 1, at * 3 + 2].iter().filter(|_| layer + 1 < DEEP) {
                let _ = writeln!(text, "./scripts/l{}/s{}.sh", layer + 1, next % WIDE);
            }
            let _ = if layer + 1 == DEEP && at % 10 == 0 {
                writeln!(text, "flyctl deploy --app shop-{at} --image shop:{layer}")
            } else {
                writeln!(text, "node dist/task.js --number {at}")
            };
            files.push((format!("scripts/l{layer}/s{at}.sh"), text));
        }
    }
    files
}

/// Scripts that try to make it slow to follow them, each with its name.
pub fn hostile() -> Vec<(&'static str, String)> {
    const HEAD: &str = "#!/usr/bin/env bash\nset -euo pipefail\n";
    let many = |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let calls = many(30, &|at| format!("f{at}() {{ f{0}; f{0}; }}\n", at + 1));
    let asks = many(30, &|at| {
        format!("f{at}() {{ if [ -n \"$V{at}\" ]; then x{at}=1; fi; f{0} a; f{0} \"$1$1\"; }}\n", at + 1)
    });
    let ifs = many(10_000, &|at| format!("if test -f x{at}; then\n  npm run x{at}\nelse\n  y{at}=b\nfi\n"));
    let nested = many(60, &|at| format!("if [ \"$A{at}\" = 1 ]; then v{at}=x\n"));
    let ends = many(60, &|at| format!("else w{at}=y\nfi\n"));
    let jobs = many(2_000, &|at| format!("flyctl deploy --app a{at} &\npids+=($!)\n"));
    let arms = many(500, &|at| format!("  c{at}) v{at}=a{at}; app=b{at} ;;\n"));
    let loops = many(12, &|at| format!("for a{at} in 1 2 3 4 5 6 7 8; do\n"));
    vec![
        ("exponential", format!("{HEAD}{calls}f30() {{ flyctl deploy; }}\nf0\n")),
        ("exponential-asking", format!("#!/bin/bash\n{asks}f30() {{ flyctl deploy; }}\nf0 x\n")),
        ("cyclic", format!("{HEAD}a() {{ b; flyctl deploy; b; }}\nb() {{ c; a; c; }}\nc() {{ a; b; }}\na\n")),
        ("ifs", format!("{HEAD}{ifs}flyctl deploy\n")),
        ("nested-ifs", format!("{HEAD}{nested}flyctl deploy\n{ends}")),
        ("jobs", format!("{HEAD}pids=()\n{jobs}wait \"${{pids[@]}}\"\nwait\nflyctl status\n")),
        ("arms", format!("{HEAD}case \"$1\" in\n{arms}  *) exit 1 ;;\nesac\nflyctl deploy --app $app\n")),
        ("loops", format!("{HEAD}{loops}flyctl deploy --app $a0$a1$a2$a3\n{}", "done\n".repeat(12))),
    ]
}
