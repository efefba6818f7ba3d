//! What SQL is understood to say: statements of `tests/sql/*.txt`, each with the changes that it makes
//! behind it, indented. A statement that is split, or is none, would show there too. `UPDATE=1` rewrites
//! the indented lines; a reviewer holds them against the statement.

use std::fmt::Write as _;

use deploylint::syntax::sql::{self, Action, Piece};

use crate::support::{expect_file, project, read};

#[test]
fn statements_say_what_they_change() {
    let mut count = 0;
    for dialect in ["postgres", "blocks", "mysql", "sqlite"] {
        let path = format!("tests/sql/{dialect}.txt");
        let text = read(&project(&path));
        let mut said = String::new();
        for block in
            text.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.is_empty())
        {
            let statement: Vec<&str> = block.lines().filter(|line| !line.starts_with("    = ")).collect();
            let statement = statement.join("\n");
            let _ = writeln!(said, "{statement}");
            if !statement.starts_with("== ") {
                count += 1;
                said.push_str(&changes(&statement));
            }
            said.push('\n');
        }
        expect_file(&path, &format!("{}\n", said.trim_end()));
    }
    assert!(count > 200, "{count}");
}

fn changes(statement: &str) -> String {
    let (statements, faults) = sql::parse(statement);
    let mut said = String::new();
    for fault in faults {
        let _ = writeln!(said, "    = FAULT {}", fault.message);
    }
    for (at, found) in statements.iter().enumerate() {
        for action in &found.actions {
            let place = if at > 0 { format!("({}) ", at + 1) } else { String::new() };
            let _ = writeln!(said, "    = {place}{}", words(action));
        }
    }
    said
}

fn words(action: &Action) -> String {
    let mut words = vec![action.change.to_owned()];
    let mut piece = |name: &str, piece: &Option<Piece>| {
        if let Some(piece) = piece {
            words.push(format!("{name}=<{}>", piece.text.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    };
    piece("table", &action.table);
    piece("column", &action.column);
    piece("object", &action.object);
    piece("new", &action.new_name);
    piece("type", &action.data_type);
    piece("default", &action.default);
    piece("references", &action.references);
    piece("method", &action.method);
    for (name, pieces) in [("columns", &action.columns), ("reads", &action.reads)] {
        if !pieces.is_empty() {
            let names: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
            words.push(format!("{name}=<{}>", names.join(" ")));
        }
    }
    words.extend(action.constraint.map(|kind| format!("constraint={kind}")));
    words.extend(action.generated.map(|kind| format!("generated={kind}")));
    for (name, flag) in [
        ("not-null", action.not_null),
        ("if-exists", action.if_exists),
        ("if-not-exists", action.if_not_exists),
        ("concurrently", action.concurrently),
        ("cascade", action.cascade),
        ("not-valid", action.not_valid),
        ("unique", action.unique),
        ("temporary", action.temporary),
        ("filtered", action.filtered),
        ("using-index", action.using_index),
        ("using", action.using),
    ] {
        words.extend(flag.then(|| name.to_owned()));
    }
    words.join(" ")
}
