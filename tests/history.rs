//! Replayed schemas against the catalog of a `PostgreSQL` that ran the same statements: a real one where
//! `DEPLOYLINT_TEST_PG` holds what `psql` needs to reach it, else what such a one said before
//! (`fixtures/*.catalog.txt`, which `UPDATE=1` rewrites with a real one alone).

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::Command;

use deploylint::doors::disk;
use deploylint::doors::paths::Target;
use deploylint::facts::words::schema_change as change;
use deploylint::facts::{FactId, Facts};
use deploylint::read::link::history::{self, History};
use deploylint::report::schema::HistoryEntry;
use deploylint::{Policy, Repo, check};

use crate::support::{diff, expect_file, project};

/// The histories of a fixture.
fn histories(fixture: &str) -> (Repo, Facts, Vec<History>) {
    let policy = Policy::default();
    let target = Target::of(&[project(fixture)]).unwrap();
    let repo = disk::load(&target, &check::settings(&policy), &[]).repo;
    let (facts, _) = check::understand(&repo, &policy);
    let histories = history::histories(&facts, &repo);
    (repo, facts, histories)
}

fn plain(name: &str) -> String {
    let name = name.replace('"', "").to_lowercase();
    name.strip_prefix("public.").map_or(name.clone(), str::to_owned)
}

/// What a schema holds, a line for each thing, in the words that [`CATALOG`] has for it.
fn lines(entry: &HistoryEntry) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    // What the history only speaks of is in no catalog that it made.
    for table in entry.tables.iter().filter(|table| table.made_by.is_some()) {
        let name = plain(&table.name);
        lines.insert(format!("table {name}"));
        for column in &table.columns {
            let mut line = format!(
                "column {name}.{} {}",
                plain(&column.name),
                column.data_type.as_deref().unwrap_or("?")
            );
            line.push_str(if column.not_null { " not null" } else { "" });
            line.push_str(if column.default.is_some() || column.generated { " default" } else { "" });
            lines.insert(line);
        }
        for constraint in &table.constraints {
            let kind = constraint.kind.as_deref().unwrap_or("?");
            let columns: Vec<String> = constraint.columns.iter().map(|column| plain(column)).collect();
            let columns = if kind == "check" { String::new() } else { columns.join(",") };
            lines.insert(format!("constraint {name} {} {kind} ({columns})", plain(&constraint.name)));
        }
        for index in &table.indexes {
            let columns: Vec<String> =
                index.columns.iter().map(|key| key.as_deref().map_or("expr".to_owned(), plain)).collect();
            let unique = if index.unique { " unique" } else { "" };
            lines.insert(format!("index {name} {}{unique} ({})", plain(&index.name), columns.join(",")));
        }
    }
    for kind in &entry.types {
        if let Some(values) = &kind.values {
            lines.insert(format!("enum {} ({})", plain(&kind.name), values.join(",")));
        }
    }
    lines
}

const CATALOG: &str = r"
select 'table ' || relname from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
union all
select 'column ' || c.relname || '.' || a.attname || ' ' || replace(format_type(a.atttypid, a.atttypmod), chr(34), '')
    || case when a.attnotnull then ' not null' else '' end
    || case when a.atthasdef or a.attidentity <> '' then ' default' else '' end
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
union all
select 'constraint ' || c.relname || ' ' || n.conname || ' '
    || case n.contype when 'p' then 'primary-key' when 'f' then 'foreign-key' when 'u' then 'unique'
       when 'c' then 'check' else 'exclude' end
    || ' (' || case when n.contype = 'c' then '' else (
        select string_agg(a.attname, ',' order by k.place)
        from unnest(n.conkey) with ordinality k(number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number) end || ')'
from pg_constraint n join pg_class c on c.oid = n.conrelid
where n.connamespace = current_schema()::regnamespace and n.contype <> 't'
union all
select 'index ' || c.relname || ' ' || i.relname || case when x.indisunique then ' unique' else '' end || ' (' || (
        select string_agg(coalesce(a.attname, 'expr'), ',' order by k.place)
        from unnest(x.indkey::int2[]) with ordinality k(number, place)
        left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number) || ')'
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
    and not exists (select 1 from pg_constraint n where n.conindid = x.indexrelid and n.contype in ('p', 'u', 'x'))
union all
select 'enum ' || t.typname || ' (' || string_agg(e.enumlabel, ',' order by e.enumsortorder) || ')'
from pg_type t join pg_enum e on e.enumtypid = t.oid
where t.typnamespace = current_schema()::regnamespace group by t.typname;
";

/// Runs statements in a schema of their own; gives what the catalog says of it then.
fn postgres(connection: &str, schema: &str, statements: &str) -> BTreeSet<String> {
    let script = format!(
        "\\set ON_ERROR_STOP on\nDROP SCHEMA IF EXISTS {schema} CASCADE;\nCREATE SCHEMA {schema};\nSET search_path = {schema};\n{statements}\n\\echo ----\n{CATALOG}\nDROP SCHEMA {schema} CASCADE;\n"
    );
    let mut child = Command::new("psql")
        .args([connection, "-X", "-q", "-A", "-t"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("psql runs");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), script.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}\n{script}", String::from_utf8_lossy(&output.stderr));
    let catalog = said.split_once("----\n").map_or("", |(_, catalog)| catalog);
    catalog.lines().filter(|line| !line.is_empty()).map(str::to_lowercase).collect()
}

fn connection() -> Option<String> {
    std::env::var("DEPLOYLINT_TEST_PG").ok().filter(|value| !value.is_empty())
}

/// The statements of `up`, as the facts say them. An action of an ALTER stands without its table.
fn statements(facts: &Facts, id: FactId) -> String {
    let mut script = String::new();
    for &child in facts.children(id) {
        let fact = facts.get(child);
        if fact.text(change::DIRECTION) != Some("up") || fact.text(change::VIA) != Some("sql") {
            continue;
        }
        let word = fact.text(change::CHANGE).unwrap_or_default();
        if ["insert", "update", "delete", "select", "comment", "grant", "create-extension", "do-block"]
            .contains(&word)
        {
            continue;
        }
        let text = fact.text(change::SQL).or_else(|| fact.text(change::TEXT)).unwrap_or_default();
        let statement = fact.text(change::STATEMENT).unwrap_or_default();
        let is_action = !text.starts_with(statement.get(..14).unwrap_or(statement));
        let table = fact.text(change::TABLE).unwrap_or_default();
        let table = table.split('.').map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(".");
        let text = text.replace("\"public\".", "");
        let _ = if is_action && statement.to_uppercase().starts_with("ALTER TABLE") {
            writeln!(script, "ALTER TABLE {} {text};", table.replace("\"public\".", ""))
        } else {
            writeln!(script, "{text};")
        };
    }
    script
}

#[test]
fn folders_of_sql_make_what_postgres_makes() {
    let (repo, facts, histories) = histories("fixtures/sql-folders");
    let mut said = String::new();
    for history in &histories {
        // Its statements are wrong on purpose.
        if history.folder.starts_with("golang-migrate") {
            continue;
        }
        let replayed = history::replay(&facts, history, None);
        let lines =
            lines(&HistoryEntry::new((&history.folder, None), history.migrations.len(), None, &replayed));
        if let Some(connection) = connection() {
            let mut script = String::new();
            for &id in &history.migrations {
                // A whole file, as its tool would send it.
                let text = &repo.file(facts.get(id).span.file).text;
                let back = ["-- +goose Down", "-- migrate:down"].iter().find_map(|mark| text.find(mark));
                script.push_str(&text[..back.unwrap_or(text.len())]);
                script.push('\n');
            }
            let real = postgres(&connection, "deploylint_folders", &script);
            assert_same(&history.folder, &real, &lines);
        }
        let _ = writeln!(said, "{}", history.folder);
        for line in lines {
            let _ = writeln!(said, "    {line}");
        }
    }
    expect_catalog("fixtures/sql-folders.catalog.txt", &said);
}

fn assert_same(what: &str, real: &BTreeSet<String>, lines: &BTreeSet<String>) {
    let text = |lines: &BTreeSet<String>| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    assert!(real == lines, "{what}:\n{}", diff(&text(real), &text(lines)));
}

#[test]
fn the_clean_shop_makes_what_postgres_makes() {
    let (_, facts, histories) = histories("fixtures/shop-clean");
    let mut said = String::new();
    for history in &histories {
        let by_builder: BTreeSet<String> = history
            .migrations
            .iter()
            .flat_map(|&id| facts.children(id))
            .map(|&id| facts.get(id))
            .filter(|fact| fact.text(change::VIA) == Some("builder"))
            .filter_map(|fact| fact.text(change::TABLE).map(plain))
            .collect();
        // What the builder makes is not in the script, and what refers to it fails there.
        let of_sql = |line: &String| {
            let table = line.split([' ', '.']).nth(1).unwrap_or_default();
            !by_builder.contains(table)
        };
        let replayed = history::replay(&facts, history, None);
        let entry = HistoryEntry::new((&history.folder, None), history.migrations.len(), None, &replayed);
        let own: BTreeSet<String> = lines(&entry).into_iter().filter(of_sql).collect();
        if let Some(connection) = connection() {
            let mut script = "\\set ON_ERROR_STOP off\nCREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';\n".to_owned();
            for &id in &history.migrations {
                script.push_str(&statements(&facts, id));
            }
            let real = postgres(&connection, "deploylint_shop", &script).into_iter().filter(of_sql).collect();
            assert_same(&history.folder, &real, &own);
        }
        said.extend(own.iter().map(|line| format!("{line}\n")));
    }
    expect_catalog("fixtures/shop-clean.catalog.txt", &said);
}

/// Without a real one, nothing rewrites what a real one said.
fn expect_catalog(path: &str, said: &str) {
    if connection().is_some() || !crate::support::updating() {
        expect_file(path, said);
    }
}
