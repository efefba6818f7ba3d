//! What a value says about itself: tokens of known providers, private keys, passwords in URLs; and
//! what is no secret at all, such as a placeholder. Knows no names.

/// Which characters a token has behind its prefix.
#[derive(Clone, Copy)]
enum Alphabet {
    /// Letters and digits.
    Alnum,
    /// Letters, digits, `-`, `_`, `.`, `=`.
    Wide,
    /// Capital letters and digits.
    Capitals,
    /// Hexadecimal digits.
    Hex,
}

/// Prefixes of tokens with the least number of characters behind them. Sources: the providers' own
/// documentation of their token formats.
const TOKENS: &[(&str, usize, Alphabet)] = &[
    ("AKIA", 16, Alphabet::Capitals),
    ("ASIA", 16, Alphabet::Capitals),
    ("AIza", 35, Alphabet::Wide),
    ("ATATT3", 20, Alphabet::Wide),
    ("FlyV1 fm1", 20, Alphabet::Wide),
    ("FlyV1 fm2", 20, Alphabet::Wide),
    ("PMAK-", 40, Alphabet::Wide),
    ("SG.", 40, Alphabet::Wide),
    ("dckr_pat_", 20, Alphabet::Wide),
    ("dop_v1_", 60, Alphabet::Hex),
    ("dp.pt.", 30, Alphabet::Alnum),
    ("fm1r_", 30, Alphabet::Wide),
    ("fm2_", 30, Alphabet::Wide),
    ("fo1_", 20, Alphabet::Wide),
    ("gho_", 36, Alphabet::Alnum),
    ("ghp_", 36, Alphabet::Alnum),
    ("ghr_", 36, Alphabet::Alnum),
    ("ghs_", 36, Alphabet::Alnum),
    ("ghu_", 36, Alphabet::Alnum),
    ("github_pat_", 22, Alphabet::Wide),
    ("glpat-", 20, Alphabet::Wide),
    ("glsa_", 32, Alphabet::Wide),
    ("hvs.", 24, Alphabet::Wide),
    ("lin_api_", 32, Alphabet::Alnum),
    ("npg_", 12, Alphabet::Alnum),
    ("npm_", 36, Alphabet::Alnum),
    ("phx_", 30, Alphabet::Alnum),
    ("pscale_pw_", 30, Alphabet::Wide),
    ("pscale_tkn_", 30, Alphabet::Wide),
    ("pypi-AgE", 40, Alphabet::Wide),
    ("rk_live_", 16, Alphabet::Alnum),
    ("sbp_", 40, Alphabet::Hex),
    ("shpat_", 32, Alphabet::Hex),
    ("shpss_", 32, Alphabet::Hex),
    ("sk-", 32, Alphabet::Wide),
    ("sk_live_", 16, Alphabet::Alnum),
    ("tskey-auth-", 20, Alphabet::Wide),
    ("whsec_", 24, Alphabet::Wide),
    ("xapp-", 30, Alphabet::Wide),
    ("xoxb-", 20, Alphabet::Wide),
    ("xoxp-", 20, Alphabet::Wide),
    ("ya29.", 30, Alphabet::Wide),
];

/// Words that no real secret holds.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "placeholder",
    "dummy",
    "example",
    "sample",
    "redacted",
    "fake",
    "mock",
    "unused",
    "replace",
    "your",
    "todo",
    "fixme",
    "insert",
    "ignored",
    "notused",
    "buildtime",
    "build-time",
    "build_time",
    "change-me",
    "change_me",
    "not-a-",
    "not_a_",
    "invalid",
    "xxxx",
    "****",
    "...",
    "…",
];

/// Whole values that are no secret.
const PLAIN: &[&str] = &[
    "true",
    "false",
    "yes",
    "no",
    "on",
    "off",
    "null",
    "nil",
    "none",
    "undefined",
    "unset",
    "empty",
    "test",
    "testing",
    "dev",
    "development",
    "local",
    "ci",
    "build",
    "secret",
    "password",
    "pass",
    "token",
    "key",
    "default",
    "noop",
    "tbd",
    "n/a",
    "na",
    "bearer",
    "basic",
    "auto",
    "skip",
    "required",
    "optional",
    "enabled",
    "disabled",
    "production",
    "staging",
    "preview",
];

/// Passwords that local databases are started with.
const WEAK: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mongo",
    "redis",
    "root",
    "admin",
    "user",
    "guest",
    "app",
    "rabbitmq",
    "minio",
    "minioadmin",
    "sa",
    "db",
    "database",
    "1234",
    "12345",
    "123456",
];

/// Whether `value` is a credential whatever its name; `public` for names of values that are meant to
/// be seen, which a browser's keys have.
pub fn is_credential(value: &str, public: bool) -> bool {
    if value.contains("-----BEGIN") && value.contains("PRIVATE KEY-----") {
        return !is_placeholder(value);
    }
    if has_token(value, public) || url_password(value).is_some() || is_webhook(value) || is_key(value) {
        return true;
    }
    !public && is_jwt(value)
}

/// Whether `value` can be a secret that is written out: no variable, reference, placeholder, switch,
/// number, path or address.
pub fn is_literal(value: &str) -> bool {
    if value.chars().count() < 4 || is_placeholder(value) || is_plain(value) || is_prose(value) {
        return false;
    }
    if PUBLIC.iter().any(|start| value.starts_with(start)) {
        return false;
    }
    let reference =
        ["/", "./", "../", "~", "file:", "op://", "arn:", "vault:", "projects/", "secretref:", "env:"];
    if reference.iter().any(|start| value.starts_with(start)) || value.contains("://") {
        return false;
    }
    // The name of another variable, such as `token: GITHUB_TOKEN`.
    let name = value.contains('_')
        && value.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    !name
}

/// Whether `value` is digits alone, and as many as a password has.
pub fn is_number(value: &str) -> bool {
    value.len() >= 6 && value.bytes().all(|byte| byte.is_ascii_digit()) && !is_placeholder(value)
}

/// Whether a connection string in words (`host=… password=…`) says a password.
pub fn has_password_word(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    ["password=", "pwd="].iter().any(|word| {
        let Some(at) = lower.find(word) else { return false };
        let password = value.get(at + word.len()..).unwrap_or_default();
        let password = password.split([' ', ';', '&']).next().unwrap_or_default().trim_matches(['\'', '"']);
        is_literal(password) && !WEAK.contains(&password)
    })
}

/// Whether `value` is the address of a chat's incoming webhook: who has it can post.
fn is_webhook(value: &str) -> bool {
    let path_behind =
        |mark: &str| value.match_indices(mark).next().and_then(|(at, _)| value.get(at + mark.len()..));
    let parts = |path: &str, least: &[usize]| {
        let parts: Vec<&str> = path.trim_end_matches('/').split(['/', '?']).collect();
        let long = least
            .iter()
            .enumerate()
            .all(|(at, least)| parts.get(at).is_some_and(|part| part.len() >= *least));
        let last = parts.get(least.len().saturating_sub(1)).copied().unwrap_or_default();
        long && is_random(last) && !is_placeholder(path)
    };
    path_behind("https://hooks.slack.com/services/").is_some_and(|path| parts(path, &[6, 6, 16]))
        || ["https://discord.com/api/webhooks/", "https://discordapp.com/api/webhooks/"]
            .iter()
            .any(|mark| path_behind(mark).is_some_and(|path| parts(path, &[15, 40])))
}

/// Whether `value` is a key as Laravel's `APP_KEY` is written: 16 or 32 bytes in Base64.
fn is_key(value: &str) -> bool {
    value.strip_prefix("base64:").is_some_and(|key| {
        let body = key.trim_end_matches('=');
        (22..=43).contains(&body.len())
            && body.chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '/')
            && is_random(body)
    })
}

/// Starts of values that are made to be seen: keys of browsers and names of encodings.
const PUBLIC: &[&str] = &[
    "phc_",
    "pk_live_",
    "pk_test_",
    "pk.eyJ",
    "cl100k_",
    "o200k_",
    "p50k_",
    "r50k_",
    "ssh-rsa ",
    "ssh-ed25519 ",
    "-----BEGIN PUBLIC KEY",
    "-----BEGIN CERTIFICATE",
];

/// Whether `value` is prose about a secret that is elsewhere: `set-by-fly-secrets`, `see secrets`,
/// a sentence.
fn is_prose(value: &str) -> bool {
    let words: Vec<String> = value
        .split(|c: char| c.is_whitespace() || "-_.,:;()".contains(c))
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    let is_word = |word: &String| word.chars().all(char::is_alphabetic);
    if words.len() < 2 || !words.iter().all(is_word) {
        return false;
    }
    let tells = [
        "set", "from", "see", "use", "via", "by", "in", "stored", "managed", "provided", "injected", "loaded",
    ];
    let elsewhere = [
        "secret",
        "secrets",
        "vault",
        "env",
        "environment",
        "runtime",
        "fly",
        "ci",
        "dashboard",
        "doppler",
        "infisical",
    ];
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    (has(&tells) && has(&elsewhere)) || (value.contains(' ') && words.len() >= 3 && has(&tells))
}

fn is_plain(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    if PLAIN.contains(&lower.as_str()) {
        return true;
    }
    // Numbers, sizes and durations.
    let unit = lower.trim_start_matches(|c: char| c.is_ascii_digit() || "., -+:".contains(c));
    unit.len() < lower.len()
        && ["", "s", "m", "h", "d", "w", "y", "ms", "kb", "mb", "gb", "min", "days", "hours"].contains(&unit)
}

/// Whether `value` stands for something that is filled in later, or for nothing.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    if PLACEHOLDERS.iter().any(|word| lower.contains(word)) {
        return true;
    }
    let variable =
        value.starts_with('$') || ["${", "$(", "{{", "<%", "@@"].iter().any(|mark| value.contains(mark));
    let enclosed = |open: char, close: char| value.starts_with(open) && value.ends_with(close);
    let mut chars = value.chars();
    let first = chars.next();
    let monotone = first.is_none() || chars.all(|c| Some(c) == first);
    variable
        || monotone
        || enclosed('<', '>')
        || enclosed('%', '%')
        || enclosed('[', ']')
        || enclosed('{', '}')
}

fn has_token(value: &str, public: bool) -> bool {
    TOKENS.iter().any(|&(prefix, least, alphabet)| {
        // Browsers' keys of Google are restricted by their referrer, not kept secret.
        if public && prefix == "AIza" {
            return false;
        }
        value.match_indices(prefix).take(8).any(|(at, _)| {
            let before = value.get(..at).unwrap_or_default();
            let rest = value.get(at + prefix.len()..).unwrap_or_default();
            let len = rest.find(|c: char| !alphabet.has(c)).unwrap_or(rest.len());
            let token = rest.get(..len).unwrap_or_default();
            !before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-')
                && len >= least
                && (!matches!(alphabet, Alphabet::Capitals) || len == least)
                && is_random(token)
                && !is_placeholder(token)
        })
    })
}

impl Alphabet {
    fn has(self, c: char) -> bool {
        match self {
            Self::Alnum => c.is_ascii_alphanumeric(),
            Self::Wide => c.is_ascii_alphanumeric() || "-_.=".contains(c),
            Self::Capitals => c.is_ascii_uppercase() || c.is_ascii_digit(),
            Self::Hex => c.is_ascii_hexdigit(),
        }
    }
}

/// Whether a token has the mixture of made-up ones: digits, and many different characters.
fn is_random(token: &str) -> bool {
    let mut seen = [false; 128];
    for byte in token.bytes() {
        if let Some(flag) = seen.get_mut(byte as usize) {
            *flag = true;
        }
    }
    seen.iter().filter(|&&flag| flag).count() >= 7 && token.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether `value` is a signed JSON Web Token: three parts in Base64, the first two being objects.
fn is_jwt(value: &str) -> bool {
    let mut parts = value.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let base64 = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    header.starts_with("eyJ")
        && payload.starts_with("eyJ")
        && signature.len() >= 20
        && [header, payload, signature].into_iter().all(base64)
        && is_random(signature)
        && !is_placeholder(value)
}

/// The password that a URL in `value` says, if it is a real one.
fn url_password(value: &str) -> Option<&str> {
    value.match_indices("://").take(8).find_map(|(at, mark)| {
        let rest = value.get(at + mark.len()..)?;
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"'`<>".contains(c)).unwrap_or(rest.len());
        let (account, host) = rest.get(..end)?.rsplit_once('@')?;
        let (user, password) = account.split_once(':')?;
        is_real_password(user, password, host).then_some(password)
    })
}

fn is_real_password(user: &str, password: &str, host: &str) -> bool {
    let lower = password.to_ascii_lowercase();
    if password.len() < 3 || is_placeholder(password) || PLAIN.contains(&lower.as_str()) {
        return false;
    }
    if ["pass", "passwd", "pw", "pwd"].contains(&lower.as_str()) || is_placeholder(host) {
        return false;
    }
    // A default password hurts where others can reach it.
    let weak =
        WEAK.contains(&lower.as_str()) || user.eq_ignore_ascii_case(password) || lower.starts_with("test");
    !weak || is_reachable(host)
}

/// Whether a host's name leads out of the machine or the compose network.
fn is_reachable(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    name.contains('.')
        && !["127.", "0.0.0.0", "host.docker."].iter().any(|start| name.starts_with(start))
        && ![".local", ".test", ".localhost"].iter().any(|end| name.ends_with(end))
}
