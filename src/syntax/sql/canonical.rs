//! Types as PostgreSQL prints them, however they are written.

use super::shape::one_line;

/// A type as PostgreSQL prints it: `varchar(20)` is `character varying(20)`. Names of types lose
/// quotes, capitals and the schema `public`.
#[must_use]
pub fn canonical_type(written: &str) -> String {
    let mut text = one_line(written);
    let arrays = text.matches("[]").count() + usize::from(text.to_ascii_lowercase().ends_with(" array"));
    text = text.replace("[]", "");
    if text.to_ascii_lowercase().ends_with(" array") {
        text.truncate(text.len() - " array".len());
    }
    let (mut name, mut size) = (text.trim().to_owned(), String::new());
    if let Some(open) = name.find('(')
        && let Some(close) = name.rfind(')')
        && open < close
    {
        size = name[open..=close].split_whitespace().collect();
        let tail = name[close + 1..].trim().to_owned();
        let head = name[..open].trim().to_owned();
        name = if tail.is_empty() { head } else { format!("{head} {tail}") };
    }
    let lower = name.to_ascii_lowercase();
    let plain = match lower.as_str() {
        "int" | "int4" | "integer" | "serial" | "serial4" => "integer",
        "int8" | "bigint" | "bigserial" | "serial8" => "bigint",
        "int2" | "smallint" | "smallserial" | "serial2" => "smallint",
        "varchar" | "character varying" | "char varying" => "character varying",
        "char" | "character" => {
            if size.is_empty() {
                "(1)".clone_into(&mut size);
            }
            "character"
        }
        "bool" | "boolean" => "boolean",
        "float8" | "double precision" | "float" => "double precision",
        "float4" | "real" => "real",
        "decimal" | "numeric" | "dec" => {
            // Without a scale it is 0.
            if !size.is_empty() && !size.contains(',') {
                size.insert_str(size.len() - 1, ",0");
            }
            "numeric"
        }
        "timestamptz" | "timestamp with time zone" => return zoned("timestamp", &size, "with", arrays),
        "timestamp" | "timestamp without time zone" => {
            return zoned("timestamp", &size, "without", arrays);
        }
        "timetz" | "time with time zone" => return zoned("time", &size, "with", arrays),
        "time" | "time without time zone" => return zoned("time", &size, "without", arrays),
        "varbit" | "bit varying" => "bit varying",
        _ => {
            let name = lower.replace('"', "");
            let name = name.strip_prefix("public.").unwrap_or(&name);
            return format!("{name}{size}{}", "[]".repeat(arrays));
        }
    };
    format!("{plain}{size}{}", "[]".repeat(arrays))
}

fn zoned(name: &str, size: &str, with: &str, arrays: usize) -> String {
    format!("{name}{size} {with} time zone{}", "[]".repeat(arrays))
}

#[cfg(test)]
mod tests {
    use super::canonical_type;

    #[test]
    fn types_as_postgres_prints_them() {
        for (written, printed) in [
            ("varchar(20)", "character varying(20)"),
            ("TIMESTAMP(3) WITH TIME ZONE", "timestamp(3) with time zone"),
            ("timestamptz", "timestamp with time zone"),
            ("numeric(5, 2)", "numeric(5,2)"),
            ("decimal(8)", "numeric(8,0)"),
            ("text[]", "text[]"),
            ("\"public\".\"order_status_enum\"", "order_status_enum"),
            ("SERIAL", "integer"),
            ("JSONB", "jsonb"),
        ] {
            assert_eq!(canonical_type(written), printed);
        }
    }
}
