//! The changes that an `@destructive:` annotation names: `DROP COLUMN product.legacy_code (reason)`, or the
//! statement itself.
//! Anything else that people write there is a sentence, and nothing is made of it.

use std::ops::Range;

/// A change that an annotation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The words of the vocabulary's changes that it may be.
    pub changes: &'static [&'static str],
    /// With its schema, where that is written. A `*` in a name stands for any letters.
    pub table: Option<String>,
    pub column: Option<String>,
    pub object: Option<String>,
    /// Its words, with the verb that it shares with the one before.
    pub text: String,
    pub range: Range<usize>,
    /// Whether it may as well be prose: a bare word behind a comma.
    pub weak: bool,
}

/// What a name behind a verb names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Table,
    Column,
    /// Something else, which may stand behind the name of its table.
    Object,
}

type Verb = (&'static str, &'static [&'static str], Of);

/// The verbs, longer ones before those that begin them.
const VERBS: &[Verb] = &[
    ("DROP COLUMN", &["drop-column"], Of::Column),
    ("RENAME COLUMN", &["rename-column"], Of::Column),
    ("ALTER COLUMN", ALTERS, Of::Column),
    ("CHANGE COLUMN", ALTERS, Of::Column),
    ("SET NOT NULL", &["set-not-null", "alter-column"], Of::Column),
    ("DROP NOT NULL", &["drop-not-null", "alter-column"], Of::Column),
    ("SET DEFAULT", &["set-default", "alter-column"], Of::Column),
    ("DROP DEFAULT", &["drop-default", "alter-column"], Of::Column),
    ("DROP TABLE", &["drop-table"], Of::Table),
    ("RENAME TABLE", &["rename-table"], Of::Table),
    ("TRUNCATE TABLE", &["truncate"], Of::Table),
    ("TRUNCATE", &["truncate"], Of::Table),
    ("DELETE FROM", &["delete"], Of::Table),
    ("DROP CONSTRAINT", &["drop-constraint"], Of::Object),
    ("DROP FOREIGN KEY", &["drop-constraint"], Of::Object),
    ("RENAME CONSTRAINT", &["rename-constraint"], Of::Object),
    ("DROP INDEX CONCURRENTLY", &["drop-index"], Of::Object),
    ("DROP INDEX", &["drop-index"], Of::Object),
    ("RENAME INDEX", &["rename-index"], Of::Object),
    ("DROP TYPE", &["drop-type"], Of::Object),
    ("DROP ENUM", &["drop-type"], Of::Object),
    ("RENAME TYPE", &["alter-type"], Of::Object),
    ("ALTER TYPE", &["alter-type", "add-enum-value", "rename-enum-value", "alter-column-type"], Of::Object),
    ("DROP VALUE", REMOVES_VALUE, Of::Object),
    ("RENAME VALUE", &["rename-enum-value"], Of::Object),
    ("DROP MATERIALIZED VIEW", &["drop-view"], Of::Object),
    ("DROP VIEW", &["drop-view"], Of::Object),
    ("RENAME VIEW", &["alter-view"], Of::Object),
    ("DROP SEQUENCE", &["drop-sequence"], Of::Object),
    ("DROP FUNCTION", &["drop-function"], Of::Object),
    ("DROP PROCEDURE", &["drop-function"], Of::Object),
    ("DROP TRIGGER", &["drop-trigger"], Of::Object),
    ("DROP POLICY", &["drop-policy"], Of::Object),
    ("DROP EXTENSION", &["drop-extension"], Of::Object),
    ("DROP SCHEMA", &["drop-schema"], Of::Object),
];

const ALTERS: &[&str] =
    &["alter-column", "alter-column-type", "set-not-null", "drop-not-null", "set-default", "drop-default"];

/// An enum that is made anew without a value.
pub const REMOVES_VALUE: &[&str] = &["removes-value"];

/// The changes that the words at `range` of `text` name, the first of them with a verb. None where they
/// begin in another way.
pub fn read(text: &str, range: Range<usize>) -> Option<Vec<Declared>> {
    let mut found: Vec<Declared> = Vec::new();
    let mut reader = Reader { text: text.get(..range.end)?, at: range.start };
    let mut verb: Option<Verb> = None;
    loop {
        reader.blanks();
        reader.bullet();
        let start = reader.at;
        if let Some(declared) = reader.statement(start) {
            found.push(declared);
            verb = None;
            if !reader.separator() {
                return Some(found);
            }
            continue;
        }
        let own = reader.verb();
        if own.is_some() {
            verb = own;
        }
        let Some((words, changes, of)) = verb else { return (!found.is_empty()).then_some(found) };
        let Some((parts, quoted)) = reader.name() else {
            // A verb without a name says too little; behind a comma stands prose.
            return if own.is_some() { None } else { Some(found) };
        };
        let end = reader.at;
        reader.target();
        let bare = parts.len() < 2 && !quoted;
        let plain = parts
            .iter()
            .all(|part| !part.contains(|char: char| matches!(char, '_' | '*') || char.is_ascii_digit()));
        if bare && plain && reader.is_prose() {
            // "DROP TABLE is safe", ", unused since 2024".
            return if own.is_some() && found.is_empty() { None } else { Some(found) };
        }
        if own.is_none() && bare && of == Of::Column {
            return Some(found);
        }
        let weak = own.is_none() && bare && plain;
        found.push(Declared { weak, ..declared((words, changes, of), None, parts, start..end) });
        if !reader.separator() {
            return Some(found);
        }
    }
}

/// The change that a verb and a name say; `table` where that stood before.
fn declared(
    (words, changes, of): Verb,
    table: Option<String>,
    mut parts: Vec<String>,
    range: Range<usize>,
) -> Declared {
    let quote = |part: &str| {
        if part.chars().all(|char| is_name(char) || char == '*') {
            part.to_owned()
        } else {
            format!("\"{part}\"")
        }
    };
    let name = parts.iter().map(|part| quote(part)).collect::<Vec<_>>().join(".");
    let name = table.as_ref().map_or(name.clone(), |table| format!("{table}.{name}"));
    let last = if of == Of::Table { None } else { parts.pop() };
    let rest = (!parts.is_empty()).then(|| parts.join("."));
    let (column, object) = if of == Of::Column { (last, None) } else { (None, last) };
    Declared {
        changes,
        table: table.or(rest),
        column,
        object,
        text: format!("{words} {name}"),
        range,
        weak: false,
    }
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

    /// Takes the mark of an item of a list.
    fn bullet(&mut self) {
        let rest = self.rest();
        if let Some(mark) = rest.chars().next().filter(|char| matches!(char, '-' | '*' | '•' | '・'))
            && rest[mark.len_utf8()..].starts_with(' ')
        {
            self.at += mark.len_utf8();
            self.blanks();
        }
    }

    /// Whether words go on behind a name.
    fn is_prose(&self) -> bool {
        let rest = self.rest().trim_start();
        let word = rest.len() < self.rest().len() && rest.starts_with(is_name);
        let lower = rest.get(..4).unwrap_or(rest).to_ascii_lowercase();
        word && !lower.starts_with("and ") && !self.words_ahead("CASCADE")
    }

    fn words_ahead(&self, words: &str) -> bool {
        Reader { text: self.text, at: self.at }.words(words)
    }

    /// `ALTER TABLE a DROP COLUMN b`, as a statement says it.
    fn statement(&mut self, start: usize) -> Option<Declared> {
        let begin = self.at;
        let found = self.alter(start);
        if found.is_none() {
            self.at = begin;
        }
        found
    }

    fn alter(&mut self, start: usize) -> Option<Declared> {
        if !self.words("ALTER TABLE") {
            return None;
        }
        self.words("IF EXISTS");
        self.words("ONLY");
        let (table, _) = self.name()?;
        let table = table.join(".");
        if self.words("RENAME TO") {
            let end = self.at;
            self.name()?;
            let verb: Verb = ("RENAME TABLE", &["rename-table"], Of::Table);
            return Some(declared(verb, None, table.split('.').map(str::to_owned).collect(), start..end));
        }
        let verb = self.verb().filter(|(_, _, of)| *of != Of::Table)?;
        let (parts, _) = self.name()?;
        let end = self.at;
        // `TYPE bigint USING …`
        let rest = self.rest();
        self.at += rest.find(['(', '（', ',', ';', '、', '，']).unwrap_or(rest.len());
        Some(declared(verb, Some(table), parts, start..end))
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

    fn verb(&mut self) -> Option<Verb> {
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
                Some(char) if is_name(char) || char == '*' => {
                    let ends = |char| !is_name(char) && char != '*';
                    let len = rest.find(ends).unwrap_or(rest.len());
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
        if (self.words("TO") || self.sign("->") || self.sign("→")) && self.name().is_none() {
            self.at = start;
        }
        self.words("CASCADE");
    }

    fn begins_change(mut self) -> bool {
        self.blanks();
        self.bullet();
        self.verb().is_some() || self.words("ALTER TABLE")
    }

    fn sign(&mut self, sign: &str) -> bool {
        let rest = self.rest();
        let Some(behind) = rest.trim_start().strip_prefix(sign) else { return false };
        self.at += rest.len() - behind.len();
        self.blanks();
        true
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
        // The next line may begin with a verb.
        let next = Reader { text: self.text, at: self.at };
        self.words("and") || next.begins_change()
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
            ("DROP TABLE 商品、顧客", &["DROP TABLE 商品", "DROP TABLE 顧客"]),
            (
                "DROP TABLE coupon, voucher, gift (unused)",
                &["DROP TABLE coupon", "DROP TABLE voucher", "DROP TABLE gift"],
            ),
            ("DROP TABLE coupon, unused since 2024", &["DROP TABLE coupon"]),
            (
                "ALTER TABLE \"shop\".\"a\" DROP COLUMN \"b\" (x, y), DROP COLUMN c.d",
                &["DROP COLUMN shop.a.b", "DROP COLUMN c.d"],
            ),
            (
                "ALTER TABLE a RENAME TO b; ALTER TABLE a ALTER COLUMN c TYPE bigint USING c::bigint",
                &["RENAME TABLE a", "ALTER COLUMN a.c"],
            ),
            (
                "DROP CONSTRAINT product.UQ_1a2b (…), DROP TYPE order_status_old, DROP INDEX CONCURRENTLY \"IDX-x\"",
                &[
                    "DROP CONSTRAINT product.UQ_1a2b",
                    "DROP TYPE order_status_old",
                    "DROP INDEX CONCURRENTLY \"IDX-x\"",
                ],
            ),
            (
                "ALTER TYPE order_status (see the plan), DROP VALUE order_status.cancelled",
                &["ALTER TYPE order_status", "DROP VALUE order_status.cancelled"],
            ),
            (
                "DROP COLUMN product.*, DROP TABLE legacy_* (all of them, really (all))",
                &["DROP COLUMN product.*", "DROP TABLE legacy_*"],
            ),
            ("- DROP COLUMN a.b（理由、その一）\n   - DROP TABLE c", &["DROP COLUMN a.b", "DROP TABLE c"]),
            ("RENAME COLUMN a.b -> c, RENAME TABLE x → y", &["RENAME COLUMN a.b", "RENAME TABLE x"]),
            ("DROP TABLE a CASCADE (no rows), b", &["DROP TABLE a", "DROP TABLE b"]),
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
            "yes",
            "DROP TABLE is safe here",
            "Drop column because nobody reads it",
            "ALTER TABLE a",
            "ALTER TABLE a ADD b int",
        ] {
            assert_eq!(texts(value), None, "{value}");
        }
    }

    #[test]
    fn what_is_named_reads_the_same_again() {
        for value in
            ["DROP TABLE \"order-items\"", "DROP COLUMN \"Shop 1\".\"a.b\"", "DROP CONSTRAINT 商品.\"UQ 1\""]
        {
            let first = read(value, 0..value.len()).unwrap().remove(0);
            let again = read(&first.text, 0..first.text.len()).unwrap().remove(0);
            assert_eq!(
                (&first.table, &first.column, &first.object),
                (&again.table, &again.column, &again.object)
            );
        }
    }

    #[test]
    fn a_bare_word_behind_a_comma_may_be_prose() {
        let weak = |value: &str| -> Vec<bool> {
            read(value, 0..value.len()).unwrap().iter().map(|declared| declared.weak).collect()
        };
        assert_eq!(weak("DROP TABLE coupon, unused"), [false, true]);
        assert_eq!(weak("DROP TABLE coupon, gift_card, \"unused\""), [false, false, false]);
    }

    #[test]
    fn hostile_values_end() {
        let _ = texts(&format!("DROP TABLE a {}", "(".repeat(100_000)));
        let _ = texts(&"DROP TABLE \"".repeat(10_000));
        let _ = texts(&"DROP TABLE a,".repeat(10_000));
    }
}
