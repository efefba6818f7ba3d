//! Credentials that are written out in a command's words: values of flags, `NAME=value` arguments,
//! headers, URLs. Knows where programs take credentials, not what makes a value look like one.

use super::arg::Arg;
use super::grammar::Parsed;
use crate::facts::words::{HOSTS, secret_word};
use crate::facts::{Fact, FactRef, Reading};
use crate::read::secret;
use crate::text::Span;

/// Longest word that is looked into, in bytes.
const LONGEST: usize = 4096;

/// Shortest value that is taken for a credential, in bytes.
const SHORTEST: usize = 6;

/// Most credentials that are noted of one command.
const MOST: usize = 64;

/// Short flags that stand for a password, with their programs; the value may be joined.
const SHORT: &[(&str, char, &str)] = &[
    ("docker", 'p', "password"),
    ("podman", 'p', "password"),
    ("mysql", 'p', "password"),
    ("mysqldump", 'p', "password"),
    ("mysqladmin", 'p', "password"),
    ("mariadb", 'p', "password"),
    ("sshpass", 'p', "password"),
    ("redis-cli", 'a', "password"),
    ("sqlcmd", 'P', "password"),
];

/// Uses whose arguments are `NAME=value`.
const ASSIGNING: &[(&str, &str)] = &[
    ("flyctl", "secrets set"),
    ("heroku", "config:set"),
    ("gigalixir", "config:set"),
    ("dokku", "config:set"),
    ("railway", "variables"),
];

/// Flags whose values are `NAME=value`.
const PAIRS: &[&str] = &["build-arg", "env", "e", "set", "set-string", "var", "from-literal", "build-env"];

/// Adds the credentials that the words of the command `id` hold.
pub(super) fn add(out: &mut Reading, id: FactRef, args: &[Arg<'_>], parsed: &Parsed<'_>, host: &str) {
    let Some((program, rest)) = args.split_first() else { return };
    if program.dynamic || rest.is_empty() {
        return;
    }
    let mut seen: Vec<Span> = Vec::new();
    for (name, class, span) in found(&program.value, rest, parsed) {
        // A manual names secrets that nobody has.
        if host == "runbook" && class == "name" {
            continue;
        }
        if seen.contains(&span) || seen.len() > MOST {
            continue;
        }
        seen.push(span);
        let mut fact = Fact::new(secret_word::KIND, span).inside(Some(id));
        fact.set(secret_word::NAME, name, span)
            .set(secret_word::PROGRAM, program.value.as_ref(), span)
            .set(secret_word::SECRET, class, span)
            .set_some(secret_word::HOST, HOSTS.iter().copied().find(|known| *known == host), span);
        out.add(fact);
    }
}

fn found(program: &str, rest: &[Arg<'_>], parsed: &Parsed<'_>) -> Vec<(String, &'static str, Span)> {
    // What is printed, searched for or compared is not handed to anybody.
    if matches!(program, "echo" | "printf" | "test" | "[" | "grep" | "sed" | "awk" | "export" | "read") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for flag in &parsed.flags {
        let word = &rest[flag.last];
        if flag.value.is_empty() || matches!(flag.name, "header" | "user") || flag.dynamic || word.dynamic {
            continue;
        }
        if PAIRS.contains(&flag.name) {
            // Containers that live for one test are given passwords like this.
            let sure = |(_, class, _): &(String, &str, Span)| *class == "value" || program == "flyctl";
            found.extend(pair(flag.value, word.span).filter(sure));
        } else {
            found.extend(named(flag.name, flag.value, word.span));
        }
    }
    let assigns = ASSIGNING.iter().any(|(owner, verb)| {
        *owner == program && (parsed.verb_text() == *verb || rest.iter().any(|word| word.value == *verb))
    });
    for (at, word) in rest.iter().enumerate().filter(|(_, word)| !word.dynamic) {
        let value = word.value.as_ref();
        if value.len() > LONGEST || parsed.is_tail(at) {
            continue;
        }
        found.extend(short(program, rest, at, parsed));
        if let Some((header, value)) = value.split_once(": ").filter(|_| is_http(program)) {
            found.extend(header_value(header, value, word.span));
        }
        // The indices of arguments ascend.
        if parsed.args.binary_search(&at).is_ok() {
            if assigns {
                found.extend(pair(value, word.span));
            }
            // Flags without a table leave their values among the arguments.
            let before = at.checked_sub(1).map(|at| rest[at].value.as_ref());
            let flag = before.and_then(|before| before.strip_prefix("--")).filter(|flag| !flag.contains('='));
            let guessed = !super::grammar::knows(program)
                && value.len() >= 8
                && value.contains(|c: char| c.is_ascii_digit());
            if let Some(flag) = flag.filter(|_| guessed) {
                found.extend(named(flag, value, word.span));
            }
            if is_url(value) && secret::classify("", Some(value)) == "value" {
                found.push(("a URL".to_owned(), "value", word.span));
            }
        }
    }
    if program == "curl"
        && let Some(user) = parsed.flag("user").filter(|flag| !flag.dynamic)
        && let Some((_, password)) = user.value.split_once(':')
    {
        found.extend(named("password", password, rest[user.last].span));
    }
    found
}

fn is_http(program: &str) -> bool {
    matches!(program, "curl" | "wget" | "http" | "https" | "xh" | "httpie" | "gh")
}

fn is_url(value: &str) -> bool {
    value.contains("://")
}

/// A value under a name; `None` where it is none, or stands for one.
fn named(name: &str, value: &str, span: Span) -> Option<(String, &'static str, Span)> {
    // Most values are too short for a secret, and looking at names takes time.
    // `--secret id=npm` only says which secret a build gets.
    if value.len() < SHORTEST || value.starts_with("id=") {
        return None;
    }
    let class = secret::classify(name, Some(value));
    (class != "no" && !is_made_up(value)).then(|| (name.to_owned(), class, span))
}

fn pair(text: &str, span: Span) -> Option<(String, &'static str, Span)> {
    let (name, value) = text.split_once('=')?;
    named(name, value.trim_matches(['"', '\'']), span)
}

/// What the private keys begin with that Anvil and Hardhat give to everybody.
const KNOWN_KEYS: &[&str] = &[
    "ac0974be", "59c6995e", "5de4111a", "7c852118", "47e179ec", "8b3a350c", "92db14e4", "4bbbf85c",
    "dbda1821", "2a871d07",
];

/// Values that a test or a manual writes where a secret goes.
fn is_made_up(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let starts = [
        "test", "new-", "new_", "old-", "my", "some", "foo", "demo", "abc", "123", "secret", "password",
        "passw0rd", "p@ss",
    ];
    let weak =
        ["root", "postgres", "mysql", "admin", "guest", "redis", "rabbitmq", "minio", "minioadmin", "user"];
    let key = lower.trim_start_matches("0x");
    value == "-"
        || KNOWN_KEYS.iter().any(|known| key.len() == 64 && key.starts_with(known))
        || weak.contains(&lower.as_str())
        || value.starts_with(['@', '$', '<'])
        || starts.iter().any(|start| lower.starts_with(start))
}

fn short(
    program: &str,
    rest: &[Arg<'_>],
    at: usize,
    parsed: &Parsed<'_>,
) -> Option<(String, &'static str, Span)> {
    let (_, letter, name) = *SHORT.iter().find(|(owner, ..)| *owner == program)?;
    if matches!(program, "docker" | "podman") && !parsed.is(&["login"]) {
        return None;
    }
    let word = &rest[at];
    let joined = word.value.strip_prefix('-')?.strip_prefix(letter)?;
    if !joined.is_empty() {
        return named(name, joined.trim_start_matches('='), word.span);
    }
    // MySQL's `-p` takes a joined password alone.
    if program.starts_with("mysql") || program == "mariadb" {
        return None;
    }
    let value = rest.get(at + 1).filter(|value| !value.dynamic && !value.is_flag())?;
    named(name, &value.value, value.span)
}

fn header_value(header: &str, value: &str, span: Span) -> Option<(String, &'static str, Span)> {
    let lower = header.to_ascii_lowercase();
    if lower != "authorization" && secret::classify(header, None) == "no" {
        return None;
    }
    let token = ["Bearer ", "bearer ", "token ", "Token ", "Basic ", "basic "]
        .iter()
        .find_map(|scheme| value.strip_prefix(scheme))
        .unwrap_or(value);
    let (_, class, span) = named("token", token.trim(), span)?;
    Some((header.to_owned(), class, span))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::read::Settings;
    use crate::read::command::{Site, shell};
    use crate::text::{FileId, Passage};

    fn names(text: &str) -> Vec<String> {
        let settings = Settings::default();
        let site = Site {
            host: "script",
            phase: None,
            parent: None,
            directory: None,
            errexit: true,
            pipefail: false,
            ignored: None,
            guard: Vec::new(),
            settings: &settings,
        };
        let mut reading = Reading::default();
        shell(&mut reading, &Passage::file(FileId(0), Arc::from(text)), &site);
        let found = reading.facts.iter().filter(|fact| fact.kind == secret_word::KIND);
        found.map(|fact| fact.text(secret_word::NAME).unwrap().to_owned()).collect()
    }

    #[test]
    fn credentials_in_words() {
        for (text, name) in [
            ("docker login -u shop -p h7Kq9-x2Lm ghcr.io", "password"),
            ("docker login --password=h7Kq9-x2Lm -u shop", "password"),
            ("fly secrets set SESSION_SECRET=8f3kd02mxq91 -a shop", "SESSION_SECRET"),
            ("fly secrets set A=1 STRIPE_API_KEY='sk_live_4eC39HqLyjWDarjtT1zdp7dc'", "STRIPE_API_KEY"),
            (
                "curl -H 'Authorization: Bearer ghp_1a2b3c4d5e6f7g8h9i0jkLmNoPqRsTuVwXyZ' https://api.example.org",
                "Authorization",
            ),
            ("mysqldump -uroot -ph7Kq9x2Lm shop", "password"),
            ("curl -u deploy:h7Kq9x2Lm https://example.org/up", "password"),
            ("psql postgres://shop:h7Kq9x2Lm@db.acme.internal/shop", "a URL"),
            ("redis-cli -a h7Kq9x2Lm ping", "password"),
            ("sshpass -p h7Kq9x2Lm ssh deploy@shop", "password"),
            ("mytool --api-token h7Kq9x2Lm-qqw", "api-token"),
            ("docker build --build-arg NPM_TOKEN=npm_1a2b3c4d5e6f7g8h9i0jkLmNoPqRsTuVwXyZ .", "NPM_TOKEN"),
            ("heroku config:set DB_PASSWORD=h7Kq9x2Lm -a shop", "DB_PASSWORD"),
        ] {
            assert_eq!(names(text), [name], "{text}");
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "docker login -u shop --password-stdin ghcr.io",
            "docker login -u shop -p \"$TOKEN\" ghcr.io",
            "docker login -u shop -p ${{ secrets.TOKEN }} ghcr.io",
            "docker run -p 3000:3000 acme/shop",
            "fly secrets set TOKEN=\"$TOKEN\" KEY=$(cat key)",
            "fly secrets set LOG_LEVEL=debug TOKEN=-",
            "fly secrets set DATABASE_URL=<url> API_TOKEN=your-token",
            "curl -H \"Authorization: Bearer $TOKEN\" https://example.org",
            "psql postgres://postgres:postgres@localhost/test",
            "mysql -uroot -proot -h 127.0.0.1",
            "redis-cli -a \"$PASS\" ping",
            "echo --password h7Kq9x2Lm",
            "psql -p 5432 shop",
            "mytool --password-file /run/secrets/password",
            "mytool --token-ttl 3600",
            "gh secret set API_TOKEN --body \"$TOKEN\"",
            "docker build --build-arg NODE_ENV=production .",
            "createuser --password shop",
            "forge script A.sol --private-key 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        ] {
            assert!(names(text).is_empty(), "{text}: {:?}", names(text));
        }
    }
}
