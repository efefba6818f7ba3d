//! Types and defaults as PostgreSQL understands them: one spelling for each type, and whether an
//! expression gives one value for all rows. Knows the built-in names, none that a team made.

use super::lexer::{self, Token, TokenKind};

/// Whether an expression gives each row a value of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volatility {
    /// Literals and what is computed from them.
    Constant,
    /// One value for the whole statement: `now()`.
    Stable,
    /// A value for each row: `gen_random_uuid()`.
    Volatile,
    /// It calls a function that is not known.
    Unknown,
}

impl Volatility {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Stable => "stable",
            Self::Volatile => "volatile",
            Self::Unknown => "unknown",
        }
    }
}

/// Spellings of one type, the short one last.
const NAMES: &[(&str, &str)] = &[
    ("timestamp without time zone", "timestamp"),
    ("timestamp with time zone", "timestamptz"),
    ("time without time zone", "time"),
    ("time with time zone", "timetz"),
    ("character varying", "varchar"),
    ("national character varying", "varchar"),
    ("bit varying", "varbit"),
    ("character", "char"),
    ("bpchar", "char"),
    ("nchar", "char"),
    ("national character", "char"),
    ("double precision", "float8"),
    ("float", "float8"),
    ("real", "float4"),
    ("boolean", "bool"),
    ("integer", "int4"),
    ("int", "int4"),
    ("bigint", "int8"),
    ("smallint", "int2"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("serial4", "serial"),
    ("serial8", "bigserial"),
    ("serial2", "smallserial"),
];

/// The type in one spelling: lower case, without quotes around it, one blank between words, its length
/// behind its name: `character varying ( 50 )` is `varchar(50)`, `timestamp(3) with time zone` is
/// `timestamptz(3)`.
#[must_use]
pub fn plain(written: &str) -> String {
    let (mut name, mut length, mut array) = (String::new(), String::new(), String::new());
    let mut depth = 0_usize;
    let mut rest = written.char_indices().peekable();
    let word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
    while let Some((start, char)) = rest.next() {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if char.is_whitespace() => {}
            _ if depth > 0 => length.push(char),
            '[' | ']' => array.push(char),
            '.' => name.push('.'),
            '"' => {
                let end = rest.find(|(_, char)| *char == '"').map_or(written.len(), |(at, _)| at);
                begin_word(&mut name);
                name.push_str(written.get(start + 1..end).unwrap_or_default());
            }
            _ if word(char) => {
                let mut end = start + char.len_utf8();
                while let Some((at, char)) = rest.next_if(|(_, char)| word(*char)) {
                    end = at + char.len_utf8();
                }
                let found = written.get(start..end).unwrap_or_default();
                if found.eq_ignore_ascii_case("array") {
                    array.push_str("[]");
                } else {
                    begin_word(&mut name);
                    name.push_str(&found.to_ascii_lowercase());
                }
            }
            _ => name.push(char),
        }
    }
    let own = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    let short = NAMES.iter().find(|(long, _)| *long == own).map_or(own, |(_, short)| short);
    let (open, close) = if length.is_empty() { ("", "") } else { ("(", ")") };
    [short, open, &length, close, &array].concat()
}

fn begin_word(name: &mut String) {
    if !name.is_empty() && !name.ends_with('.') {
        name.push(' ');
    }
}

/// Functions that give each row another value.
const VOLATILE: &[&str] = &[
    "random",
    "gen_random_uuid",
    "uuid_generate_v4",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuidv7",
    "uuidv4",
    "gen_random_bytes",
    "clock_timestamp",
    "timeofday",
    "nextval",
    "setval",
    "gen_salt",
    "random_normal",
    "uuid_v7",
    "nanoid",
];

/// Functions and words that give one value for a statement.
const STABLE: &[&str] = &[
    "now",
    "transaction_timestamp",
    "statement_timestamp",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtime",
    "localtimestamp",
    "current_user",
    "session_user",
    "user",
    "current_role",
    "current_setting",
    "current_schema",
    "current_database",
    "to_char",
    "age",
    "timezone",
    "date_trunc",
    "date_part",
    "extract",
    "to_timestamp",
    "txid_current",
    "inet_client_addr",
    "pg_backend_pid",
    "utc_timestamp",
];

/// Functions that give the same for the same arguments, and words that are followed by a bracket without
/// being functions.
const IMMUTABLE: &[&str] = &[
    "lower",
    "upper",
    "concat",
    "coalesce",
    "nullif",
    "greatest",
    "least",
    "length",
    "md5",
    "jsonb_build_object",
    "json_build_object",
    "jsonb_build_array",
    "json_build_array",
    "array",
    "row",
    "to_jsonb",
    "to_json",
    "make_date",
    "make_interval",
    "make_timestamp",
    "make_time",
    "point",
    "box",
    "int4range",
    "int8range",
    "numrange",
    "daterange",
    "tsrange",
    "tstzrange",
    "left",
    "right",
    "substr",
    "substring",
    "replace",
    "trim",
    "repeat",
    "abs",
    "round",
    "floor",
    "ceil",
    "power",
    "mod",
    "to_tsvector",
    "encode",
    "decode",
    "in",
    "and",
    "or",
    "not",
    "cast",
    "convert",
    "digest",
    "format",
    "array_fill",
    "string_to_array",
    "st_geomfromtext",
    "numeric",
    "decimal",
    "varchar",
    "char",
    "character",
    "varying",
    "bit",
    "timestamp",
    "timestamptz",
    "time",
    "interval",
    "vector",
    "values",
    "when",
    "then",
    "else",
];

/// Whether a default gives each row a value of its own.
#[must_use]
pub fn volatility(expression: &str) -> Volatility {
    let calls = expression.contains('(');
    if !calls && expression.starts_with(['\'', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) {
        return Volatility::Constant;
    }
    let tokens = lexer::lex(expression).tokens;
    let mut found = Volatility::Constant;
    for (at, &token) in tokens.iter().enumerate() {
        if !matches!(token.kind, TokenKind::Word | TokenKind::Quoted) {
            continue;
        }
        let calls = tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Open);
        let name = super::cursor::unquote(token.text(expression)).to_ascii_lowercase();
        let own = match known(&name, calls, cast_to(expression, &tokens, at)) {
            Volatility::Volatile => return Volatility::Volatile,
            other => other,
        };
        let rank = |volatility| match volatility {
            Volatility::Constant => 0,
            Volatility::Stable => 1,
            Volatility::Unknown | Volatility::Volatile => 2,
        };
        if rank(own) > rank(found) {
            found = own;
        }
    }
    found
}

/// Whether the word names the type of a cast: `'x'::public."status"`.
fn cast_to(text: &str, tokens: &[Token], at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).and_then(|at| tokens.get(at));
    let cast = |token: Option<&Token>| token.is_some_and(|token| token.text(text) == "::");
    let dot = before(1).is_some_and(|token| token.kind == TokenKind::Dot);
    cast(before(1)) || (dot && cast(before(3)))
}

fn known(name: &str, calls: bool, cast: bool) -> Volatility {
    if cast {
        return Volatility::Constant;
    }
    if STABLE.contains(&name) {
        return Volatility::Stable;
    }
    if !calls || IMMUTABLE.contains(&name) {
        return Volatility::Constant;
    }
    if VOLATILE.contains(&name) { Volatility::Volatile } else { Volatility::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_each_type() {
        for (written, short) in [
            ("character varying ( 50 )", "varchar(50)"),
            ("VARCHAR", "varchar"),
            ("timestamp(3) with time zone", "timestamptz(3)"),
            ("TIMESTAMP WITHOUT TIME ZONE", "timestamp"),
            ("double precision", "float8"),
            ("numeric(10, 2)", "numeric(10,2)"),
            ("integer[]", "int4[]"),
            ("integer ARRAY", "int4[]"),
            ("\"public\".\"Order_Status\"", "public.Order_Status"),
            ("pg_catalog.int4", "int4"),
            ("int", "int4"),
            ("商品", "商品"),
            ("", ""),
        ] {
            assert_eq!(plain(written), short, "{written}");
        }
    }

    #[test]
    fn a_default_is_made_once_or_for_each_row() {
        for (default, kind) in [
            ("0", Volatility::Constant),
            ("-1", Volatility::Constant),
            ("(0)", Volatility::Constant),
            ("not true", Volatility::Constant),
            ("'random()'", Volatility::Constant),
            ("lower('X')", Volatility::Constant),
            ("'a'::\"order_status_enum\"", Volatility::Constant),
            ("'{}'::character varying(20)[]", Volatility::Constant),
            ("ARRAY[]::text[]", Volatility::Constant),
            ("now()", Volatility::Stable),
            ("CURRENT_TIMESTAMP(6)", Volatility::Stable),
            ("(now() at time zone 'utc')", Volatility::Stable),
            ("uuid_generate_v4()", Volatility::Volatile),
            ("public.uuid_generate_v4()", Volatility::Volatile),
            ("md5(random()::text)", Volatility::Volatile),
            ("nextval('seq'::regclass)", Volatility::Volatile),
            ("make_code('shop')", Volatility::Unknown),
            ("", Volatility::Constant),
        ] {
            assert_eq!(volatility(default), kind, "{default}");
        }
    }
}
