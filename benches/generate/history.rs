//! Histories of migrations over a schema that grows: tables, columns, indexes and foreign keys come and go,
//! types change, rows are filled, and `down` takes it back. Styles as teams mix them: mostly literals, some
//! constants, loops, helpers, builder calls and SQL files.

use std::fmt::Write as _;

use super::Dice;

/// More columns than this, and a table gets no new one.
const MOST_COLUMNS: usize = 40;
/// Tables that most migrations are about.
const HOT: usize = 30;

const NOUNS: &[&str] = &[
    "order",
    "product",
    "customer",
    "payment",
    "stock",
    "shipment",
    "session",
    "coupon",
    "invoice",
    "refund",
    "review",
    "basket",
    "address",
    "category",
    "supplier",
    "warehouse",
];
const PARTS: &[&str] =
    &["item", "line", "event", "history", "setting", "note", "tag", "rate", "rule", "file", "log", "plan"];
const COLUMNS: &[&str] = &[
    "name", "code", "state", "note", "price", "weight", "email", "phone", "kind", "rank", "total", "locale",
    "sourceId", "ownerId", "parentId", "paidAt", "sentAt", "closedAt", "isActive", "isHidden",
];
const TYPES: &[&str] = &[
    "character varying",
    "character varying(255)",
    "integer",
    "bigint",
    "text",
    "boolean",
    "timestamp with time zone",
    "numeric(12,2)",
    "jsonb",
    "uuid",
];

/// A table as the generator knows it.
struct Table {
    name: String,
    columns: Vec<(String, &'static str)>,
    indexes: Vec<(String, String)>,
    made: usize,
}

/// One step: what `up` does, and what takes it back.
struct Step {
    up: String,
    down: String,
    /// What `@destructive:` says of it.
    takes: Option<String>,
}

struct History {
    dice: Dice,
    tables: Vec<Table>,
    /// The last migration that added something, for those that take something away.
    expand: Option<String>,
}

/// A repository whose database has so many TypeORM migrations, with its data source, its helpers and some of
/// its entities.
pub fn typeorm(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut history = History::new(seed);
    let mut files = vec![
        ("package.json".to_owned(), PACKAGE.to_owned()),
        ("src/data-source.ts".to_owned(), DATA_SOURCE.to_owned()),
        ("src/database/columns.ts".to_owned(), HELPERS.to_owned()),
    ];
    for number in 0..count {
        history.migration(number, &mut files);
    }
    for table in history.tables.iter().take(200) {
        files.push(entity(table));
    }
    files
}

/// A repository whose database has so many pairs of SQL files.
pub fn sql(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut history = History::new(seed);
    let mut files = Vec::with_capacity(count * 2);
    for number in 0..count {
        let steps = history.steps(number);
        let up: String = steps.iter().map(|step| format!("{};\n", step.up)).collect();
        let down: String = steps.iter().rev().map(|step| format!("{};\n", step.down)).collect();
        let name = format!("migrations/{:06}_step_{number}", number + 1);
        files.push((format!("{name}.up.sql"), format!("-- 手順 {number}\n{up}")));
        files.push((format!("{name}.down.sql"), down));
    }
    files
}

impl History {
    fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed), tables: Vec::new(), expand: None }
    }

    fn steps(&mut self, number: usize) -> Vec<Step> {
        let count = 1 + self.dice.roll(3) + self.dice.roll(3) * self.dice.roll(2);
        (0..count).map(|_| self.step(number)).collect()
    }

    /// A table, old and busy ones more often than others.
    fn table(&mut self) -> usize {
        let all = self.tables.len();
        if self.dice.roll(2) == 0 { self.dice.roll(all.min(HOT)) } else { self.dice.roll(all) }
    }

    fn step(&mut self, number: usize) -> Step {
        if self.tables.len() < 8 {
            return self.create(number);
        }
        let at = self.table();
        let (width, indexes) = (self.tables[at].columns.len(), self.tables[at].indexes.len());
        match self.dice.roll(100) {
            0..14 => self.create(number),
            14..44 if width < MOST_COLUMNS => self.add_column(at, number),
            44..56 if indexes < 12 => self.index(at, number),
            56..66 => self.foreign_key(at, number),
            66..74 if width > 4 => self.drop_column(at),
            74..77 if width > 2 => self.rename(at, number),
            77..82 if width > 2 => self.retype(at),
            82..85 if indexes > 0 => self.drop_index(at),
            85..88 if width > 2 => self.not_null(at),
            88..90 if self.tables.len() > 40 && self.tables[at].made + 100 < number => self.drop_table(at),
            _ => self.fill(at),
        }
    }

    fn create(&mut self, number: usize) -> Step {
        let name = format!("{}_{}_{number}", self.dice.pick(NOUNS), self.dice.pick(PARTS));
        // A second one of the name in one migration.
        let name = match self.tables.last() {
            Some(last) if last.name.starts_with(&name) => format!("{}_x", last.name),
            _ => name,
        };
        let mut columns = vec![("id".to_owned(), "uuid")];
        let mut words = String::from("\"id\" uuid NOT NULL DEFAULT gen_random_uuid()");
        for index in 0..3 + self.dice.roll(8) {
            let column = COLUMNS[(index * 3 + number) % COLUMNS.len()];
            if columns.iter().any(|(other, _)| other == column) {
                continue;
            }
            let kind = self.kind();
            let end = [" NOT NULL", "", " NOT NULL DEFAULT now()"][self.dice.roll(3)];
            let end =
                if kind.starts_with("timestamp") { end } else { end.trim_end_matches(" DEFAULT now()") };
            let _ = write!(words, ", \"{column}\" {kind}{end}");
            columns.push((column.to_owned(), kind));
        }
        let up = format!("CREATE TABLE \"{name}\" ({words}, CONSTRAINT \"PK_{name}\" PRIMARY KEY (\"id\"))");
        let down = format!("DROP TABLE \"{name}\"");
        self.tables.push(Table { name, columns, indexes: Vec::new(), made: number });
        Step { up, down, takes: None }
    }

    fn kind(&mut self) -> &'static str {
        TYPES[self.dice.roll(TYPES.len())]
    }

    fn column(&mut self, at: usize) -> usize {
        1 + self.dice.roll(self.tables[at].columns.len() - 1)
    }

    fn add_column(&mut self, at: usize, number: usize) -> Step {
        let kind = self.kind();
        let column = format!("{}{number}", self.dice.pick(COLUMNS));
        let table = &mut self.tables[at];
        if table.columns.iter().any(|(other, _)| *other == column) {
            return self.fill(at);
        }
        let end = if kind == "boolean" { " NOT NULL DEFAULT false" } else { "" };
        let up = format!("ALTER TABLE \"{}\" ADD \"{column}\" {kind}{end}", table.name);
        let down = format!("ALTER TABLE \"{}\" DROP COLUMN \"{column}\"", table.name);
        table.columns.push((column, kind));
        Step { up, down, takes: None }
    }

    fn index(&mut self, at: usize, number: usize) -> Step {
        let column = self.column(at);
        let table = &mut self.tables[at];
        let column = table.columns[column].0.clone();
        let name = format!("IDX_{}_{column}_{number}", table.name);
        if table.indexes.iter().any(|(other, _)| *other == name) {
            return self.fill(at);
        }
        let up = format!("CREATE INDEX \"{name}\" ON \"{}\" (\"{column}\")", table.name);
        let down = format!("DROP INDEX \"{name}\"");
        table.indexes.push((name, column));
        Step { up, down, takes: None }
    }

    fn foreign_key(&mut self, at: usize, number: usize) -> Step {
        let other = self.table();
        let column = self.column(at);
        let (table, other) = (&self.tables[at], &self.tables[other].name);
        let column = &table.columns[column].0;
        let name = format!("FK_{}_{column}_{number}", table.name);
        Step {
            up: format!(
                "ALTER TABLE \"{}\" ADD CONSTRAINT \"{name}\" FOREIGN KEY (\"{column}\") REFERENCES \"{other}\"(\"id\") ON DELETE CASCADE ON UPDATE NO ACTION",
                table.name
            ),
            down: format!("ALTER TABLE \"{}\" DROP CONSTRAINT \"{name}\"", table.name),
            takes: None,
        }
    }

    fn drop_column(&mut self, at: usize) -> Step {
        let column = self.column(at);
        let table = &mut self.tables[at];
        let (column, kind) = table.columns.remove(column);
        table.indexes.retain(|(_, other)| *other != column);
        Step {
            up: format!("ALTER TABLE \"{}\" DROP COLUMN \"{column}\"", table.name),
            down: format!("ALTER TABLE \"{}\" ADD \"{column}\" {kind}", table.name),
            takes: Some(format!("DROP COLUMN {}.{column}", table.name)),
        }
    }

    fn rename(&mut self, at: usize, number: usize) -> Step {
        let column = self.column(at);
        let table = &mut self.tables[at];
        let new = format!("renamed{number}");
        if table.columns.iter().any(|(other, _)| *other == new) {
            return self.fill(at);
        }
        let old = std::mem::replace(&mut table.columns[column].0, new.clone());
        for (_, other) in table.indexes.iter_mut().filter(|(_, other)| *other == old) {
            other.clone_from(&new);
        }
        Step {
            up: format!("ALTER TABLE \"{}\" RENAME COLUMN \"{old}\" TO \"{new}\"", table.name),
            down: format!("ALTER TABLE \"{}\" RENAME COLUMN \"{new}\" TO \"{old}\"", table.name),
            takes: Some(format!("RENAME COLUMN {}.{old}", table.name)),
        }
    }

    fn retype(&mut self, at: usize) -> Step {
        let kind = self.kind();
        let column = self.column(at);
        let (name, old) = &mut self.tables[at].columns[column];
        let old = std::mem::replace(old, kind);
        let alter = format!("ALTER TABLE \"{{}}\" ALTER COLUMN \"{name}\" TYPE ");
        let alter = alter.replace("{}", &self.tables[at].name);
        Step { up: format!("{alter}{kind}"), down: format!("{alter}{old}"), takes: None }
    }

    fn drop_index(&mut self, at: usize) -> Step {
        let table = &mut self.tables[at];
        let (name, column) = table.indexes.remove(0);
        Step {
            up: format!("DROP INDEX \"{name}\""),
            down: format!("CREATE INDEX \"{name}\" ON \"{}\" (\"{column}\")", table.name),
            takes: None,
        }
    }

    fn not_null(&mut self, at: usize) -> Step {
        let column = self.column(at);
        let table = &self.tables[at];
        let alter = format!("ALTER TABLE \"{}\" ALTER COLUMN \"{}\"", table.name, table.columns[column].0);
        Step { up: format!("{alter} SET NOT NULL"), down: format!("{alter} DROP NOT NULL"), takes: None }
    }

    fn drop_table(&mut self, at: usize) -> Step {
        let table = self.tables.remove(at);
        Step {
            up: format!("DROP TABLE \"{}\"", table.name),
            down: format!("CREATE TABLE \"{}\" (\"id\" uuid NOT NULL)", table.name),
            takes: Some(format!("DROP TABLE {}", table.name)),
        }
    }

    fn fill(&mut self, at: usize) -> Step {
        let column = self.column(at);
        let table = &self.tables[at];
        let column = &table.columns[column].0;
        Step {
            up: format!("UPDATE \"{}\" SET \"{column}\" = NULL WHERE \"{column}\" IS NOT NULL", table.name),
            down: format!("SELECT count(*) FROM \"{}\"", table.name),
            takes: None,
        }
    }

    /// One TypeORM migration, with the files that it reads.
    fn migration(&mut self, number: usize, files: &mut Vec<(String, String)>) {
        let stamp = 1_600_000_000_000_u64 + number as u64 * 3_600_000;
        let class = format!("Step{number}X{stamp}");
        let path = format!("src/migrations/{stamp}-Step{number}");
        let mut head = String::from("import { MigrationInterface, QueryRunner } from \"typeorm\";\n");
        let mut body = Body::default();
        match self.dice.roll(100) {
            0..4 => self.constant(number, &mut head, &mut body),
            4..12 => self.helper(number, &mut body),
            12..15 => self.loops(number, &mut body),
            15..17 => self.imported(number, &mut head, &mut body),
            17..20 => self.builder(number, &mut head, &mut body),
            20..23 => {
                let steps = self.steps(number);
                let up: String = steps.iter().map(|step| format!("{};\n", step.up)).collect();
                files.push((format!("src/sql/Step{number}.sql"), up));
                head.push_str("import { readFileSync } from \"fs\";\nimport { join } from \"path\";\n");
                let _ = writeln!(
                    body.up,
                    "        await queryRunner.query(readFileSync(join(__dirname, \"../sql/Step{number}.sql\"), \"utf8\"));"
                );
                body.downs(&steps);
                body.takes = steps.into_iter().find_map(|step| step.takes);
            }
            _ => {
                let steps = self.steps(number);
                let guard = self.dice.roll(40) == 0;
                for step in &steps {
                    let query = format!("await queryRunner.query(`{}`);", step.up);
                    let _ = if guard {
                        writeln!(body.up, "        if (!(await queryRunner.hasTable('guard'))) {{ {query} }}")
                    } else {
                        writeln!(body.up, "        {query}")
                    };
                }
                body.downs(&steps);
                body.takes = steps.into_iter().find_map(|step| step.takes);
            }
        }
        let Body { members, up, down, takes } = body;
        let mut notes = format!("\n// 手順 {number}\n");
        match (&takes, &self.expand) {
            (Some(takes), Some(expand)) if self.dice.roll(3) > 0 => {
                let _ = writeln!(notes, "// @destructive: {takes} (nobody reads it)");
                let _ = writeln!(notes, "// @expand-migration: {expand}");
            }
            _ => {}
        }
        if takes.is_none() {
            self.expand = Some(class.clone());
        }
        let text = format!(
            "{head}{notes}export class {class} implements MigrationInterface {{\n    name = '{class}'\n{members}\n    public async up(queryRunner: QueryRunner): Promise<void> {{\n{up}    }}\n\n    public async down(queryRunner: QueryRunner): Promise<void> {{\n{down}    }}\n}}\n"
        );
        files.push((format!("{path}.ts"), text));
    }

    fn constant(&mut self, number: usize, head: &mut String, body: &mut Body) {
        let at = self.table();
        let step = self.add_column(at, number);
        let table = &self.tables[at].name;
        let _ = writeln!(head, "\nconst TABLE = '{table}';");
        let holed = |sql: &str| sql.replacen(table.as_str(), "${TABLE}", 1);
        let _ = writeln!(body.up, "        await queryRunner.query(`{}`);", holed(&step.up));
        let _ = writeln!(body.down, "        await queryRunner.query(`{}`);", holed(&step.down));
    }

    fn helper(&mut self, number: usize, body: &mut Body) {
        body.members = String::from(
            "\n    private async run(queryRunner: QueryRunner, statements: string[]): Promise<void> {\n        for (const statement of statements) {\n            await queryRunner.query(statement);\n        }\n    }\n",
        );
        let steps = self.steps(number);
        body.up.push_str("        await this.run(queryRunner, [\n");
        for step in &steps {
            let _ = writeln!(body.up, "            `{}`,", step.up);
        }
        body.up.push_str("        ]);\n");
        body.downs(&steps);
        body.takes = steps.into_iter().find_map(|step| step.takes);
    }

    fn loops(&mut self, number: usize, body: &mut Body) {
        let tables: Vec<usize> = (0..3).map(|_| self.table()).collect();
        let column = format!("looped{number}");
        let mut names: Vec<&str> = tables.iter().map(|&at| self.tables[at].name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let list = names.join("', '");
        for (text, words) in [(&mut body.up, "ADD"), (&mut body.down, "DROP COLUMN")] {
            let end = if words == "ADD" { " integer" } else { "" };
            let _ = writeln!(
                text,
                "        for (const table of ['{list}']) {{\n            await queryRunner.query(`ALTER TABLE \"${{table}}\" {words} \"{column}\"{end}`);\n        }}"
            );
        }
    }

    fn imported(&mut self, number: usize, head: &mut String, body: &mut Body) {
        head.push_str("import { addColumn, dropColumn } from \"../database/columns\";\n");
        let at = self.table();
        let table = &self.tables[at].name;
        let _ =
            writeln!(body.up, "        await addColumn(queryRunner, '{table}', 'shared{number}', 'text');");
        let _ = writeln!(body.down, "        await dropColumn(queryRunner, '{table}', 'shared{number}');");
    }

    fn builder(&mut self, number: usize, head: &mut String, body: &mut Body) {
        *head = head.replace("QueryRunner }", "QueryRunner, TableColumn, TableIndex }");
        let at = self.table();
        let table = &self.tables[at].name;
        let column = format!("built{number}");
        let _ = writeln!(
            body.up,
            "        await queryRunner.addColumn('{table}', new TableColumn({{ name: '{column}', type: 'varchar', length: '64', isNullable: true }}));\n        await queryRunner.createIndex('{table}', new TableIndex({{ name: 'IDX_{column}', columnNames: ['{column}'] }}));"
        );
        let _ = writeln!(
            body.down,
            "        await queryRunner.dropIndex('{table}', 'IDX_{column}');\n        await queryRunner.dropColumn('{table}', '{column}');"
        );
    }
}

/// What a class holds.
#[derive(Default)]
struct Body {
    members: String,
    up: String,
    down: String,
    takes: Option<String>,
}

impl Body {
    fn downs(&mut self, steps: &[Step]) {
        for step in steps.iter().rev() {
            let _ = writeln!(self.down, "        await queryRunner.query(`{}`);", step.down);
        }
    }
}

fn entity(table: &Table) -> (String, String) {
    let mut text = format!(
        "import {{ Column, Entity, PrimaryGeneratedColumn }} from \"typeorm\";\n\n@Entity(\"{}\")\nexport class E{} {{\n    @PrimaryGeneratedColumn(\"uuid\")\n    id: string;\n",
        table.name, table.made
    );
    for (column, _) in table.columns.iter().skip(1) {
        let _ = write!(text, "\n    @Column(\"text\", {{ name: \"{column}\" }})\n    {column}: string;\n");
    }
    text.push_str("}\n");
    (format!("src/entities/{}.entity.ts", table.name), text)
}

const PACKAGE: &str = "{\n  \"name\": \"shop\",\n  \"scripts\": { \"migrate\": \"typeorm migration:run -d dist/data-source.js\" },\n  \"dependencies\": { \"typeorm\": \"^0.3.20\", \"pg\": \"^8.11.0\" }\n}\n";

const DATA_SOURCE: &str = "import { DataSource } from \"typeorm\";\n\nexport default new DataSource({\n    type: \"postgres\",\n    url: process.env.DATABASE_URL,\n    migrations: [__dirname + \"/migrations/*.js\"],\n    entities: [__dirname + \"/entities/*.entity.js\"],\n    migrationsTransactionMode: \"each\",\n});\n";

const HELPERS: &str = "import { QueryRunner } from \"typeorm\";\n\nexport async function addColumn(queryRunner: QueryRunner, table: string, column: string, type: string): Promise<void> {\n    await queryRunner.query(`ALTER TABLE \"${table}\" ADD \"${column}\" ${type}`);\n}\n\nexport async function dropColumn(queryRunner: QueryRunner, table: string, column: string): Promise<void> {\n    await queryRunner.query(`ALTER TABLE \"${table}\" DROP COLUMN \"${column}\"`);\n}\n";
