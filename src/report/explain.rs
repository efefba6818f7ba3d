//! One rule's page: its Markdown, readable in a terminal, or as JSON. Knows Markdown's fences and
//! headings, no rule language.

use std::fmt::Write;

use anstyle::{AnsiColor, Effects, Style as Paint};
use schemars::JsonSchema;
use serde::Serialize;

use super::document::print;
use super::human::Style;
use super::rules::RuleInfo;
use super::visible;

/// A rule of `deploylint explain --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "deploylint rule")]
pub struct RuleDocument {
    /// Version of this format. Within it, fields are only added.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    #[serde(flatten)]
    pub rule: RuleInfo,
    /// Why it matters and what to do instead, Markdown.
    pub prose: String,
    /// The whole file of the rule, Markdown.
    pub source: String,
}

impl RuleDocument {
    #[must_use]
    pub fn new(rule: RuleInfo, prose: &str, source: &str) -> Self {
        Self { schema: 1, rule, prose: prose.to_owned(), source: source.to_owned() }
    }

    #[must_use]
    pub fn json(&self) -> String {
        print(self)
    }

    /// Title, name and level, prose, examples.
    #[must_use]
    pub fn human(&self, style: &Style) -> String {
        let paint = |text: &str, paint: Paint| {
            if style.color { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
        };
        let bold = Paint::new().effects(Effects::BOLD);
        let mut out = vec![paint(&visible::line(&self.rule.summary), bold), self.facts(), String::new()];
        for part in parts(&self.source) {
            match part {
                Part::Line(line) if line.starts_with("# ") => {}
                Part::Line(line) => out.push(prose(line, style, bold)),
                Part::Fence { info, .. } if is_condition(info) => {}
                Part::Fence { info, lines } => {
                    if let Some(heading) = heading(info) {
                        let color = match heading.verdict {
                            "bad" => AnsiColor::Red,
                            "good" => AnsiColor::Green,
                            _ => AnsiColor::Cyan,
                        };
                        out.push(paint(&heading.text, color.on_default().effects(Effects::BOLD)));
                    }
                    out.extend(lines.iter().map(|line| format!("    {}", visible::block(line).trim_end())));
                    out.push(String::new());
                }
            }
        }
        // Where the condition and the title stood, empty lines came together.
        out.dedup_by(|line, before| line.trim().is_empty() && before.trim().is_empty());
        let text: Vec<&str> = out.iter().map(|line| line.trim_end()).collect();
        text.join("\n").trim_end().to_owned() + "\n"
    }

    /// `name · level · since …` on one line.
    fn facts(&self) -> String {
        let rule = &self.rule;
        let mut words = vec![visible::line(&rule.name), rule.severity.name().to_owned()];
        if rule.level() == "off" {
            words.push("off by default".to_owned());
        }
        if rule.fixable {
            words.push("fixable".to_owned());
        }
        if !rule.since.is_empty() {
            words.push(format!("since {}", visible::line(&rule.since)));
        }
        if !rule.aliases.is_empty() {
            words.push(format!("also known as {}", visible::line(&rule.aliases.join(", "))));
        }
        for (name, value) in &rule.parameters {
            words.push(format!("${} = {}", visible::line(name), visible::line(&value.to_string())));
        }
        words.join(" · ")
    }
}

/// A piece of a Markdown text.
enum Part<'a> {
    Line(&'a str),
    Fence { info: &'a str, lines: Vec<&'a str> },
}

struct Heading<'a> {
    verdict: &'a str,
    text: String,
}

/// The text's lines, fences as a whole. A fence that nothing closes ends with the text.
fn parts(source: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let ticks = line.len() - line.trim_start_matches('`').len();
        if ticks < 3 {
            parts.push(Part::Line(line));
            continue;
        }
        let closes =
            |line: &&str| line.trim_end().len() >= ticks && line.trim_end().chars().all(|c| c == '`');
        let mut inside = Vec::new();
        for line in lines.by_ref() {
            if closes(&line) {
                break;
            }
            inside.push(line);
        }
        parts.push(Part::Fence { info: line[ticks..].trim(), lines: inside });
    }
    parts
}

fn is_condition(info: &str) -> bool {
    info.split_whitespace().nth(1) == Some("rule")
}

/// What stands above an example: its verdict, file and case.
fn heading(info: &str) -> Option<Heading<'_>> {
    let mut words = info.split_whitespace().skip(1);
    let verdict = words.next()?;
    let value = |name: &str| info.split_whitespace().find_map(|word| word.strip_prefix(name));
    let mut text = match verdict {
        "bad" => "Bad".to_owned(),
        "good" => "Good".to_owned(),
        "fixed" => "After its fix".to_owned(),
        "says" => return Some(Heading { verdict, text: "deploylint says:".to_owned() }),
        _ => return None,
    };
    if let Some(case) = value("case=") {
        let _ = write!(text, " ({})", visible::line(case));
    }
    if let Some(path) = value("path=") {
        let _ = write!(text, ": {}", visible::line(path));
    }
    Some(Heading { verdict, text })
}

/// A line of prose; `**words**` lose their stars and are bold in colour.
fn prose(line: &str, style: &Style, bold: Paint) -> String {
    let line = visible::block(line);
    let line = line.trim_end();
    if line.starts_with('#') {
        let text = line.trim_start_matches('#').trim_start();
        return if style.color { format!("{bold}{text}{bold:#}") } else { text.to_owned() };
    }
    let parts: Vec<&str> = line.split("**").collect();
    if parts.len().is_multiple_of(2) {
        return line.to_owned();
    }
    parts
        .iter()
        .enumerate()
        .map(
            |(index, part)| {
                if index % 2 == 1 && style.color {
                    format!("{bold}{part}{bold:#}")
                } else {
                    (*part).to_owned()
                }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::document::{Severity, schema_of};
    use crate::report::rules::{self, Default as OnOff, RulesDocument};
    use serde_json::Value as Json;

    const SOURCE: &str = "\
# Seed data in the release phase

```toml rule
severity = \"error\"
on = \"release\"
```

**What breaks.** Every deploy
writes seed data.

````toml bad path=fly.toml case=one
[deploy]
release_command = \"npm run seed\"
````
```text says
error[release/runs-seed]
```

```toml good path=fly.toml
[deploy]
```
";

    fn page() -> RuleDocument {
        let info = RuleInfo {
            name: "release/runs-seed".to_owned(),
            family: "release".to_owned(),
            summary: "Seed data in the release phase".to_owned(),
            severity: Severity::Error,
            default: OnOff::Off,
            since: "0.1".to_owned(),
            tags: vec!["release".to_owned()],
            aliases: Vec::new(),
            parameters: [("commands".to_owned(), Json::from(vec!["a"]))].into(),
            fixable: false,
            on: "release".to_owned(),
        };
        RuleDocument::new(info, "**What breaks.** Every deploy\nwrites seed data.", SOURCE)
    }

    #[test]
    fn a_page_is_readable() {
        let expected = "\
Seed data in the release phase
release/runs-seed · error · off by default · since 0.1 · $commands = [\"a\"]

What breaks. Every deploy
writes seed data.

Bad (one): fly.toml
    [deploy]
    release_command = \"npm run seed\"

deploylint says:
    error[release/runs-seed]

Good: fly.toml
    [deploy]
";
        assert_eq!(page().human(&Style::default()), expected);
        let colored = page().human(&Style { color: true, ..Style::default() });
        assert!(colored.contains("\u{1b}[1mWhat breaks.\u{1b}[0m Every deploy"), "{colored:?}");
    }

    #[test]
    fn any_text_gives_a_page() {
        for source in ["", "```", "# t\n````", "```toml bad", "** a ** b **", "\u{1b}[2J"] {
            let page = RuleDocument { source: source.to_owned(), ..page() };
            assert!(!page.human(&Style::default()).contains('\u{1b}'));
        }
    }

    #[test]
    fn lists_and_pages_meet_their_schemas() {
        let valid = |schema: String, text: &str| {
            let schema: Json = serde_json::from_str(&schema).unwrap();
            let json: Json = serde_json::from_str(text).unwrap();
            jsonschema::validator_for(&schema).unwrap().is_valid(&json)
        };
        let list = rules::json(vec![page().rule]);
        assert!(valid(schema_of::<RulesDocument>(), &list), "{list}");
        assert!(valid(schema_of::<RuleDocument>(), &page().json()));
        assert!(!valid(schema_of::<RuleDocument>(), &list));
        assert_eq!(
            rules::human(&[page().rule]),
            "release/runs-seed  off      Seed data in the release phase\n"
        );
        assert_eq!(
            rules::concise(&[page().rule]),
            "release/runs-seed: off: Seed data in the release phase\n"
        );
    }
}
