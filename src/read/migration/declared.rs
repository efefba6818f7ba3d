//! The changes that an `@destructive:` annotation names: `DROP COLUMN product.legacy_code (reason)`.
//! Anything else that people write there is a sentence, and nothing is made of it.

use std::ops::Range;

/// A change that an annotation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// A word of the vocabulary's changes.
    pub change: &'static str,
    pub table: Option<String>,
    pub column: Option<String>,
    /// Its words, with the verb that it shares with the one before.
    pub text: String,
    pub range: Range<usize>,
}

/// What a name behind a verb names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Table,
    Column,
}

/// The verbs, longer ones before those that begin them.
const VERBS: &[(&str, &str, Of)] = &[
    ("DROP COLUMN", "drop-column", Of::Column),
    ("DROP TABLE", "drop-table", Of::Table),
    ("RENAME COLUMN", "rename-column", Of::Column),
    ("RENAME TABLE", "rename-table", Of::Table),
    ("TRUNCATE TABLE", "truncate", Of::Table),
    ("TRUNCATE", "truncate", Of::Table),
];

/// The changes that the words at `range` of `text` name, the first of them with a verb. None where they
/// begin in another way.
pub fn read(text: &str, range: Range<usize>) -> Option<Vec<Declared>> {
    let mut found: Vec<Declared> = Vec::new();
    let mut reader = Reader { text: text.get(..range.end)?, at: range.start };
    let mut verb: Option<(&'static str, &'static str, Of)> = None;
    loop {
        reader.blanks();
        let start = reader.at;
        let own = reader.verb();
        if own.is_some() {
            verb = own;
        }
        let (words, change, of) = verb?;
        let Some((parts, quoted)) = reader.name() else {
            // A verb without a name says too little; behind a comma stands prose.
            return if own.is_some() { None } else { Some(found) };
        };
        if own.is_none() && parts.len() < 2 && !quoted {
            return Some(found);
        }
        let end = reader.at;
        let name = parts.join(".");
        let (table, column) = split(parts, of);
        found.push(Declared { change, table, column, text: format!("{words} {name}"), range: start..end });
        reader.target();
        if !reader.separator() {
            return Some(found);
        }
    }
}

fn split(mut parts: Vec<String>, of: Of) -> (Option<String>, Option<String>) {
    let column = if of == Of::Column { parts.pop() } else { None };
    let table = parts.pop();
    (table, column)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes words, whatever their case and the blanks between them.
    fn words(&mut self, words: &str) -> bool {
        let start = self.at;
        for word in words.split(' ') {
            self.blanks();
            let rest = self.rest();
            let is = rest.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
            let ends = rest.get(word.len()..).is_some_and(|rest| !rest.starts_with(is_name));
            if !is || !ends {
                self.at = start;
                return false;
            }
            self.at += word.len();
        }
        true
    }

    fn verb(&mut self) -> Option<(&'static str, &'static str, Of)> {
        let found = VERBS.iter().find(|(words, ..)| self.words(words)).copied();
        if found.is_some() {
            self.words("IF EXISTS");
        }
        found
    }

    /// The parts of a dotted name, and whether one of them is quoted.
    fn name(&mut self) -> Option<(Vec<String>, bool)> {
        let (mut parts, mut quoted) = (Vec::new(), false);
        loop {
            if parts.is_empty() {
                self.blanks();
            }
            let rest = self.rest();
            let part = match rest.chars().next() {
                Some(quote @ ('"' | '`' | '\'')) => {
                    quoted = true;
                    let inner = rest.get(1..)?;
                    let Some(end) = inner.find(quote) else { break };
                    let part = inner[..end].to_owned();
                    self.at += end + 2;
                    part
                }
                Some(char) if is_name(char) => {
                    let len = rest.find(|char| !is_name(char)).unwrap_or(rest.len());
                    let part = rest[..len].to_owned();
                    self.at += len;
                    part
                }
                _ => break,
            };
            parts.push(part);
            if !self.rest().starts_with('.') {
                break;
            }
            self.at += 1;
        }
        if parts.is_empty() { None } else { Some((parts, quoted)) }
    }

    /// `TO x` behind what is renamed.
    fn target(&mut self) {
        let start = self.at;
        if (self.words("TO") || self.words("->") || self.words("→")) && self.name().is_none() {
            self.at = start;
        }
    }

    /// Takes a reason in parentheses and what separates two changes.
    fn separator(&mut self) -> bool {
        self.blanks();
        let rest = self.rest();
        if rest.starts_with(['(', '（']) {
            let mut depth = 0_usize;
            let mut end = None;
            for (at, char) in rest.char_indices() {
                match char {
                    '(' | '（' => depth += 1,
                    ')' | '）' => {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            end = Some(at + char.len_utf8());
                            break;
                        }
                    }
                    _ => {}
                }
            }
            self.at += end.unwrap_or(rest.len());
            self.blanks();
        }
        let rest = self.rest();
        if let Some(mark) =
            rest.chars().next().filter(|char| matches!(char, ',' | ';' | '、' | '，' | '&' | '+' | '・'))
        {
            self.at += mark.len_utf8();
            return true;
        }
        self.words("and")
    }
}

fn is_name(char: char) -> bool {
    char.is_alphanumeric() || matches!(char, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(value: &str) -> Option<Vec<String>> {
        Some(read(value, 0..value.len())?.into_iter().map(|declared| declared.text).collect())
    }

    #[test]
    fn changes_that_are_named() {
        for (value, named) in [
            (
                "DROP COLUMN product.legacy_code (moved to smile_code)",
                &["DROP COLUMN product.legacy_code"][..],
            ),
            ("drop column \"product\".\"legacy_code\"", &["DROP COLUMN product.legacy_code"]),
            (
                "DROP COLUMN customer.fax, customer.newsletter（未使用）",
                &["DROP COLUMN customer.fax", "DROP COLUMN customer.newsletter"],
            ),
            (
                "DROP COLUMN a.b, DROP TABLE c (gone (really)) and RENAME TABLE d TO e",
                &["DROP COLUMN a.b", "DROP TABLE c", "RENAME TABLE d"],
            ),
            ("DROP TABLE 商品、顧客", &["DROP TABLE 商品"]),
            ("DROP COLUMN a.b, unused since 2024", &["DROP COLUMN a.b"]),
            ("DROP COLUMN a.b — nothing reads it", &["DROP COLUMN a.b"]),
            ("DROP COLUMN \"legacy_code\"", &["DROP COLUMN legacy_code"]),
            (
                "TRUNCATE cart; DROP TABLE IF EXISTS public.coupon",
                &["TRUNCATE cart", "DROP TABLE public.coupon"],
            ),
        ] {
            assert_eq!(texts(value).unwrap(), named, "{value}");
        }
    }

    #[test]
    fn sentences_name_nothing() {
        for value in [
            "列を削除 🗑️",
            "the table is empty",
            "renameTable(\"a\", \"b\")",
            "",
            "DROP COLUMN",
            "drops the column a.b",
            "ALTER TABLE a DROP COLUMN b",
            "yes",
        ] {
            assert_eq!(texts(value), None, "{value}");
        }
    }

    #[test]
    fn hostile_values_end() {
        let _ = texts(&format!("DROP TABLE a {}", "(".repeat(100_000)));
        let _ = texts(&"DROP TABLE \"".repeat(10_000));
        let _ = texts(&"DROP TABLE a,".repeat(10_000));
    }
}
