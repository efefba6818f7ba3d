//! What expressions of a justfile evaluate to, as text that a shell reads: literal, or with
//! expansions where only a run tells. Knows just's functions.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::syntax::justfile::{Expression, Form, Justfile};
use crate::text::Passage;

/// An expansion of which nothing is known.
const UNKNOWN: &str = "${__expr__}";
/// The repository's root, which `command` knows.
const ROOT: &str = "${__expr_root__}";
/// Longest text that is made, in bytes.
const LONGEST: usize = 4096;
/// Longest chain of variables that is followed.
const MOST_VARIABLES: usize = 24;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub text: String,
    /// Whether the text is known, not expanded when it runs.
    pub literal: bool,
}

impl Value {
    fn literal(text: &str) -> Self {
        Self { text: text.to_owned(), literal: true }
    }

    fn expanded(text: String) -> Self {
        Self { text, literal: false }
    }

    fn unknown() -> Self {
        Self::expanded(UNKNOWN.to_owned())
    }
}

/// The variables of a justfile.
pub(super) struct Scope<'a> {
    assignments: FxHashMap<&'a str, &'a Expression>,
    known: RefCell<FxHashMap<&'a str, Option<Value>>>,
    /// The path of the file itself, and the folder of the justfile that just is started with.
    path: &'a str,
    root: &'a str,
}

impl<'a> Scope<'a> {
    pub fn new(file: &'a Justfile, path: &'a str, root: &'a str) -> Self {
        let assignments =
            file.assignments.iter().map(|assignment| (assignment.name.text(), &assignment.value)).collect();
        Self { assignments, known: RefCell::default(), path, root }
    }

    /// The text of a setting or an attribute with one value, where it is literal.
    pub fn literal(&self, values: &[Expression]) -> Option<String> {
        let [value] = values else { return None };
        Some(self.value(value, &[])).filter(|value| value.literal).map(|value| value.text)
    }

    /// The value of an expression in a recipe with these parameters.
    pub fn value(&self, expression: &Expression, parameters: &[&str]) -> Value {
        self.evaluate(expression, parameters, 0)
    }

    fn evaluate(&self, expression: &Expression, parameters: &[&str], depth: usize) -> Value {
        let value = match &expression.form {
            Form::Text(text) => Value::literal(text.text()),
            Form::Shell(text) => {
                let text = text.text();
                Value { text: text.to_owned(), literal: !text.contains('$') && !text.starts_with('~') }
            }
            Form::Name(name) if parameters.contains(&name.text()) => Value::expanded(expansion(name.text())),
            Form::Name(name) => self.variable(name.text(), depth),
            Form::Call { name, arguments } => self.call(name.text(), arguments, parameters, depth),
            Form::Backtick(text) => Value::expanded(format!("$({})", text.text())),
            Form::Join(parts) => self.joined(parts, "", parameters, depth),
            Form::Path(parts) => self.joined(parts, "/", parameters, depth),
            Form::If { arms, otherwise } => {
                for (condition, then) in arms {
                    let left = self.evaluate(&condition.left, parameters, depth);
                    let Some((operator, right)) = &condition.right else { return Value::unknown() };
                    let right = self.evaluate(right, parameters, depth);
                    if !left.literal || !right.literal {
                        return Value::unknown();
                    }
                    let holds = match operator.text() {
                        "==" => left.text == right.text,
                        "!=" => left.text != right.text,
                        _ => return Value::unknown(),
                    };
                    if holds {
                        return self.evaluate(then, parameters, depth);
                    }
                }
                match otherwise {
                    Some(otherwise) => self.evaluate(otherwise, parameters, depth),
                    None => Value::literal(""),
                }
            }
            Form::Other => Value::unknown(),
        };
        if value.text.len() > LONGEST { Value::unknown() } else { value }
    }

    fn joined(&self, parts: &[Expression], by: &str, parameters: &[&str], depth: usize) -> Value {
        let mut all = Value::literal("");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                all.text.push_str(by);
            }
            let value = self.evaluate(part, parameters, depth);
            all.text.push_str(&value.text);
            all.literal &= value.literal;
            if all.text.len() > LONGEST {
                return Value::unknown();
            }
        }
        all
    }

    /// A variable's value. One that a command gives, or that nothing is known of, is an expansion of
    /// its name.
    fn variable(&self, name: &str, depth: usize) -> Value {
        let Some((&name, &expression)) = self.assignments.get_key_value(name) else {
            return constant(name).map_or_else(Value::unknown, Value::literal);
        };
        match self.known.borrow().get(name) {
            Some(Some(value)) => return value.clone(),
            // A variable that needs itself.
            Some(None) => return Value::unknown(),
            None => {}
        }
        if depth >= MOST_VARIABLES {
            return Value::expanded(expansion(name));
        }
        self.known.borrow_mut().insert(name, None);
        let mut value = self.evaluate(expression, &[], depth + 1);
        if !value.literal && (value.text.contains("$(") || value.text.contains(UNKNOWN)) {
            value = Value::expanded(expansion(name));
        }
        self.known.borrow_mut().insert(name, Some(value.clone()));
        value
    }

    fn call(&self, name: &str, arguments: &[Expression], parameters: &[&str], depth: usize) -> Value {
        let argument =
            |at: usize| arguments.get(at).map(|argument| self.evaluate(argument, parameters, depth));
        let root = |path: &str| {
            let slash = if path.is_empty() { "" } else { "/" };
            Value::expanded(format!("{ROOT}{slash}{path}"))
        };
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        match (name, argument(0)) {
            ("env" | "env_var" | "env_var_or_default", Some(variable)) if is_variable(&variable) => {
                let text = match argument(1) {
                    Some(default) => format!("${{{}:-{}}}", variable.text, default.text),
                    None => format!("${{{}}}", variable.text),
                };
                Value::expanded(text)
            }
            ("quote", Some(value)) if value.literal => Value::literal(&format!("'{}'", value.text)),
            ("quote", Some(value)) => Value::expanded(format!("\"{}\"", value.text)),
            // Programs that must be there, by their names.
            ("require" | "which", Some(value)) => value,
            ("trim", Some(value)) if value.literal => Value::literal(value.text.trim()),
            ("lowercase", Some(value)) if value.literal => Value::literal(&value.text.to_lowercase()),
            ("uppercase", Some(value)) if value.literal => Value::literal(&value.text.to_uppercase()),
            ("assert", _) => argument(1).map_or_else(Value::unknown, |_| Value::literal("")),
            ("shell", Some(value)) if arguments.len() == 1 && value.literal => {
                Value::expanded(format!("$({})", value.text))
            }
            ("just_executable", None) => Value::literal("just"),
            ("justfile_directory" | "justfile_dir", None) => root(self.root),
            ("source_directory" | "source_dir" | "module_directory" | "module_dir", None) => root(folder),
            ("justfile", None) if folder == self.root => root(self.path),
            ("source_file" | "module_file", None) => root(self.path),
            _ => Value::unknown(),
        }
    }
}

fn is_variable(value: &Value) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_';
    value.literal && !value.text.is_empty() && value.text.chars().all(named)
}

/// The expansion that stands for a parameter or a variable. Dashes are no part of a shell's names.
pub(super) fn expansion(name: &str) -> String {
    format!("${{{}}}", name.replace('-', "_"))
}

/// Variables that just sets by itself, as far as they mean something to a command.
fn constant(name: &str) -> Option<&'static str> {
    match name {
        "PATH_SEP" => Some("/"),
        "PATH_VAR_SEP" => Some(":"),
        // Colours and styles of the terminal print nothing.
        "NORMAL" | "BOLD" | "ITALIC" | "UNDERLINE" | "INVERT" | "HIDE" | "STRIKETHROUGH" | "CLEAR"
        | "BLACK" | "RED" | "GREEN" | "YELLOW" | "BLUE" | "MAGENTA" | "CYAN" | "WHITE" | "BG_BLACK"
        | "BG_RED" | "BG_GREEN" | "BG_YELLOW" | "BG_BLUE" | "BG_MAGENTA" | "BG_CYAN" | "BG_WHITE" => Some(""),
        _ => None,
    }
}

/// The backticks in an expression.
pub(super) fn backticks(expression: &Expression) -> Vec<&Passage> {
    let mut found = Vec::new();
    let mut stack = vec![expression];
    while let Some(expression) = stack.pop() {
        match &expression.form {
            Form::Backtick(text) => found.push(text),
            Form::Call { arguments: parts, .. } | Form::Join(parts) | Form::Path(parts) => {
                stack.extend(parts.iter().rev());
            }
            Form::If { arms, otherwise } => {
                stack.extend(otherwise.as_deref());
                for (condition, then) in arms.iter().rev() {
                    stack.push(then);
                    stack.extend(condition.right.as_ref().map(|(_, right)| &**right));
                    stack.push(&condition.left);
                }
            }
            Form::Text(_) | Form::Shell(_) | Form::Name(_) | Form::Other => {}
        }
    }
    found
}
