//! The house's own invariants, held to the source.

use std::fmt::Write as _;

use deploylint::facts::{Kind, Type};
use deploylint::rules::{OPERATORS, WORDS};

use crate::support::{expect_file, project, read};

/// Floors, lowest first; a module may use its own floor's and lower ones.
const FLOORS: &[&[&str]] = &[
    &["text"],
    &["repo", "finding", "facts"],
    &["syntax", "report"],
    &["read", "rules"],
    &["policy"],
    &["check"],
    &["mend"],
    &["doors"],
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// Source files with their top-level module; not those that hold unit tests alone.
fn sources() -> Vec<(String, String, String)> {
    let root = project("src");
    let mut sources: Vec<_> = walkdir::WalkDir::new(&root)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            let module = name.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
            (name, module, read(&path))
        })
        .collect();
    let tests: Vec<String> = sources.iter().flat_map(|(name, _, text)| test_files(name, text)).collect();
    sources.retain(|(name, ..)| !tests.contains(name) && !name.contains("/tests/"));
    sources.sort();
    sources
}

/// The files of `#[cfg(test)] mod name;` in the file `name`.
fn test_files(name: &str, text: &str) -> Vec<String> {
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut files = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim() != "#[cfg(test)]" {
            continue;
        }
        let mut path = None;
        while let Some(next) = lines.next_if(|next| next.trim().starts_with("#[")) {
            path = next.split('"').nth(1).filter(|_| next.contains("path"));
        }
        let Some(module) = lines.peek().and_then(|next| next.trim().strip_prefix("mod ")?.strip_suffix(';'))
        else {
            continue;
        };
        let file = path.map_or_else(|| format!("{module}.rs"), str::to_owned);
        files.push(if folder.is_empty() { file } else { format!("{folder}/{file}") });
    }
    files
}

/// The code of a file without its unit tests at the foot, which may use what they like.
fn code(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line == "#[cfg(test)]" {
            let mut rest = lines.clone().skip_while(|next| next.starts_with("#["));
            if rest.next().is_some_and(|next| next.starts_with("mod ") && next.ends_with('{')) {
                break;
            }
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

#[test]
fn nothing_imports_upward() {
    let mut faults = String::new();
    for (name, module, text) in sources() {
        let Some(own) = floor(&module) else { continue };
        for (number, line) in code(&text).lines().enumerate() {
            let Some(at) = line.find("crate::") else { continue };
            if line.trim_start().starts_with("//") {
                continue;
            }
            let rest = &line[at + "crate::".len()..];
            let names = rest.trim_start_matches('{').split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let other = names.into_iter().next().unwrap_or_default();
            let upward = floor(other).is_some_and(|floor| floor > own);
            let siblings = matches!((module.as_str(), other), ("read", "rules") | ("rules", "read"));
            if upward || siblings {
                let _ = writeln!(faults, "src/{name}:{}: {module} imports {other}", number + 1);
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn only_doors_touch_the_world() {
    let words = ["std::fs", "std::env", "std::process", "std::net", "println!", "eprintln!"];
    let mut faults = String::new();
    for (name, module, text) in sources() {
        if module == "doors" || module == "main" {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) && !line.trim_start().starts_with("//") {
                let _ = writeln!(faults, "src/{name}:{}: {}", number + 1, line.trim());
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn lines_and_columns_stay_in_reports_and_doors() {
    let mut faults = String::new();
    for (name, module, text) in sources() {
        if ["text", "report", "doors"].contains(&module.as_str()) {
            continue;
        }
        if code(&text).contains("LineTable") || code(&text).contains("Position") {
            let _ = writeln!(faults, "src/{name}");
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn syntax_holds_no_deploy_word() {
    let mut faults = String::new();
    for (name, module, text) in sources() {
        if module != "syntax" {
            continue;
        }
        for (number, line) in code(&text).lines().enumerate() {
            let line = line.to_lowercase();
            if ["flyctl", "fly.toml", "deploy ", "release_command", "migrationinterface"]
                .iter()
                .any(|word| line.contains(word))
                && !line.contains("knows languages")
                && !line.trim_start().starts_with("//!")
            {
                let _ = writeln!(faults, "src/{name}:{}: {}", number + 1, line.trim());
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, _, text)| !text.starts_with("//!"))
        .map(|(name, ..)| name)
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_vocabulary_is_documented() {
    let mut text = String::from(
        "# Vocabulary\n\nEvery kind of fact that readers produce and rules may ask for. This page is written from\n\
         `src/facts/words.rs` by `UPDATE=1 cargo test`.\n",
    );
    for kind in Kind::all() {
        let entry = kind.entry();
        let _ = write!(
            text,
            "\n## `{}`\n\n{}\n\n| field | type | meaning |\n|---|---|---|\n",
            entry.name, entry.meaning
        );
        for field in entry.fields {
            let _ = writeln!(
                text,
                "| `{}` | {} | {} |",
                field.name,
                describe(field.ty),
                field.meaning.replace('|', "\\|")
            );
        }
    }
    expect_file("docs/vocabulary.md", &text);
}

/// The words in back-ticks that begin the rows of a document's tables.
fn first_cells(text: &str) -> Vec<String> {
    let cell = |line: &str| line.strip_prefix("| ")?.split(" | ").next().map(str::to_owned);
    text.lines().filter_map(cell).filter(|cell| cell.starts_with('`')).collect()
}

#[test]
fn the_words_of_rules_are_documented() {
    let text = read(&project("docs/writing-rules.md"));
    let cells = first_cells(text.split("## Scopes").next().unwrap());
    let words: Vec<String> = WORDS.iter().map(|word| format!("`{word}`")).collect();
    let undocumented: Vec<_> = words.iter().filter(|word| !cells.contains(word)).collect();
    let unknown: Vec<_> = cells.iter().filter(|cell| !words.contains(cell)).collect();
    assert!(
        undocumented.is_empty() && unknown.is_empty(),
        "undocumented: {undocumented:?}, unknown: {unknown:?}"
    );
    for word in OPERATORS {
        assert!(text.contains(&format!("{{ {word} = ")), "`{word}` is not in docs/writing-rules.md");
    }
}

#[test]
fn the_floors_are_documented() {
    let text = read(&project("docs/architecture.md"));
    for (number, modules) in FLOORS.iter().enumerate() {
        let names: Vec<String> = modules.iter().map(|module| format!("`{module}`")).collect();
        let row = format!("| {number} | {} |", names.join(", "));
        assert!(text.contains(&row), "docs/architecture.md has no row {row}");
    }
}

#[test]
fn every_dependency_is_argued() {
    let text = read(&project("docs/architecture.md"));
    let manifest: toml_edit::DocumentMut = read(&project("Cargo.toml")).parse().unwrap();
    let mut silent = Vec::new();
    for section in ["dependencies", "dev-dependencies"] {
        let names = manifest[section].as_table().unwrap().iter().map(|(name, _)| name.to_owned());
        silent.extend(names.filter(|name| !text.contains(&format!("`{name}`"))));
    }
    assert!(silent.is_empty(), "docs/architecture.md says nothing of {silent:?}");
}

#[test]
fn the_json_fields_are_documented() {
    let text = read(&project("docs/json.md"));
    let schema = deploylint::report::document::schema_of::<deploylint::report::document::Document>();
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let mut silent = std::collections::BTreeSet::new();
    let mut stack = vec![&schema];
    while let Some(value) = stack.pop() {
        if let Some(properties) = value.get("properties").and_then(serde_json::Value::as_object) {
            silent.extend(properties.keys().filter(|name| !text.contains(name.as_str())).cloned());
        }
        match value {
            serde_json::Value::Object(map) => stack.extend(map.values()),
            serde_json::Value::Array(items) => stack.extend(items),
            _ => {}
        }
    }
    assert!(silent.is_empty(), "docs/json.md says nothing of {silent:?}");
}

#[test]
fn the_picture_in_the_readme_is_real() {
    let text = read(&project("README.md"));
    let picture = text.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let report = read(&project("fixtures/shop.report.txt"));
    assert!(report.contains(picture), "README.md shows what `check fixtures/shop` does not print");
}

fn describe(ty: Type) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match ty {
        Type::Bool => "boolean".to_owned(),
        Type::Int => "integer".to_owned(),
        Type::Text => "text".to_owned(),
        Type::OneOf(list) => format!("one of {}", words(list)),
        Type::List => "list".to_owned(),
        Type::SomeOf(list) => format!("list of {}", words(list)),
        Type::Map => "map".to_owned(),
    }
}

/// What is read by its name alone is also what the hook runs for.
#[test]
fn the_hook_runs_for_what_is_read() {
    let text = read(&project(".pre-commit-hooks.yaml"));
    let start = text.find("files: |").unwrap() + "files: |".len();
    let end = text[start..].find(")$").unwrap() + start + 2;
    let pattern = regex::Regex::new(text[start..end].trim()).unwrap();
    let settings = deploylint::read::Settings::default();
    for path in [
        "fly.toml",
        "apps/web/fly.staging.toml",
        ".github/workflows/ci.yml",
        ".github/actions/x/action.yml",
        "Dockerfile.web",
        "package.json",
        "scripts/run.sh",
        "justfile",
        "ops/deploy.just",
        "Makefile",
        "mk/deploy.mk",
        "Procfile",
        "crontab",
        "infra/cron.d/backup",
        "config/deploy.staging.yml",
        ".kamal/hooks/pre-deploy",
        ".husky/pre-commit",
        ".pre-commit-config.yaml",
        "lefthook.yml",
        ".devcontainer/devcontainer.json",
        "docs/runbook.md",
        "src/migrations/1700000000000-A.ts",
        "prisma/migrations/20240101000000_a/migration.sql",
    ] {
        let wanted = deploylint::read::wants(path, &settings);
        assert_ne!(wanted, deploylint::read::Wanted::No, "{path} is not read");
        assert!(pattern.is_match(path), "the hook does not run for {path}");
    }
}
