//! Which variables look like credentials. Knows names and values, not where they stand.
//! High confidence comes first: a wrong alarm about a secret costs more trust than it saves.

mod name;
#[cfg(test)]
mod tests;
mod value;

/// How a variable gives itself away as a credential: a word of the `secret` field of `variable`.
/// `value` is `None` where it is not written out.
#[must_use]
pub fn classify(name: &str, value: Option<&str>) -> &'static str {
    let suspicion = name::suspicion(name);
    let Some(value) = value.map(str::trim) else {
        return if suspicion == name::Suspicion::No { "no" } else { "name" };
    };
    if value::is_credential(value, name::is_public(name)) {
        return "value";
    }
    let says = match suspicion {
        name::Suspicion::No => false,
        // A number is a setting, unless the name says that somebody chose it: `PASSWORD=1234567890`.
        name::Suspicion::Secret => {
            value::is_literal(value) || (name::is_password(name) && value::is_number(value))
        }
        // A connection string is one as far as it holds a password.
        name::Suspicion::Connection => value::has_password_word(value),
    };
    if says { "name" } else { "no" }
}
