//! Which changes of a column's type PostgreSQL makes without writing the table anew. Source: its
//! documentation of ALTER TABLE, and the matrices of `strong_migrations` and `online_migrations`.

/// `safe`, `rewrite`, or nothing where either may be. Both are types as PostgreSQL prints them.
pub fn change(old: &str, new: &str) -> Option<&'static str> {
    if old == new {
        return Some("safe");
    }
    let (from, to) = (parts(old), parts(new));
    if old.ends_with("[]") || new.ends_with("[]") {
        return None;
    }
    let text = |name: &str| matches!(name, "text" | "character varying");
    match (from.name, to.name) {
        ("character varying", "character varying")
        | ("bit varying", "bit varying")
        | ("timestamp with time zone", "timestamp with time zone")
        | ("timestamp without time zone", "timestamp without time zone")
        | ("time without time zone", "time without time zone")
        | ("time with time zone", "time with time zone")
        | ("interval", "interval") => grows(from.size, to.size),
        (one, other) if text(one) && text(other) => match to.size {
            // A shorter limit is checked row by row.
            Some(_) => Some("rewrite"),
            None => Some("safe"),
        },
        ("character", "character") => Some("rewrite"),
        ("character", other) if text(other) => Some("rewrite"),
        (one, "character") if text(one) => Some("rewrite"),
        ("numeric", "numeric") => match (scale(from.size), scale(to.size)) {
            (_, None) => Some("safe"),
            (Some((precision, scale)), Some((wider, same))) => {
                Some(if scale == same && wider >= precision { "safe" } else { "rewrite" })
            }
            (None, Some(_)) => Some("rewrite"),
        },
        ("cidr", "inet") | ("xml", "text") => Some("safe"),
        // Only where the session's time zone is UTC.
        ("timestamp with time zone", "timestamp without time zone")
        | ("timestamp without time zone", "timestamp with time zone") => None,
        (one, other) if is_plain(one) && is_plain(other) => Some("rewrite"),
        _ => None,
    }
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

/// Whether a limit is lifted or lies higher.
fn grows(from: Option<&str>, to: Option<&str>) -> Option<&'static str> {
    let Some(to) = to else { return Some("safe") };
    let Some(from) = from else { return Some("rewrite") };
    let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
    Some(if to >= from { "safe" } else { "rewrite" })
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

    #[test]
    fn the_matrix() {
        for (old, new, what) in [
            ("character varying(50)", "character varying(60)", Some("safe")),
            ("character varying(50)", "character varying", Some("safe")),
            ("character varying(50)", "text", Some("safe")),
            ("text", "character varying", Some("safe")),
            ("character varying(60)", "character varying(50)", Some("rewrite")),
            ("text", "character varying(50)", Some("rewrite")),
            ("numeric(5,2)", "numeric(7,2)", Some("safe")),
            ("numeric(5,2)", "numeric(7,3)", Some("rewrite")),
            ("numeric(5,2)", "numeric", Some("safe")),
            ("integer", "bigint", Some("rewrite")),
            ("timestamp without time zone", "timestamp with time zone", None),
            ("timestamp(3) with time zone", "timestamp(6) with time zone", Some("safe")),
            ("order_status", "order_status_old", None),
            ("json", "jsonb", Some("rewrite")),
            ("cidr", "inet", Some("safe")),
            ("text[]", "integer[]", None),
            ("bigint", "bigint", Some("safe")),
        ] {
            assert_eq!(change(old, new), what, "{old} to {new}");
        }
    }
}
