//! The report as JSON, `schema: 1`: fields are only added to it. Deterministic: no absolute path, no
//! time. `docs/json.md` tells each field.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use super::places::{Places, floor};
use crate::finding::{self, Finding};
use crate::repo::Repo;
use crate::text::Span;

/// A report of `deploylint check --format json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "deploylint report")]
pub struct Document {
    /// Version of this format. Within it, fields are only added.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    pub tool: Tool,
    /// The folder that paths start from.
    pub root: String,
    /// The revision that the report compares with.
    pub base: Option<String>,
    /// The date that expiry dates are compared with.
    pub as_of: Option<String>,
    /// The rules of the diagnostics, by name.
    pub rules: BTreeMap<String, RuleEntry>,
    /// By path, place and rule.
    pub diagnostics: Vec<Entry>,
    /// What could not be read, parsed or used.
    pub problems: Vec<Problem>,
    pub summary: Summary,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Tool {
    pub name: String,
    pub version: String,
}

/// What a report says about a rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RuleEntry {
    pub summary: String,
    /// Where the rule is documented.
    pub url: Option<String>,
    pub severity: Severity,
    /// The rule's family.
    pub category: String,
    /// Whether its findings come with fixes.
    pub fix: FixAvailability,
    /// The first version that has the rule.
    pub since: String,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Info,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FixAvailability {
    Always,
    Sometimes,
    Never,
}

/// A finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Entry {
    pub rule: String,
    pub severity: Severity,
    pub message: String,
    pub help: Option<String>,
    /// The same for the same finding when other lines of the file change: made of the rule, the
    /// path, the words at the primary place, and the how-manieth such finding it is.
    #[schemars(regex(pattern = "^v1:[0-9a-f]{16}$"))]
    pub fingerprint: String,
    pub primary: Primary,
    pub related: Vec<Related>,
    /// The sentence of the runbook that asks for the rule.
    pub policy: Option<PolicyQuote>,
    pub context: Context,
    pub fixes: Vec<FixEntry>,
    pub suppressed: Option<Suppression>,
}

/// Where it is wrong.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Primary {
    #[serde(flatten)]
    pub place: Place,
    /// What to say there; may be empty.
    pub label: String,
}

/// A place that belongs to a finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Related {
    #[serde(flatten)]
    pub place: Place,
    pub role: Role,
    /// What to say there; may be empty.
    pub message: String,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Cause,
    Context,
    Expected,
}

/// A range of a file, its end exclusive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// From the root, with `/`.
    pub path: String,
    pub start: Point,
    pub end: Point,
    /// First byte of the file, and the byte after the last one.
    pub bytes: [u32; 2],
}

/// A position; all numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Point {
    #[schemars(range(min = 1))]
    pub line: u32,
    /// Column in code points.
    #[schemars(range(min = 1))]
    pub col: u32,
    /// Column in UTF-8 bytes.
    #[schemars(range(min = 1))]
    pub utf8: u32,
    /// Column in UTF-16 code units.
    #[schemars(range(min = 1))]
    pub utf16: u32,
}

#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PolicyQuote {
    pub path: String,
    pub heading: Option<String>,
    pub start: Point,
    pub quote: String,
}

/// What the primary place belongs to, as far as known.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Context {
    /// The kind of file, such as `workflow`.
    pub artifact: Option<String>,
    /// The way to it in the file, such as `jobs.deploy.steps[3].run`.
    pub logical: Option<String>,
    /// The environment that it works on.
    pub env: Option<String>,
}

/// A change that removes the finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FixEntry {
    pub title: String,
    pub applicability: Applicability,
    /// Without overlaps, by path and place.
    pub edits: Vec<EditEntry>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Applicability {
    /// It keeps what the file does apart from what is wrong.
    Safe,
    /// It has to be looked at.
    Unsafe,
}

/// Replaces bytes of a file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EditEntry {
    pub path: String,
    pub bytes: [u32; 2],
    pub insert: String,
}

/// Why a finding does not count.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Suppression {
    pub by: SuppressedBy,
    pub reason: Option<String>,
    pub expires: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SuppressedBy {
    Inline,
    Baseline,
    Config,
}

/// Something that could not be checked, or used to check with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Problem {
    pub kind: ProblemKind,
    pub path: String,
    pub message: String,
    pub help: Option<String>,
    /// Where it is; absent when the file could not be opened.
    pub start: Option<Point>,
    pub end: Option<Point>,
    pub bytes: Option<[u32; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// A part of a checked file that its reader does not understand.
    ParseError,
    /// A mistake in the policy file.
    Config,
    /// A file or folder that could not be opened.
    Unreadable,
    MissingBase,
}

/// Counts. Problems are not among the findings.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Summary {
    pub error: usize,
    pub warning: usize,
    pub info: usize,
    pub suppressed: usize,
    /// Findings that come with a fix.
    pub fixable: usize,
    /// Files read.
    pub files: usize,
    pub problems: usize,
    /// Findings and problems that lie outside of the given paths and are left out.
    pub hidden: usize,
}

/// The report as a JSON document of [`Document`]'s form.
#[must_use]
pub fn json(report: &Report, repo: &Repo) -> String {
    Document::new(report, repo, |_| true).print()
}

/// The JSON Schema of a `T`.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> String {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    print(&settings.into_generator().into_root_schema_for::<T>())
}

/// Pretty JSON with a newline at the end.
#[must_use]
pub fn print(value: &impl Serialize) -> String {
    // Only maps with keys that are no strings, and writers that fail, give errors.
    serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default()
}

impl Document {
    /// The document with those findings and problems that `shown` accepts.
    #[must_use]
    pub fn new(report: &Report, repo: &Repo, shown: impl Fn(&Finding) -> bool) -> Self {
        let mut places = Places::new(repo);
        let mut document = Self::empty(report.files);
        let mut seen = FxHashMap::default();
        for finding in &report.findings {
            // Hidden findings count too, so that a fingerprint does not depend on what is shown.
            let fingerprint = fingerprint(finding, &places, &mut seen);
            if shown(finding) {
                document.add_rule(report, finding);
                let entry = Entry::new(finding, fingerprint, &mut places);
                document.diagnostics.push(entry);
            } else {
                document.summary.hidden += 1;
            }
        }
        for problem in &report.problems {
            if shown(problem) {
                document.add_problem(Problem::new(ProblemKind::ParseError, problem, &mut places));
            } else {
                document.summary.hidden += 1;
            }
        }
        document.count();
        document
    }

    /// A document without findings, of `files` files.
    #[must_use]
    pub fn empty(files: usize) -> Self {
        Self {
            schema: 1,
            tool: Tool {
                name: env!("CARGO_PKG_NAME").to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            root: ".".to_owned(),
            base: None,
            as_of: None,
            rules: BTreeMap::new(),
            diagnostics: Vec::new(),
            problems: Vec::new(),
            summary: Summary { files, ..Summary::default() },
        }
    }

    pub fn add_problem(&mut self, problem: Problem) {
        self.problems.push(problem);
        self.summary.problems += 1;
    }

    #[must_use]
    pub fn print(&self) -> String {
        print(self)
    }

    fn add_rule(&mut self, report: &Report, finding: &Finding) {
        let Some((name, rule)) = report.rules.get_key_value(&finding.rule) else { return };
        self.rules.entry(name.to_string()).or_insert_with(|| RuleEntry {
            summary: rule.summary.clone(),
            url: None,
            severity: rule.severity.into(),
            category: name.split('/').next().unwrap_or_default().to_owned(),
            fix: if rule.fixable { FixAvailability::Sometimes } else { FixAvailability::Never },
            since: rule.since.clone(),
        });
    }

    fn count(&mut self) {
        for entry in &self.diagnostics {
            *match entry.severity {
                Severity::Error => &mut self.summary.error,
                Severity::Warning => &mut self.summary.warning,
                Severity::Info => &mut self.summary.info,
            } += 1;
            self.summary.fixable += usize::from(!entry.fixes.is_empty());
        }
    }
}

impl Entry {
    fn new(finding: &Finding, fingerprint: String, places: &mut Places<'_>) -> Self {
        let at = finding.primary.span;
        Self {
            rule: finding.rule.to_string(),
            severity: finding.severity.into(),
            message: finding.message.clone(),
            help: finding.help.clone(),
            fingerprint,
            primary: Primary { place: Place::new(at, places), label: finding.primary.text.clone() },
            related: finding
                .related
                .iter()
                .map(|label| Related {
                    place: Place::new(label.span, places),
                    role: Role::Context,
                    message: label.text.clone(),
                })
                .collect(),
            policy: None,
            context: Context {
                artifact: artifact(places.path(at.file)).map(str::to_owned),
                logical: None,
                env: None,
            },
            fixes: finding.fixes.iter().map(|fix| FixEntry::new(fix, places)).collect(),
            suppressed: None,
        }
    }
}

impl FixEntry {
    fn new(fix: &finding::Fix, places: &Places<'_>) -> Self {
        let mut edits: Vec<EditEntry> = fix
            .edits
            .iter()
            .map(|edit| EditEntry {
                path: places.path(edit.span().file).to_owned(),
                bytes: [edit.span().start, edit.span().end],
                insert: edit.insert().to_owned(),
            })
            .collect();
        edits.sort_by(|a, b| (&a.path, a.bytes).cmp(&(&b.path, b.bytes)));
        let applicability = if fix.safe { Applicability::Safe } else { Applicability::Unsafe };
        Self { title: fix.title.clone(), applicability, edits }
    }
}

impl Problem {
    /// A problem at a finding's place.
    #[must_use]
    pub fn new(kind: ProblemKind, finding: &Finding, places: &mut Places<'_>) -> Self {
        let place = Place::new(finding.primary.span, places);
        Self {
            kind,
            path: place.path,
            message: finding.message.clone(),
            help: finding.help.clone(),
            start: Some(place.start),
            end: Some(place.end),
            bytes: Some(place.bytes),
        }
    }

    /// A file or folder that could not be opened.
    #[must_use]
    pub fn unreadable(path: &str, message: &str) -> Self {
        Self {
            kind: ProblemKind::Unreadable,
            path: path.to_owned(),
            message: message.to_owned(),
            help: None,
            start: None,
            end: None,
            bytes: None,
        }
    }
}

impl Place {
    #[must_use]
    pub fn new(span: Span, places: &mut Places<'_>) -> Self {
        Self {
            path: places.path(span.file).to_owned(),
            start: places.start(span).into(),
            end: places.end(span).into(),
            bytes: [span.start, span.end],
        }
    }
}

impl From<crate::text::Position> for Point {
    fn from(position: crate::text::Position) -> Self {
        Self { line: position.line, col: position.col, utf8: position.utf8, utf16: position.utf16 }
    }
}

impl From<finding::Severity> for Severity {
    fn from(severity: finding::Severity) -> Self {
        match severity {
            finding::Severity::Error => Self::Error,
            finding::Severity::Warning => Self::Warning,
            finding::Severity::Info => Self::Info,
        }
    }
}

/// The kind of file that a path tells.
fn artifact(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let in_folder = |folder: &str| path.split('/').rev().skip(1).any(|segment| segment == folder);
    let typescript = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"].iter().any(|end| name.ends_with(end));
    if yaml && (path.starts_with(".github/workflows/") || path.contains("/.github/workflows/")) {
        Some("workflow")
    } else if matches!(name, "action.yml" | "action.yaml") {
        Some("action")
    } else if name.ends_with(".toml") && (name.starts_with("fly") || name.ends_with(".fly.toml")) {
        Some("fly")
    } else if name.starts_with("Dockerfile")
        || name.starts_with("Containerfile")
        || name.ends_with(".Dockerfile")
    {
        Some("dockerfile")
    } else if name == "package.json" {
        Some("package")
    } else if name.ends_with(".sh") || name.ends_with(".bash") {
        Some("shell")
    } else if typescript && (in_folder("migrations") || in_folder("migration")) {
        Some("migration")
    } else {
        None
    }
}

/// Bytes of the labelled words that a fingerprint looks at.
const FINGERPRINT_BYTES: usize = 1024;

/// Names a finding by rule, path and labelled words; the second one with the same is told apart by
/// its number.
fn fingerprint(finding: &Finding, places: &Places<'_>, seen: &mut FxHashMap<u64, u32>) -> String {
    let span = finding.primary.span;
    let text = places.text(span.file);
    let start = floor(text, span.start as usize);
    let end = floor(text, (span.end as usize).min(start + FINGERPRINT_BYTES)).max(start);
    let words = &text.as_bytes()[start..end];
    let name = fnv(&[finding.rule.as_bytes(), places.path(span.file).as_bytes(), words]);
    let number = seen.entry(name).and_modify(|number| *number += 1).or_insert(0);
    format!("v1:{:016x}", fnv(&[&name.to_le_bytes(), &number.to_le_bytes()]))
}

/// FNV-1a over parts, each ended by a byte that no UTF-8 text holds: the same on every machine and
/// in every version, which the standard library's hashes do not promise.
fn fnv(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.iter().copied().chain([0xff]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
