//! What is read from configurations of Kamal, and where.

use super::*;
use crate::facts::words::{command, unresolved};

fn repo(files: &[(&str, &str)]) -> Repo {
    let mut repo = Repo::default();
    for (path, text) in files {
        repo.insert(path, text.as_bytes().to_vec(), false);
    }
    repo
}

fn reading(path: &str, text: &str) -> Reading {
    let repo = repo(&[(path, text)]);
    let id = repo.get(path).unwrap();
    crate::read::file(&repo, id, &Settings::default())
}

fn of_kind(reading: &Reading, kind: crate::facts::Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

const SHOP: &str = concat!(
    "\u{feff}# 店の構成\r\n",
    "service: shop\r\nimage: acme/shop\r\n",
    "servers:\r\n  web:\r\n    hosts:\r\n      - 192.0.2.1\r\n      - 192.0.2.2: [tokyo]\r\n",
    "  job:\r\n    hosts: [<%= ENV[\"JOB_HOST\"] %>]\r\n    cmd: bin/jobs --name \"仕事 🎉\"\r\n",
    "    env:\r\n      clear:\r\n        QUEUE: mail\r\n",
    "proxy:\r\n  ssl: true\r\n  app_port: 3000\r\n  healthcheck:\r\n    path: /up\r\n",
    "builder:\r\n  arch: amd64\r\n  remote: ssh://build.example.com\r\n  args:\r\n    RUBY_VERSION: \"3.4\"\r\n",
    "env:\r\n  clear:\r\n    RAILS_ENV: production\r\n    API_KEY: 8f14e45fceea167a5a36dedd4bea2543\r\n",
    "    HOST: <%= ENV.fetch(\"HOST\") %>\r\n",
    "  secret:\r\n    - RAILS_MASTER_KEY\r\n",
    "aliases:\r\n  console: app exec -i --reuse \"bin/rails console\"\r\n  logs: app logs -f\r\n",
    "accessories:\r\n  db:\r\n    image: postgres:17\r\n    cmd: postgres -c max_connections=200\r\n",
    "retain_containers: 3\r\nhooks_path: ops/hooks\r\n",
);

fn said(span: Span) -> &'static str {
    &SHOP[span.start as usize..span.end as usize]
}

#[test]
fn a_configuration_with_exact_places() {
    let reading = reading("config/deploy.yml", SHOP);
    assert!(reading.findings.is_empty(), "{:?}", reading.findings);
    let fact = of_kind(&reading, config::KIND)[0];
    let texts = [
        (config::SERVICE, "shop"),
        (config::IMAGE, "acme/shop"),
        (config::HEALTH_PATH, "/up"),
        (config::BUILDER_REMOTE, "ssh://build.example.com"),
        (config::HOOKS_PATH, "ops/hooks"),
    ];
    for (field, text) in texts {
        let slot = fact.get(field).unwrap();
        assert_eq!((slot.value.as_text(), said(slot.span)), (Some(text), text));
    }
    assert_eq!((fact.int(config::APP_PORT), fact.int(config::RETAIN)), (Some(3000), Some(3)));
    let words = |field| fact.list(field).iter().map(|(text, _)| text.to_string()).collect::<Vec<_>>();
    assert_eq!(words(config::SERVERS), ["192.0.2.1", "192.0.2.2"]);
    assert_eq!(words(config::ROLES), ["web", "job"]);
    assert_eq!(words(config::BUILDER_ARCH), ["amd64"]);
    assert_eq!(words(config::SECRETS), ["RAILS_MASTER_KEY"]);
    assert_eq!(fact.bool(config::PROTECTED), Some(true));
}

#[test]
fn variables_and_what_a_template_makes() {
    let reading = reading("config/deploy.yml", SHOP);
    let variables: Vec<_> = of_kind(&reading, variable::KIND)
        .into_iter()
        .map(|fact| {
            (
                fact.text(variable::NAME).unwrap(),
                fact.text(variable::VALUE),
                fact.text(variable::SCOPE).unwrap(),
                fact.text(variable::SECRET).unwrap(),
            )
        })
        .collect();
    assert_eq!(
        variables,
        [
            ("RAILS_ENV", Some("production"), "kamal-env", "no"),
            ("API_KEY", Some("8f14e45fceea167a5a36dedd4bea2543"), "kamal-env", "name"),
            ("HOST", None, "kamal-env", "no"),
            ("QUEUE", Some("mail"), "kamal-env", "no"),
            ("RUBY_VERSION", Some("3.4"), "kamal-build-arg", "no"),
        ]
    );
}

#[test]
fn commands_of_roles_accessories_and_aliases() {
    let reading = reading("apps/店/config/deploy.yml", SHOP);
    let commands: Vec<_> = of_kind(&reading, command::KIND)
        .into_iter()
        .map(|fact| {
            let program = fact.get(command::PROGRAM).unwrap();
            (fact.text(command::HOST).unwrap(), program.value.as_text().unwrap(), said(program.span))
        })
        .collect();
    assert_eq!(
        commands,
        [
            ("docker-start", "jobs", "bin/jobs"),
            ("kamal-alias", "kamal", ""),
            ("kamal-alias", "rails", "bin/rails"),
            ("kamal-alias", "kamal", ""),
        ]
    );
    assert_eq!(of_kind(&reading, process::KIND).len(), 2);
    let alias = of_kind(&reading, command::KIND)[1];
    assert_eq!(alias.text(command::DIRECTORY), Some("apps/店"));
    assert_eq!(said(alias.get(command::TEXT).unwrap().span), "app exec -i --reuse \"bin/rails console\"");
}

#[test]
fn destinations_and_their_environments() {
    let base = ("config/deploy.yml", "service: shop\nimage: a/b\nservers: [192.0.2.1]\n");
    let repo = repo(&[base, ("config/deploy.staging.yml", "servers: [192.0.2.9]\nproxy: false\n")]);
    let fact = |path: &str| {
        let reading = crate::read::file(&repo, repo.get(path).unwrap(), &Settings::default());
        of_kind(&reading, config::KIND)[0].clone()
    };
    assert_eq!(fact("config/deploy.yml").text(config::ENVIRONMENT), None);
    let staging = fact("config/deploy.staging.yml");
    assert_eq!(staging.text(config::DESTINATION), Some("staging"));
    assert_eq!(staging.text(config::ENVIRONMENT), Some("staging"));
    assert_eq!(staging.text(config::PROXY), Some("false"));
}

#[test]
fn files_of_others_are_left_alone() {
    let other = reading("config/deploy.yml", "steps: [a]\nx: {\n");
    assert!(other.findings.is_empty());
    assert_eq!(other.facts.len(), 1);
    let template =
        reading("config/deploy.beta.yml", "<% if x %>\nservice: a\n<% else %>\nservice: [\n<% end %>\n");
    assert!(template.findings.is_empty());
    assert!(!of_kind(&template, unresolved::KIND).is_empty());
    let broken = reading("config/deploy.yml", "service: shop\nservers: [1\nimage: x\n");
    assert_eq!(broken.findings.len(), 1);
}

#[test]
fn hostile_text_ends() {
    for text in ["", "<%", "<%=", "<%= %>", "service: &a {aliases: *a}", "servers: [[[", "service: <%= x\n"] {
        let _ = reading("config/deploy.yml", text);
    }
    let _ = reading("config/deploy.yml", &"<%=x%>".repeat(50_000));
    let _ = reading("config/deploy.yml", &"<%".repeat(100_000));
    let _ = reading("config/deploy.yml", &format!("service: {}", "[".repeat(100_000)));
    let variables: String = (0..3_000).map(|at| format!("  V{at}: x\n")).collect();
    let roles: String = (0..3_000).map(|at| format!("  r{at}: {{env: {{clear: *v}}}}\n")).collect();
    let repeats = reading("config/deploy.yml", &format!("x-v: &v\n{variables}servers:\n{roles}"));
    assert!(of_kind(&repeats, variable::KIND).len() < 100_000);
    assert!(
        of_kind(&repeats, unresolved::KIND)
            .iter()
            .any(|fact| fact.text(unresolved::REASON) == Some(host::REPEATS))
    );
}
