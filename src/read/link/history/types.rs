//! Which changes of a column's type PostgreSQL makes without writing the table anew. Source: its
//! documentation of ALTER TABLE, and the matrices of `strong_migrations` and `online_migrations`.

/// `safe`, `rewrite`, or nothing where either may be. Both are types as PostgreSQL prints them;
/// `indexed` says whether an index or a key holds the column.
pub fn change(old: &str, new: &str, indexed: bool) -> Option<&'static str> {
    if old == new {
        return Some("safe");
    }
    if let (Some(old), Some(new)) = (old.strip_suffix("[]"), new.strip_suffix("[]")) {
        return of_arrays(old, new);
    }
    if old.ends_with("[]") || new.ends_with("[]") {
        return None;
    }
    let (from, to) = (parts(old), parts(new));
    let text = |name: &str| matches!(name, "text" | "character varying");
    let said = match (from.name, to.name) {
        ("character varying", "character varying") | ("bit varying", "bit varying") => {
            grows(from.size, to.size, None)?
        }
        ("bit", "bit varying") => to.size.is_none(),
        ("timestamp with time zone", "timestamp with time zone")
        | ("timestamp without time zone", "timestamp without time zone")
        | ("time without time zone", "time without time zone")
        | ("time with time zone", "time with time zone")
        | ("interval", "interval") => grows(from.size, to.size, Some(6))?,
        // Where the session's time zone is UTC they are the same.
        ("timestamp with time zone", "timestamp without time zone")
        | ("timestamp without time zone", "timestamp with time zone") => {
            if grows(from.size, to.size, Some(6))? {
                return None;
            }
            false
        }
        // A shorter limit is checked row by row.
        (one, other) if text(one) && text(other) => to.size.is_none(),
        // The rows stay; an index is built anew.
        (one, "citext") if text(one) && !indexed => true,
        ("citext", other) if text(other) && to.size.is_none() && !indexed => true,
        (one, "citext") if text(one) => return None,
        ("citext", other) if text(other) && to.size.is_none() => return None,
        ("xml", other) if text(other) => to.size.is_none(),
        ("numeric", "numeric") => match (scale(from.size), scale(to.size)) {
            (_, None) => true,
            (Some((precision, scale)), Some((wider, same))) => scale == same && wider >= precision,
            (None, Some(_)) => false,
        },
        ("cidr", "inet") | ("integer", "oid") | ("oid", "integer") => true,
        ("character", other) | (other, "character") if text(other) || other == "character" => false,
        (one, other) if is_plain(one) && is_plain(other) => false,
        _ => return None,
    };
    Some(if said { "safe" } else { "rewrite" })
}

/// Only a limit that is lifted leaves an array as it is.
fn of_arrays(old: &str, new: &str) -> Option<&'static str> {
    let (from, to) = (parts(old), parts(new));
    if from.name == "character varying" && from.name == to.name && to.size.is_none() {
        return Some("safe");
    }
    (is_plain(from.name) && is_plain(to.name)).then_some("rewrite")
}

struct Parts<'t> {
    name: &'t str,
    size: Option<&'t str>,
}

fn parts(of: &str) -> Parts<'_> {
    // `timestamp(3) with time zone` is known by its ends.
    let Some(open) = of.find('(') else { return Parts { name: of, size: None } };
    let close = of.rfind(')').unwrap_or(of.len());
    let size = of.get(open + 1..close);
    let name = match (of.get(..open).unwrap_or_default(), of.get(close..).unwrap_or_default()) {
        ("timestamp", ") with time zone") => "timestamp with time zone",
        ("timestamp", ") without time zone") => "timestamp without time zone",
        ("time", ") with time zone") => "time with time zone",
        ("time", ") without time zone") => "time without time zone",
        (head, _) => head,
    };
    Parts { name, size }
}

/// Whether a limit is lifted, stays or lies higher; `usual` is meant where none is written.
fn grows(from: Option<&str>, to: Option<&str>, usual: Option<u32>) -> Option<bool> {
    let limit = |size: Option<&str>| match size {
        Some(size) => size.parse().ok(),
        None => Some(usual.unwrap_or(u32::MAX)),
    };
    Some(limit(to)? >= limit(from)?)
}

fn scale(size: Option<&str>) -> Option<(u32, u32)> {
    let size = size?;
    let (precision, scale) = size.split_once(',').unwrap_or((size, "0"));
    Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
}

/// Built-in types that are kept in different ways.
fn is_plain(name: &str) -> bool {
    matches!(
        name,
        "smallint"
            | "integer"
            | "bigint"
            | "real"
            | "double precision"
            | "numeric"
            | "text"
            | "character varying"
            | "boolean"
            | "uuid"
            | "date"
            | "json"
            | "jsonb"
            | "bytea"
            | "timestamp with time zone"
            | "timestamp without time zone"
    )
}

#[cfg(test)]
mod tests {
    use super::change;

    /// Between which of [`TYPES`] PostgreSQL 15 keeps a table's file: it was asked for each pair.
    const SAFE: &[(&str, &[&str])] = &[
        ("bit varying(3)", &["bit varying", "bit varying(5)"]),
        ("bit varying(5)", &["bit varying"]),
        ("bit(3)", &["bit varying"]),
        ("bit(5)", &["bit varying"]),
        ("character varying", &["citext", "text"]),
        ("character varying(50)", &["character varying", "character varying(60)", "citext", "text"]),
        ("character varying(50)[]", &["character varying[]"]),
        ("character varying(60)", &["character varying", "citext", "text"]),
        ("character varying(60)[]", &["character varying[]"]),
        ("cidr", &["inet"]),
        ("citext", &["character varying", "text"]),
        ("integer", &["oid"]),
        ("interval", &["interval(6)"]),
        ("interval(3)", &["interval", "interval(6)"]),
        ("interval(6)", &["interval"]),
        ("numeric(5,0)", &["numeric"]),
        ("numeric(5,2)", &["numeric", "numeric(7,2)"]),
        ("numeric(7,2)", &["numeric"]),
        ("numeric(7,3)", &["numeric"]),
        ("oid", &["integer"]),
        ("text", &["character varying", "citext"]),
        ("time without time zone", &["time(6) without time zone"]),
        ("time(3) with time zone", &["time with time zone"]),
        ("time(3) without time zone", &["time without time zone", "time(6) without time zone"]),
        ("time(6) without time zone", &["time without time zone"]),
        ("timestamp with time zone", &["timestamp(6) with time zone"]),
        ("timestamp without time zone", &["timestamp(6) without time zone"]),
        ("timestamp(3) with time zone", &["timestamp with time zone", "timestamp(6) with time zone"]),
        (
            "timestamp(3) without time zone",
            &["timestamp without time zone", "timestamp(6) without time zone"],
        ),
        ("timestamp(6) with time zone", &["timestamp with time zone"]),
        ("timestamp(6) without time zone", &["timestamp without time zone"]),
        ("xml", &["character varying", "text"]),
    ];

    const TYPES: &[&str] = &[
        "character varying(50)",
        "character varying(60)",
        "character varying",
        "text",
        "citext",
        "character(5)",
        "character(8)",
        "numeric(5,2)",
        "numeric(7,2)",
        "numeric(7,3)",
        "numeric",
        "numeric(5,0)",
        "smallint",
        "integer",
        "bigint",
        "real",
        "double precision",
        "boolean",
        "uuid",
        "date",
        "json",
        "jsonb",
        "xml",
        "bytea",
        "inet",
        "cidr",
        "bit(3)",
        "bit(5)",
        "bit varying(3)",
        "bit varying(5)",
        "bit varying",
        "timestamp without time zone",
        "timestamp(3) without time zone",
        "timestamp(6) without time zone",
        "timestamp with time zone",
        "timestamp(3) with time zone",
        "timestamp(6) with time zone",
        "time without time zone",
        "time(3) without time zone",
        "time(6) without time zone",
        "time with time zone",
        "time(3) with time zone",
        "interval",
        "interval(3)",
        "interval(6)",
        "character varying(50)[]",
        "character varying(60)[]",
        "character varying[]",
        "text[]",
        "integer[]",
        "bigint[]",
        "oid",
    ];

    #[test]
    fn the_matrix_is_what_postgres_does() {
        let stamps = |one: &str, other: &str| {
            one.starts_with("timestamp")
                && other.starts_with("timestamp")
                && one.contains("without") != other.contains("without")
        };
        for old in TYPES {
            for new in TYPES.iter().filter(|new| *new != old) {
                let safe = SAFE.iter().any(|(from, to)| from == old && to.contains(new));
                match change(old, new, false) {
                    Some(word) => assert_eq!(word == "safe", safe, "{old} to {new}: {word}"),
                    None => assert!(!safe || stamps(old, new), "{old} to {new} is known to be safe"),
                }
            }
        }
        assert_eq!(SAFE.iter().map(|(_, to)| to.len()).sum::<usize>(), 47);
    }

    #[test]
    fn what_is_certain_is_said() {
        for (old, new, indexed, what) in [
            ("character varying(60)", "character varying(50)", false, Some("rewrite")),
            ("integer", "bigint", false, Some("rewrite")),
            ("json", "jsonb", false, Some("rewrite")),
            ("timestamp without time zone", "timestamp with time zone", false, None),
            ("timestamp without time zone", "timestamp(3) with time zone", false, Some("rewrite")),
            ("text", "citext", true, None),
            ("citext", "text", true, None),
            ("order_status", "order_status_old", false, None),
            ("integer[]", "bigint[]", false, Some("rewrite")),
            ("text[]", "text", false, None),
            ("bigint", "bigint", true, Some("safe")),
            ("numeric(a,b)", "numeric(1,2)", false, Some("rewrite")),
            ("varchar)(", "bit varying(x)", false, None),
        ] {
            assert_eq!(change(old, new, indexed), what, "{old} to {new}");
        }
    }
}
