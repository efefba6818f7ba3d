use super::cases::{MSSQL, MYSQL, POSTGRES, SQLITE, STRANGE};
use super::*;
use crate::facts::words::CHANGES;

fn only(sql: &str) -> Statement {
    let (mut statements, faults) = parse(sql);
    assert_eq!(faults, [], "{sql}");
    assert_eq!(statements.len(), 1, "{sql}: {statements:#?}");
    statements.remove(0)
}

fn kinds(statement: &Statement) -> Vec<&'static str> {
    statement.actions.iter().map(|action| action.change).collect()
}

fn all_cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    [POSTGRES, MYSQL, SQLITE, MSSQL, STRANGE].into_iter().flatten().copied()
}

#[test]
fn every_family_is_classified() {
    let mut wrong = Vec::new();
    for (sql, expected) in all_cases() {
        let (statements, _) = parse(sql);
        let found: Vec<&str> = statements.iter().flat_map(kinds).collect();
        if statements.len() != 1 || found.join(" ") != expected {
            wrong.push(format!(
                "{sql}\n  expected {expected}\n  found {found:?} in {} statements",
                statements.len()
            ));
        }
        for change in found {
            assert!(CHANGES.contains(&change), "{change}");
        }
    }
    assert!(all_cases().count() >= 350, "{}", all_cases().count());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_parser_agrees_wherever_it_can_read() {
    let (mut wrong, mut read, mut compared) = (Vec::new(), 0, 0);
    for (sql, expected) in all_cases() {
        let lexed = lexer::lex(sql);
        let dialect = dialect::of_tokens(sql, &lexed.tokens);
        let Some(tree) = detail::Parser::default().tree(sql, &lexed.tokens, dialect) else { continue };
        read += 1;
        let Some(theirs) = oracle::changes(&tree) else { continue };
        compared += 1;
        if MISREAD.contains(&sql) {
            continue;
        }
        // Changes within a WITH are ours alone.
        let own: Vec<&str> = expected.split(' ').take(theirs.len()).collect();
        if own != theirs || (expected.split(' ').count() != own.len() && !sql.starts_with("WITH")) {
            wrong.push(format!("{sql}\n  ours {expected}\n  theirs {theirs:?}"));
        }
        let ours: Vec<oracle::ColumnDetail> = only(sql).actions.iter().filter_map(column_detail).collect();
        let columns = oracle::columns(&tree);
        if ours != columns && !columns.is_empty() {
            wrong.push(format!("{sql}\n  ours {ours:?}\n  theirs {columns:?}"));
        }
    }
    println!("{} statements, {read} read, {compared} compared", all_cases().count());
    assert!(compared > 200, "{compared}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The parser takes these for PostgreSQL and reads a column called `INDEX` or `KEY`, and a type `NOT`.
const MISREAD: &[&str] = &[
    "ALTER TABLE orders ADD INDEX i (a)",
    "ALTER TABLE orders ADD KEY i (a)",
    "ALTER TABLE orders ADD COLUMN a NOT NULL DEFAULT ''",
];

fn column_detail(action: &Action) -> Option<oracle::ColumnDetail> {
    let plain = |piece: &Option<Piece>| piece.as_ref().map(|piece| oracle::plain(&piece.text));
    let defines =
        matches!(action.change, "add-column" | "rename-column" | "alter-column-type" | "set-default");
    (defines && (action.data_type.is_some() || action.default.is_some() || action.change == "add-column"))
        .then(|| oracle::ColumnDetail {
            data_type: plain(&action.data_type),
            default: plain(&action.default),
            not_null: action.not_null,
        })
}
