//! What was understood: facts for people, for tools that match lines, for machines. The debugging
//! tool of those who write rules.

use std::collections::BTreeMap;
use std::fmt::Write;

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use super::document::{Place, Problem, ProblemKind};
use super::places::Places;
use super::visible;
use crate::facts::{Fact, FactId, Facts, Value};
use crate::finding::Finding;
use crate::repo::Repo;

/// Levels of containment that indent a fact in the human form.
const MAX_INDENT: usize = 6;

/// The facts of `deploylint facts --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "deploylint facts")]
pub struct FactsDocument {
    /// Version of this format. Within it, fields are only added.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// By path and place; a fact comes after the one that contains it.
    pub facts: Vec<FactEntry>,
    /// What could not be read or parsed.
    pub problems: Vec<Problem>,
}

/// A fact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FactEntry {
    pub kind: String,
    #[serde(flatten)]
    pub place: Place,
    /// The fact that contains it: an index into `facts`.
    pub parent: Option<usize>,
    /// The fields that are set, in the vocabulary's order.
    #[schemars(with = "BTreeMap<String, FieldEntry>")]
    pub fields: serde_json::Map<String, Json>,
    /// How an entry point leads here; empty for a fact as written.
    pub route: Vec<RouteEntry>,
}

/// A field of a fact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FieldEntry {
    /// A boolean, a number, a string, an array of strings, or an object of strings.
    pub value: Json,
    #[serde(flatten)]
    pub place: Place,
}

/// One stop on the way from an entry point to a fact.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RouteEntry {
    #[serde(flatten)]
    pub place: Place,
    pub text: String,
}

/// Facts of the files that `shown` accepts, by path and place, a fact after the one around it.
fn ordered(facts: &Facts, repo: &Repo, shown: impl Fn(&str) -> bool) -> Vec<FactId> {
    let mut ids: Vec<FactId> = facts.ids().filter(|&id| shown(repo.path(facts.get(id).span.file))).collect();
    ids.sort_by_cached_key(|&id| {
        let span = facts.get(id).span;
        // Of facts that begin together, the one around the others comes first.
        (repo.path(span.file), span.start, facts.around(id).count(), id)
    });
    ids
}

/// A block for each file: each fact with its place, its fields below it.
#[must_use]
pub fn human(facts: &Facts, repo: &Repo, shown: impl Fn(&str) -> bool) -> String {
    let mut places = Places::new(repo);
    let mut out = String::new();
    let mut file = None;
    for id in ordered(facts, repo, shown) {
        let fact = facts.get(id);
        if file != Some(fact.span.file) {
            let gap = if file.is_some() { "\n" } else { "" };
            let _ = writeln!(out, "{gap}{}", visible::line(repo.path(fact.span.file)));
            file = Some(fact.span.file);
        }
        let depth = facts.around(id).take(MAX_INDENT).count();
        write_block(&mut out, fact, depth, &mut places);
    }
    out
}

/// One line for each fact: `path:line:col: kind field=value …`.
#[must_use]
pub fn concise(facts: &Facts, repo: &Repo, shown: impl Fn(&str) -> bool) -> String {
    let mut places = Places::new(repo);
    let mut out = String::new();
    for id in ordered(facts, repo, shown) {
        let fact = facts.get(id);
        let at = places.start(fact.span);
        let path = visible::line(repo.path(fact.span.file));
        let _ = write!(out, "{path}:{}:{}: {}", at.line, at.col, fact.kind.name());
        for (field, slot) in fact.fields() {
            let _ = write!(out, " {}={}", field.name(), one_word(&slot.value));
        }
        out.push('\n');
    }
    out
}

/// The facts as JSON, with the `problems` of the reading.
#[must_use]
pub fn document(
    facts: &Facts,
    problems: &[Finding],
    repo: &Repo,
    shown: impl Fn(&str) -> bool,
) -> FactsDocument {
    let mut places = Places::new(repo);
    let ids = ordered(facts, repo, &shown);
    let index: FxHashMap<FactId, usize> = ids.iter().enumerate().map(|(index, &id)| (id, index)).collect();
    let entries = ids.iter().map(|&id| {
        let fact = facts.get(id);
        let parent = facts.around(id).find_map(|parent| index.get(&parent).copied());
        FactEntry {
            kind: fact.kind.name().to_owned(),
            place: Place::new(fact.span, &mut places),
            parent,
            fields: fact
                .fields()
                .map(|(field, slot)| {
                    let place = Place::new(slot.span, &mut places);
                    let entry = FieldEntry { value: json_value(&slot.value), place };
                    (field.name().to_owned(), serde_json::to_value(entry).unwrap_or_default())
                })
                .collect(),
            route: fact
                .route
                .iter()
                .map(|step| RouteEntry {
                    place: Place::new(step.span, &mut places),
                    text: step.text.to_string(),
                })
                .collect(),
        }
    });
    let facts = entries.collect();
    let problems = problems
        .iter()
        .filter(|problem| shown(repo.path(problem.primary.span.file)))
        .map(|problem| Problem::new(ProblemKind::ParseError, problem, &mut places))
        .collect();
    FactsDocument { schema: 1, facts, problems }
}

fn write_block(out: &mut String, fact: &Fact, depth: usize, places: &mut Places<'_>) {
    let indent = "  ".repeat(depth + 1);
    let at = places.start(fact.span);
    let _ = writeln!(out, "{indent}{} at {}:{}", fact.kind.name(), at.line, at.col);
    let wide = fact.fields().map(|(field, _)| field.name().len()).max().unwrap_or(0);
    for (field, slot) in fact.fields() {
        let _ = write!(out, "{indent}    {:wide$}  {}", field.name(), value(&slot.value));
        let elsewhere = slot.span.file != fact.span.file;
        if elsewhere {
            let at = places.start(slot.span);
            let path = visible::line(places.path(slot.span.file));
            let _ = write!(out, "  ({path}:{}:{})", at.line, at.col);
        }
        out.push('\n');
    }
    for step in fact.route.iter() {
        let at = places.start(step.span);
        let path = visible::line(places.path(step.span.file));
        let text = visible::line(&step.text);
        let _ = writeln!(out, "{indent}    {:wide$}  {path}:{}:{} {text}", "via", at.line, at.col);
    }
}

/// A value on one line, readable.
fn value(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Text(_) | Value::Word(_) => match value.as_text().unwrap_or_default() {
            "" => "\"\"".to_owned(),
            text => visible::line(text),
        },
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|(item, _)| visible::line(item)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(pairs) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(name, value, _)| {
                    let equals = if value.is_empty() { "" } else { "=" };
                    format!("{}{equals}{}", visible::line(name), visible::line(value))
                })
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// A value as one word: JSON, so that a text with spaces stays one.
fn one_word(value: &Value) -> String {
    let json = json_value(value).to_string();
    json.chars().fold(String::with_capacity(json.len()), |mut out, c| {
        visible::push(&mut out, c);
        out
    })
}

fn json_value(value: &Value) -> Json {
    match value {
        Value::Bool(value) => Json::from(*value),
        Value::Int(value) => Json::from(*value),
        Value::Text(_) | Value::Word(_) => Json::from(value.as_text().unwrap_or_default()),
        Value::List(items) => items.iter().map(|(item, _)| Json::from(item.as_ref())).collect(),
        Value::Map(pairs) => Json::Object(
            pairs.iter().map(|(name, value, _)| (name.to_string(), Json::from(value.as_ref()))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::words::{command, fly_config, release};
    use crate::facts::{Reading, Step};
    use crate::text::Span;

    /// A release command and what it runs, in two files.
    fn example() -> (Facts, Repo) {
        let mut repo = Repo::default();
        let toml = repo.insert(
            "fly.toml",
            b"app = \"shop\"\n[deploy]\nrelease_command = \"npm run x\"\n".to_vec(),
            false,
        );
        let script = repo.insert("x.sh", "echo '日本' \u{1b}[1m\n".into(), false);
        let mut reading = Reading::default();
        let app = reading.add(Fact::new(fly_config::KIND, Span::new(toml, 0, 52)).with(
            fly_config::APP,
            "shop",
            Span::new(toml, 7, 11),
        ));
        let text = Span::new(toml, 41, 50);
        let run = Fact::new(release::KIND, text)
            .with(release::TEXT, "npm run x", text)
            .with(release::PROTECTED, true, text)
            .inside(Some(app));
        reading.add(run);
        let mut echo = Fact::new(command::KIND, Span::new(script, 0, 13))
            .with(command::TEXT, "echo '日本' \u{1b}[1m", Span::new(script, 0, 13))
            .with(command::WORDS, vec![("日本".into(), Span::new(script, 6, 12))], Span::new(script, 5, 13))
            .with(
                command::FLAGS,
                vec![("app".into(), "shop".into(), Span::new(toml, 7, 11)), ("yes".into(), "".into(), text)],
                Span::new(toml, 7, 11),
            );
        echo.route.push(Step { span: text, text: "npm run x".into() });
        reading.add(echo);
        (Facts::gather(vec![reading]).0, repo)
    }

    #[test]
    fn people_see_blocks() {
        let (facts, repo) = example();
        let expected = "\
fly.toml
  fly.config at 1:1
      app  shop
    release at 3:20
        text       npm run x
        protected  true

x.sh
  command at 1:1
      text   echo '日本' ␛[1m
      words  [日本]
      flags  {app=shop, yes}  (fly.toml:1:8)
      via    fly.toml:3:20 npm run x
";
        assert_eq!(human(&facts, &repo, |_| true), expected);
        assert_eq!(human(&facts, &repo, |_| false), "");
    }

    #[test]
    fn tools_see_lines() {
        let (facts, repo) = example();
        let expected = "\
fly.toml:1:1: fly.config app=\"shop\"
fly.toml:3:20: release text=\"npm run x\" protected=true
x.sh:1:1: command text=\"echo '日本' \\u001b[1m\" words=[\"日本\"] flags={\"app\":\"shop\",\"yes\":\"\"}
";
        assert_eq!(concise(&facts, &repo, |_| true), expected);
    }

    #[test]
    fn machines_see_their_schema() {
        let (facts, repo) = example();
        let problem = Finding::syntax("no", Span::new(crate::text::FileId(0), 3, 4));
        let json = serde_json::to_value(document(&facts, &[problem], &repo, |_| true)).unwrap();
        let schema = crate::report::document::schema_of::<FactsDocument>();
        let schema: Json = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(json["facts"][1]["parent"], 0);
        assert_eq!(json["facts"][1]["fields"]["protected"]["value"], true);
        assert_eq!(json["facts"][2]["fields"]["flags"]["value"]["app"], "shop");
        assert_eq!(json["facts"][2]["fields"]["flags"]["path"], "fly.toml");
        assert_eq!(json["facts"][2]["route"][0]["text"], "npm run x");
        assert_eq!(json["problems"][0]["kind"], "parse-error");
        let mut wrong = json.clone();
        wrong["facts"][0]["fields"]["app"] = Json::from("shop");
        assert!(!validator.is_valid(&wrong));
    }
}
