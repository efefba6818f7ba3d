//! What flyctl and its kin reject, and what only looks like it.

use std::sync::Arc;

use crate::facts::Reading;
use crate::facts::words::fault;
use crate::read::Settings;
use crate::read::command::{Site, shell};
use crate::text::{FileId, Passage};

/// The faults of a script: what is wrong and where.
fn faults(text: &str) -> Vec<(String, String)> {
    let settings = Settings::default();
    let site = Site {
        host: "script",
        phase: None,
        parent: None,
        directory: Some(String::new()),
        errexit: true,
        pipefail: false,
        ignored: None,
        guard: Vec::new(),
        settings: &settings,
    };
    let mut reading = Reading::default();
    shell(&mut reading, &Passage::file(FileId(0), Arc::from(text)), &site);
    let found = reading.facts.iter().filter(|fact| fact.kind == fault::KIND);
    found
        .map(|fact| {
            let place = &text[fact.span.start as usize..fact.span.end as usize];
            (fact.text(fault::WHAT).unwrap().to_owned(), place.to_owned())
        })
        .collect()
}

fn one(text: &str) -> (String, String) {
    let mut found = faults(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found.remove(0)
}

#[test]
fn what_is_rejected() {
    for (text, what, place) in [
        ("fly rollback", "unknown-command", "rollback"),
        ("flyctl rollback --app shop", "unknown-command", "rollback"),
        ("fly releases rollback 12 -a shop", "unknown-command", "releases rollback"),
        ("fly releases list", "unknown-command", "releases list"),
        ("flyctl -a shop releases rollback", "unknown-command", "releases rollback"),
        ("fly redis metrics shop", "unknown-command", "redis metrics"),
        ("fly secrets add A=b", "unknown-command", "secrets add"),
        ("fly billing show", "unknown-command", "billing"),
        ("fly machine", "does-nothing", "machine"),
        ("fly info", "does-nothing", "info"),
        ("fly suspend shop", "does-nothing", "suspend"),
        ("fly info --json", "unknown-flag", "--json"),
        ("fly logs --follow", "unknown-flag", "--follow"),
        ("fly deploy --region nrt", "unknown-flag", "--region"),
        ("fly deploy --no-build-cache", "unknown-flag", "--no-build-cache"),
        ("fly deploy --image-ref=a", "unknown-flag", "--image-ref=a"),
        ("fly deploy -remote-only", "unknown-flag", "-remote-only"),
        ("fly --remote-only deploy", "unknown-flag", "--remote-only"),
        ("fly deploy -Z", "unknown-flag", "-Z"),
        ("fly deploy --depot false", "boolean-flag-with-word", "--depot false"),
        ("fly deploy --remote-only true -a shop", "boolean-flag-with-word", "--remote-only true"),
        ("helm upgrade --install shop ./chart --wait true", "boolean-flag-with-word", "--wait true"),
        ("fly deploy --app", "flag-value-missing", "--app"),
        ("fly deploy -c", "flag-value-missing", "-c"),
        ("fly secrets set --app shop", "missing-argument", "secrets set"),
        ("fly scale count -y", "missing-argument", "scale count"),
        ("fly m exec", "missing-argument", "m exec"),
        ("fly deploy . ./web", "too-many-arguments", "./web"),
        ("fly status shop", "too-many-arguments", "shop"),
        ("sudo -u deploy flyctl rollback", "unknown-command", "rollback"),
        ("echo 店舗🚀; fly デプロイ; fly rollback", "unknown-command", "rollback"),
    ] {
        assert_eq!(one(text), (what.to_owned(), place.to_owned()), "{text}");
    }
}

#[test]
fn what_is_not() {
    for text in [
        "fly",
        "fly help deploy",
        "fly completion bash",
        "fly version",
        "fly -a shop deploy",
        "fly deploy -a shop --depot=false --remote-only=true",
        "fly deploy --ha=false ./web",
        "fly deploy $FLAGS",
        "fly deploy \"${args[@]}\" \"$@\"",
        "fly \"$@\"",
        "fly $CMD shop",
        "fly deploy --$MODE",
        "fly deploy \"--$MODE\"",
        "fly secrets set $SECRETS",
        "fly secrets set \"$@\" --stage",
        "fly secrets set A=\"$A\" B=$B",
        "echo A=b | xargs fly secrets set --app shop",
        "echo shop | xargs -n1 fly deploy --app",
        "fly m ls -a shop",
        "fly pg list",
        "fly logs -i abc --no-tail",
        "fly ssh console -a shop -C 'sh -c \"ls\"'",
        "fly machine run . -a shop -- --port 3000",
        "fly machine destroy --force $id",
        "fly machine stop",
        "fly scale count web=2 worker=1 -y",
        "fly proxy 5432:5432 -a shop",
        "fly apps --help",
        "fly rollback --help",
        "fly ips list anything",
        "fly deploy [WORKING_DIRECTORY] [--image <image>]",
        "fly status …",
        "fly doctor -a shop",
        "flyctl() { command flyctl \"$@\"; }; flyctl nothing",
        "docker run --rm true",
        "docker compose exec -T db true",
        "gh api repos/acme/shop -f draft=false",
        "kubectl get pods --all true2",
        "FLYCTL=fly; $FLYCTL deploy",
    ] {
        assert_eq!(faults(text), [], "{text}");
    }
}

#[test]
fn corrections_are_exact() {
    let correction = |text: &str| {
        let settings = Settings::default();
        let site = Site {
            host: "script",
            phase: None,
            parent: None,
            directory: None,
            errexit: false,
            pipefail: false,
            ignored: None,
            guard: Vec::new(),
            settings: &settings,
        };
        let mut reading = Reading::default();
        shell(&mut reading, &Passage::file(FileId(0), Arc::from(text)), &site);
        let fact = reading.facts.iter().find(|fact| fact.kind == fault::KIND).unwrap();
        fact.text(fault::CORRECTION).map(ToOwned::to_owned)
    };
    assert_eq!(correction("fly deploy --depot false").as_deref(), Some("--depot=false"));
    assert_eq!(correction("fly deploy --depot \\\n  false"), None);
    assert_eq!(correction("fly deploy --depot 'false'"), None);
    assert_eq!(correction("F='--depot false'\nfly deploy $F"), None);
    assert_eq!(correction("fly deploy --remote-onli").as_deref(), Some("--remote-only"));
}

#[test]
fn hostile_words_are_read() {
    faults(&format!("fly {}", "a ".repeat(50_000)));
    faults(&format!("fly deploy -{}", "z".repeat(50_000)));
    faults(&format!("fly deploy {}", "--x=$ ".repeat(10_000)));
    faults("fly '");
    faults("fly deploy --");
    faults("fly -");
}
