//! The timeouts that a statement sets, in milliseconds: `SET LOCAL lock_timeout = '5s'`, and the same
//! through `set_config`. Knows the units of `PostgreSQL`.

/// Names of settings, the longer ones first.
const SETTINGS: [&str; 3] = ["idle_in_transaction_session_timeout", "statement_timeout", "lock_timeout"];

/// The setting and its value; `text` is in lower case.
pub(super) fn read(text: &str) -> Option<(&'static str, i64)> {
    let (setting, at) = SETTINGS.iter().find_map(|name| Some((*name, text.find(name)?)))?;
    let rest = text.get(at + setting.len()..)?;
    let blank = |char: char| char.is_whitespace() || matches!(char, '=' | ',' | '\'' | '"');
    let rest = rest.trim_start_matches(blank);
    let value = rest.strip_prefix("to ").unwrap_or(rest).trim_start_matches(blank);
    let digits = value.find(|char: char| !char.is_ascii_digit()).unwrap_or(value.len());
    let number: i64 = value.get(..digits)?.parse().ok()?;
    let unit = value.get(digits..)?.trim_start();
    let end = unit.find(|char: char| !char.is_ascii_alphabetic()).unwrap_or(unit.len());
    let factor = match unit.get(..end)? {
        "us" => return Some((setting, number / 1_000)),
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 1,
    };
    Some((setting, number.saturating_mul(factor)))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn values_have_units() {
        for (text, said) in [
            ("set local lock_timeout = '5s'", Some(("lock_timeout", 5_000))),
            ("set lock_timeout to 2000", Some(("lock_timeout", 2_000))),
            ("set lock_timeout='2min';", Some(("lock_timeout", 120_000))),
            ("set session statement_timeout = 0", Some(("statement_timeout", 0))),
            ("set statement_timeout = '1 h'", Some(("statement_timeout", 3_600_000))),
            ("select set_config('lock_timeout', '900ms', true)", Some(("lock_timeout", 900))),
            ("select pg_catalog.set_config('lock_timeout', '1500us', false)", Some(("lock_timeout", 1))),
            ("set lock_timeout = default", None),
            ("set lock_timeout = '99999999999999999999s'", None),
            ("set lock_timeout = '9223372036854775807d'", Some(("lock_timeout", i64::MAX))),
            ("show lock_timeout", None),
            ("set search_path = shop", None),
            ("reset lock_timeout", None),
            ("set lock_timeout = '注文'", None),
            ("lock_timeout", None),
        ] {
            assert_eq!(read(text), said, "{text}");
        }
    }
}
