//! What a variable's name says about its value. Knows no values.

/// How much a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    No,
    /// It names a secret.
    Secret,
    /// It names a connection string, which may hold a password.
    Connection,
}

/// Words that mean a secret by themselves.
const SECRETS: &[&str] =
    &["SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "TOKEN", "CREDENTIAL", "CREDENTIALS", "APIKEY"];

/// Words that make a secret of a `KEY` behind them.
const KEYS: &[&str] = &["PRIVATE", "API", "ACCESS", "SIGNING", "ENCRYPTION", "MASTER", "AUTH", "SERVICE"];

/// Words in front of a short `PASS` or `PWD`, which alone may mean something else.
const ACCOUNTS: &[&str] = &[
    "DB",
    "DATABASE",
    "SMTP",
    "MYSQL",
    "PG",
    "POSTGRES",
    "REDIS",
    "MAIL",
    "EMAIL",
    "ADMIN",
    "USER",
    "ROOT",
    "FTP",
    "MONGO",
    "MONGODB",
    "RABBITMQ",
    "REGISTRY",
    "BASIC",
    "AUTH",
    "SUPERUSER",
];

/// Words that may follow a secret's name without making something else of it. All others do:
/// `TOKEN_EXPIRY`, `PASSWORD_MIN_LENGTH`, `SECRET_NAME`, `ACCESS_KEY_ID` are settings.
const TAILS: &[&str] = &[
    "KEY",
    "KEYS",
    "BASE",
    "VALUE",
    "PROD",
    "PRODUCTION",
    "STAGING",
    "STG",
    "DEV",
    "LIVE",
    "TEST",
    "DEFAULT",
    "CURRENT",
    "OLD",
    "NEW",
    "PREVIOUS",
    "NEXT",
    "BASE64",
    "B64",
    "HEX",
    "JSON",
    "PEM",
    "RO",
    "RW",
    "READ",
    "WRITE",
];

/// Words that make a switch, a limit or a public value of any name.
const HARMLESS: &[&str] = &[
    "PUBLIC",
    "PUBLISHABLE",
    "VITE",
    "GATSBY",
    "REQUIRE",
    "REQUIRES",
    "REQUIRED",
    "ENABLE",
    "ENABLED",
    "DISABLE",
    "DISABLED",
    "USE",
    "SKIP",
    "ALLOW",
    "HAS",
    "IS",
    "MIN",
    "MAX",
    "VALIDATE",
    "CHECK",
    "ROTATE",
    "SHOW",
    "HIDE",
    "FORGOT",
    "RESET",
    "CHANGE",
    "KEEP",
    "EXPIRES",
    "EXPIRE",
    "CSRF",
    "XSRF",
    "FAKE",
    "DUMMY",
    "MOCK",
];

/// What `name` says. Words are told apart by `_`, `-`, `.` and by capitals in `camelCase`.
pub fn suspicion(name: &str) -> Suspicion {
    let words = words(name);
    let has = |list: &[&str], word: &str| list.contains(&word);
    if is_public_words(&words) || words.iter().any(|word| has(HARMLESS, word)) {
        return Suspicion::No;
    }
    // Algolia's search keys and PostHog's project keys are made for browsers.
    let says = |word: &str| words.iter().any(|other| other == word);
    if (says("ALGOLIA") && says("SEARCH")) || (says("POSTHOG") && !says("PERSONAL")) {
        return Suspicion::No;
    }
    // Names that the programs of databases read their password from.
    if ["PGPASSWORD", "PGPASS"].contains(&words.concat().as_str()) {
        return Suspicion::Secret;
    }
    // A path by definition.
    if words.ends_with(&["APPLICATION".to_owned(), "CREDENTIALS".to_owned()]) {
        return Suspicion::No;
    }
    let secret_at = |at: usize| {
        let word = words.get(at).map_or("", String::as_str);
        let before = at.checked_sub(1).and_then(|at| words.get(at)).map_or("", String::as_str);
        has(SECRETS, word)
            || (has(&["KEY", "KEYS"], word) && has(KEYS, before))
            || (has(&["PASS", "PWD", "PW"], word) && has(ACCOUNTS, before))
    };
    let tail = |word: &String| has(TAILS, word) || word.chars().all(|c| c.is_ascii_digit());
    for at in (0..words.len()).rev() {
        if secret_at(at) {
            return Suspicion::Secret;
        }
        if words.get(at).is_some_and(|word| word == "DSN") {
            let public = words.iter().any(|word| word == "SENTRY");
            return if public { Suspicion::No } else { Suspicion::Connection };
        }
        if !words.get(at).is_some_and(tail) {
            return Suspicion::No;
        }
    }
    Suspicion::No
}

/// Whether `name` is a password's, which may be all digits.
pub fn is_password(name: &str) -> bool {
    let words = words(name);
    ["PASSWORD", "PASSWD", "PASS", "PWD", "PGPASSWORD"]
        .iter()
        .any(|end| words.last().is_some_and(|word| word == end))
}

/// Whether values of this name are shipped to browsers anyway.
pub fn is_public(name: &str) -> bool {
    is_public_words(&words(name))
}

fn is_public_words(words: &[String]) -> bool {
    let public = ["PUBLIC", "PUBLISHABLE", "ANON", "VITE", "GATSBY", "FIREBASE"];
    words.iter().any(|word| public.contains(&word.as_str()))
        || words.starts_with(&["REACT".to_owned(), "APP".to_owned()])
}

/// The words of a name, in capitals. Names are short; of a longer text only the end counts.
fn words(name: &str) -> Vec<String> {
    let start = name.ceil_char_boundary(name.len().saturating_sub(200));
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.get(start..).unwrap_or_default().chars() {
        let split = !c.is_alphanumeric() || (lower && c.is_uppercase());
        lower = c.is_lowercase();
        if split && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphanumeric(), words.last_mut()) {
            word.extend(c.to_uppercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
