//! Tests of the reader of `fly.toml`, whole files in and facts out.

use super::*;
use crate::facts::{Kind, Value, glob};

fn repo(path: &str, text: &str) -> (Repo, Reading) {
    let mut repo = Repo::default();
    let id = repo.insert(path, text.as_bytes().to_vec(), false);
    let reading = read(&repo, id, &Settings::default());
    (repo, reading)
}

fn of_kind(reading: &Reading, kind: Kind) -> Vec<&Fact> {
    reading.facts.iter().filter(|fact| fact.kind == kind).collect()
}

/// The facts of a kind, their fields with the words that they stand on where these differ.
fn show(path: &str, text: &str, kind: Kind) -> String {
    let (repo, reading) = repo(path, text);
    let mut out = String::new();
    let words = |span: Span| repo.file(span.file).text[span.start as usize..span.end as usize].to_owned();
    for fact in of_kind(&reading, kind) {
        let mut fields = vec![format!("<{}>", words(fact.span))];
        for (field, slot) in fact.fields() {
            let value = match &slot.value {
                Value::Bool(value) => value.to_string(),
                Value::Int(value) => value.to_string(),
                Value::Text(value) => value.to_string(),
                Value::Word(word) => (*word).to_owned(),
                Value::List(items) => format!("{:?}", items.iter().map(|(item, _)| item).collect::<Vec<_>>()),
                Value::Map(_) => String::new(),
            };
            let at = words(slot.span);
            let place = if at == value { String::new() } else { format!(" <{at}>") };
            fields.push(format!("{}={value}{place}", field.name()));
        }
        out.push_str(&fields.join(", "));
        out.push('\n');
    }
    out
}

const SHOP: &str = r#"app = "shop-api"
primary_region = "nrt"

[build]
image = "registry.example.com/shop:sha-1234567"
dockerfile = "../docker/Dockerfile.fly"

[build.args]
NODE_ENV = "production"

[deploy]
strategy = "bluegreen"
release_command = "npm run release"

[env]
PORT = 8080
SESSION_SECRET = "hunter2-hunter2"
"店舗" = "東京 🐟"

[processes]
web = "node dist/main.js"
worker = "node dist/worker.js"

[http_service]
internal_port = 8080
force_https = true
auto_stop_machines = "stop"
min_machines_running = 2
processes = ["web"]

[[http_service.checks]]
path = "/health/ready"
interval = "15s"
grace_period = "30s"

[checks.alive]
type = "tcp"
port = 8080

[[vm]]
size = "shared-cpu-1x"
memory_mb = 1024
processes = ["web", "worker"]

[mounts]
source = "data"
destination = "/data"
"#;

#[test]
fn a_configuration_becomes_facts() {
    assert_eq!(
        show("apps/api/fly.toml", SHOP, words::fly_config::KIND),
        "<app = \"shop-api\">, path=apps/api/fly.toml <app = \"shop-api\">, app=shop-api, \
         environment=production <app = \"shop-api\">, protected=true <app = \"shop-api\">, \
         primary-region=nrt, strategy=bluegreen, build-image=registry.example.com/shop:sha-1234567, \
         dockerfile=apps/docker/Dockerfile.fly <../docker/Dockerfile.fly>, \
         release-command=npm run release, services=1 <[http_service]>, tcp-services=1 <[http_service]>, service-checks=1 <app = \"shop-api\">, \
         machine-checks=1 <app = \"shop-api\">, checks=2 <app = \"shop-api\">, mounts=1 <[mounts]>, \
         processes=[\"web\", \"worker\"] <[processes]>, auto-stop=stop <\"stop\">, min-machines=2\n"
    );
    assert_eq!(
        show("fly.toml", SHOP, words::fly_service::KIND),
        "<[http_service]>, name=http_service <[http_service]>, internal-port=8080, protocol=tcp <[http_service]>, \
         ports=2 <[http_service]>, checks=1 <[http_service]>, auto-stop=stop <\"stop\">, min-machines=2, \
         force-https=true, processes=[\"web\"]\n"
    );
    assert_eq!(
        show("fly.toml", SHOP, words::fly_check::KIND),
        "<[[http_service.checks]]>, kind=http <[[http_service.checks]]>, scope=service <[[http_service.checks]]>, \
         path=/health/ready, interval=15s, grace-period=30s\n\
         <[checks.alive]>, name=alive, kind=tcp, scope=top-level <[checks.alive]>, port=8080\n"
    );
    assert_eq!(
        show("fly.toml", SHOP, words::fly_vm::KIND),
        "<[[vm]]>, size=shared-cpu-1x, memory=1024, processes=[\"web\", \"worker\"]\n"
    );
    assert_eq!(
        show("fly.toml", SHOP, words::fly_mount::KIND),
        "<[mounts]>, source=data, destination=/data\n"
    );
    assert_eq!(
        show("fly.toml", SHOP, words::fly_process::KIND),
        "<web>, name=web, command=node dist/main.js\n<worker>, name=worker, command=node dist/worker.js\n"
    );
    assert_eq!(
        show("fly.toml", SHOP, words::release::KIND),
        "<npm run release>, text=npm run release, app=shop-api, environment=production <app = \"shop-api\">, \
         protected=true <app = \"shop-api\">\n"
    );
    assert_eq!(
        show("fly.toml", SHOP, words::variable::KIND),
        "<PORT = 8080>, name=PORT, value=8080, scope=fly-env <PORT = 8080>, secret=no <PORT>, literal=true <8080>, \
         environment=production <app = \"shop-api\">\n\
         <SESSION_SECRET = \"hunter2-hunter2\">, name=SESSION_SECRET, value=hunter2-hunter2, \
         scope=fly-env <SESSION_SECRET = \"hunter2-hunter2\">, secret=name <SESSION_SECRET>, \
         literal=true <hunter2-hunter2>, environment=production <app = \"shop-api\">\n\
         <\"店舗\" = \"東京 🐟\">, name=店舗 <\"店舗\">, value=東京 🐟, scope=fly-env <\"店舗\" = \"東京 🐟\">, \
         secret=no <\"店舗\">, literal=true <東京 🐟>, environment=production <app = \"shop-api\">\n\
         <NODE_ENV = \"production\">, name=NODE_ENV, value=production, \
         scope=fly-build-arg <NODE_ENV = \"production\">, secret=no <NODE_ENV>, literal=true <production>, \
         environment=production <app = \"shop-api\">\n"
    );
    let (_, reading) = repo("fly.toml", SHOP);
    assert!(of_kind(&reading, words::unresolved::KIND).is_empty());
    assert!(
        of_kind(&reading, words::fly_key::KIND)
            .iter()
            .all(|key| key.bool(words::fly_key::KNOWN) == Some(true))
    );
}

/// `key: known|legacy|misplaced|unknown → suggestion` of those keys that flyctl does not read.
fn unread(text: &str) -> Vec<String> {
    let (_, reading) = repo("fly.toml", text);
    of_kind(&reading, words::fly_key::KIND)
        .into_iter()
        .filter(|key| key.bool(words::fly_key::KNOWN) == Some(false))
        .map(|key| {
            let is = |field| key.bool(field) == Some(true);
            let state = match () {
                () if is(words::fly_key::LEGACY) => "legacy",
                () if is(words::fly_key::MISPLACED) => "misplaced",
                () => "unknown",
            };
            let suggestion = key.text(words::fly_key::SUGGESTION).map(|text| format!(" → {text}"));
            let name = key.text(words::fly_key::KEY).unwrap_or_default();
            format!("{name}: {state}{}", suggestion.unwrap_or_default())
        })
        .collect()
}

#[test]
fn keys_that_flyctl_does_not_read() {
    let text = r#"
app = "shop"
primary_regoin = "nrt"
count = 1
[build]
target = "runner"
context = "."
swap_size_mb = 512
[http_service]
internal_port = 3000
auto_stop_machine = true
idle_timeout = 60
max_machines_running = 3
[http_service.http_checks]
path = "/"
[[services]]
internal_port = 80
auto_machine_stop = true
script_checks = []
[[services.checks]]
path = "/"
[[services.tcp_checks]]
restart_limit = 0
[experimental]
allowed_public_ports = []
[[http_checks]]
path = "/"
[health]
anything = 1
"#;
    assert_eq!(
        unread(text),
        [
            "primary_regoin: unknown → primary_region",
            "count: legacy",
            "build.target: unknown → build-target",
            "build.context: unknown",
            "build.swap_size_mb: misplaced",
            "http_service.auto_stop_machine: unknown → auto_stop_machines",
            "http_service.idle_timeout: unknown → http_options.idle_timeout",
            "http_service.max_machines_running: unknown",
            "http_service.http_checks: unknown → checks",
            "services.auto_machine_stop: unknown → auto_stop_machines",
            "services.script_checks: legacy",
            "services.checks: unknown → http_checks",
            "services.tcp_checks.restart_limit: legacy",
            "experimental.allowed_public_ports: legacy",
            "http_checks: unknown → http_service.checks",
            "health: unknown",
        ]
    );
}

#[test]
fn keys_that_were_meant() {
    let text = r#"
enviroment = "production"
[[http_service.checks]]
processes = ["web"]
env = { A = "b" }
kill_timeout = "5s"
[[vm]]
process = ["web"]
[[restart]]
retrys = 3
"#;
    assert_eq!(
        unread(text),
        [
            "enviroment: unknown → env",
            "http_service.checks.processes: unknown",
            "http_service.checks.env: misplaced",
            "http_service.checks.kill_timeout: misplaced",
            "vm.process: unknown → processes",
            "restart.retrys: unknown → retries",
        ]
    );
    assert!(show("fly.toml", text, words::fly_key::KIND).contains("below=http_service.checks"));
}

#[test]
fn udp_services_are_not_counted_as_tcp() {
    let tcp = |protocol: &str| {
        let text = format!("[[services]]\nprotocol = '{protocol}'\ninternal_port = 5353\n");
        let (_, reading) = repo("fly.toml", &text);
        of_kind(&reading, words::fly_config::KIND)[0].int(words::fly_config::TCP_SERVICES)
    };
    assert_eq!([tcp("udp"), tcp("UDP"), tcp("tcp")], [Some(0), Some(0), Some(1)]);
}

#[test]
fn accepted_forms_are_known() {
    let text = r#"
APP = "shop"
env = { ANY_NAME = "x", "with space" = "y" }
processes = []
compute = { size = "shared-cpu-1x" }
metric = { port = 9091, path = "/metrics" }
[build]
build_target = "x"
settings = { a = { b = 1 } }
[build.args]
SHOP = "1"
[mount]
source = "data"
destination = "/data"
[deploy.release_command_vm]
memory = "1gb"
[http_service]
internal_port = 80
[http_service.http_options.response.headers]
X-Frame-Options = "DENY"
[http_service.concurrency]
type = "requests"
soft_limit = 1
[[services]]
internal_port = "8080"
concurrency = "12,23"
[[services.http_checks]]
headers = [{ name = "Authorization", value = "x" }]
[[services.ports]]
port = "80"
[[checks]]
name = "alive"
type = "http"
[experimental.attached.secrets]
export = { A = "B" }
"#;
    assert_eq!(unread(text), Vec::<String>::new());
    let services = show("fly.toml", text, words::fly_service::KIND);
    assert!(
        services.contains("internal-port=8080 <\"8080\">, protocol=tcp <[[services]]>, ports=1"),
        "{services}"
    );
    assert!(show("fly.toml", text, words::fly_check::KIND).contains("name=alive, kind=http"));
    assert!(show("fly.toml", text, words::fly_mount::KIND).contains("source=data"));
}

#[test]
fn the_environment_comes_from_names() {
    let environment = |path: &str, text: &str| {
        let (_, reading) = repo(path, text);
        let config = of_kind(&reading, words::fly_config::KIND)[0];
        let protected = config.bool(words::fly_config::PROTECTED);
        (config.text(words::fly_config::ENVIRONMENT).unwrap_or("none").to_owned(), protected == Some(true))
    };
    assert_eq!(environment("fly.toml", "app = 'shop'"), ("production".to_owned(), true));
    assert_eq!(environment("fly.toml", ""), ("production".to_owned(), true));
    assert_eq!(environment("fly.toml", "app = 'shop-staging'"), ("staging".to_owned(), false));
    assert_eq!(environment("apps/api/fly.staging.toml", "app = 'shop'"), ("staging".to_owned(), false));
    assert_eq!(environment("fly.prod.toml", "app = 'shop'"), ("production".to_owned(), true));
    assert_eq!(environment("fly.worker.toml", "app = 'shop'"), ("none".to_owned(), false));

    let mut settings = Settings::default();
    settings.environments.list.insert(
        0,
        crate::facts::Environment {
            name: "live".to_owned(),
            protected: true,
            configs: vec![glob("deploy/*.toml").unwrap()],
            ..Default::default()
        },
    );
    let mut files = Repo::default();
    let id = files.insert("deploy/fly.staging.toml", Vec::new(), false);
    let reading = read(&files, id, &settings);
    assert_eq!(
        of_kind(&reading, words::fly_config::KIND)[0].text(words::fly_config::ENVIRONMENT),
        Some("live")
    );
}

fn shell_syntax(command: &str) -> Option<String> {
    let (repo, reading) = repo("fly.toml", &format!("[deploy]\nrelease_command = '''{command}'''\n"));
    let release = of_kind(&reading, words::release::KIND)[0];
    let slot = release.get(words::release::SHELL_SYNTAX)?;
    let said = &repo.file(slot.span.file).text[slot.span.start as usize..slot.span.end as usize];
    assert_eq!(Some(said), slot.value.as_text(), "{command}");
    Some(said.to_owned())
}

#[test]
fn words_for_a_shell_that_is_not_there() {
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(shell_syntax("npm run migrate && npm run seed"), some("&&"));
    assert_eq!(shell_syntax("npm run migrate||true"), some("||"));
    assert_eq!(shell_syntax("npm run a; npm run b"), some(";"));
    assert_eq!(shell_syntax("npm run a | tee log"), some("|"));
    assert_eq!(shell_syntax("npm run a > /tmp/log"), some(">"));
    assert_eq!(shell_syntax("npm run a 2>&1"), some("2>&1"));
    assert_eq!(shell_syntax("npm run a &"), some("&"));
    assert_eq!(shell_syntax("NODE_ENV=production npm run a"), some("NODE_ENV=production"));
    assert_eq!(shell_syntax("cd app && npm run a"), some("cd"));
    assert_eq!(shell_syntax("migrate --url=$DATABASE_URL"), some("$DATABASE_URL"));
    assert_eq!(shell_syntax("migrate \"--url=${DATABASE_URL}\""), some("${DATABASE_URL}"));
    assert_eq!(shell_syntax("migrate $(cat url)"), some("$(cat"));
    assert_eq!(shell_syntax("migrate `cat url`"), some("`cat"));
    assert_eq!(shell_syntax("sh -c \"npm run a\" && npm run b"), some("&&"));
    assert_eq!(shell_syntax("bash -euo pipefail -c \"npm run a\"; npm run b"), some(";"));
    assert_eq!(shell_syntax("cd app && sh -c \"npm run a\""), some("cd"));
    assert_eq!(shell_syntax("sh -c npm run migrate"), some("run"));
    assert_eq!(shell_syntax("source .env"), some("source"));
    assert_eq!(shell_syntax(". ./.env"), some("."));
    assert_eq!(shell_syntax("export A=1"), some("export"));
    assert_eq!(shell_syntax("$HOME/bin/移行 up"), some("$HOME"));
}

#[test]
fn why_words_need_a_shell() {
    let seen = |command: &str| {
        let (_, reading) = repo("fly.toml", &format!("[deploy]\nrelease_command = \"{command}\"\n"));
        let release = of_kind(&reading, words::release::KIND)[0];
        let field = |field| release.text(field).unwrap_or("-").to_owned();
        (field(words::release::SHELL_PROGRAM), field(words::release::SHELL_SCRIPT))
    };
    let pair = |program: &str, script: &str| (program.to_owned(), script.to_owned());
    assert_eq!(seen("npm run a && npm run b"), pair("-", "-"));
    assert_eq!(seen("NODE_ENV=production npm run a"), pair("NODE_ENV=production", "-"));
    assert_eq!(seen("$HOME/bin/x up"), pair("$HOME/bin/x", "-"));
    assert_eq!(seen("sh -c npm run a"), pair("-", "npm"));
}

#[test]
fn words_that_need_no_shell() {
    for command in [
        "npm run release",
        "sh -c 'npm run migrate && npm run check'",
        "/bin/sh -lc \"npm run migrate && npm run check\"",
        "bash -euxo pipefail -c \"a | b && $C\"",
        "sh -c 'exec \"$@\"' -- npm run a",
        "sh -c $SCRIPT x",
        "sh -c migrate",
        "node -e \"console.log(`a`, `${b}`)\"",
        "npm exec cd",
        "env NODE_ENV=production bash -c 'a; b'",
        "curl https://shop.example.com/?a=1&b=2",
        "bin/rails runner \"puts 'a'\"",
        "node -e '$x && y'",
        "pip install django>=4",
        "echo a\\;b",
        "echo 100$",
        "npm run 移行",
        "",
    ] {
        let text = format!("[deploy]\nrelease_command = '''{command}'''\n");
        let (_, reading) = repo("fly.toml", &text);
        let release = of_kind(&reading, words::release::KIND);
        let found = release.first().and_then(|fact| fact.text(words::release::SHELL_SYNTAX));
        assert_eq!(found, None, "{command}");
    }
}

#[test]
fn lines_are_split_as_flyctl_splits_them() {
    let words = |line: &str| {
        let passage = Passage::file(FileId(0), line.into());
        let split = split::split(&passage);
        (
            split.words.iter().map(|word| word.text().to_owned()).collect::<Vec<_>>(),
            split.open.map(|(range, _)| range),
        )
    };
    assert_eq!(
        words("a 'b c' \"d \\\" e\" f\\ g h''i # note\n j"),
        (["a", "b c", "d \" e", "f g", "hi", "j"].map(str::to_owned).to_vec(), None)
    );
    assert_eq!(words("a '' \"\""), (["a", "", ""].map(str::to_owned).to_vec(), None));
    assert_eq!(words("a 'b c").1, Some(2..3));
    assert_eq!(words("a \\").1, Some(2..3));
    assert_eq!(words("").0, Vec::<String>::new());
    let passage = Passage::file(FileId(0), "a \"店 x\"".into());
    assert_eq!(split::split(&passage).words[1].exact(0..5), Some(Span::new(FileId(0), 3, 8)));
}

#[test]
fn what_flyctl_rejects_is_unresolved() {
    let reasons = |text: &str| {
        let (_, reading) = repo("fly.toml", text);
        of_kind(&reading, words::unresolved::KIND)
            .iter()
            .filter_map(|fact| fact.text(words::unresolved::REASON).map(str::to_owned))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert!(reasons("[http_service.checks]\npath = '/'\n").contains("[[http_service.checks]]"));
    assert!(reasons("[http_service]\ninternal_port = '80'\n").contains("number"));
    assert!(reasons("[http_service]\nauto_stop_machines = 'always'\n").contains("suspend"));
    assert!(reasons("[deploy]\nrelease_command = ['a', 'b']\n").contains("an array"));
    assert!(reasons("[deploy]\nrelease_command = \"sh -c 'a\"\n").contains("never closed"));
    assert!(reasons("[statics]\nguest_path = '/'\n").contains("[[statics]]"));
    assert!(reasons("http_service = 3\n").contains("one `[http_service]`"));
    assert_eq!(reasons("[http_service]\ninternal_port = 80\nauto_stop_machines = true\n"), "");
    for (text, told) in [
        ("app = 3", "`app` as a string, not an integer"),
        ("build = 'x'", "`build` as one table, `[build]`, not \"x\""),
        ("[[deploy]]", "`deploy` as one table, `[deploy]`, not an array"),
        ("vm = 'shared-cpu-1x'", "`vm` as a list of tables"),
        (
            "[deploy]\nstrategy = 'Rolling'",
            "one of `rolling`, `immediate`, `canary`, `bluegreen`, not \"Rolling\"",
        ),
        (
            "[deploy]\nrelease_command_timeout = '600'",
            "a duration with its unit, such as `\"10s\"`, not \"600\"",
        ),
        ("[[http_service.checks]]\ninterval = '5 minutes'", "`http_service.checks.interval` as a duration"),
        ("[http_service]\nconcurrency = 20", "`http_service.concurrency` as one table"),
        ("[http_service]\nforce_https = 'true'", "true or false, without quotes, not \"true\""),
        ("[[services]]\nprocesses = 'web'", "an array of strings, not \"web\""),
        ("[checks.up]\ntimeout = '1d'", "`checks.up.timeout` as a duration"),
        ("[[vm]]\ncpus = '2'", "`vm.cpus` as a whole number, not \"2\""),
    ] {
        let reasons = reasons(text);
        assert!(reasons.contains(told) && reasons.lines().count() == 1, "{text}: {reasons}");
    }
    let fine = "kill_timeout = 5\n[deploy]\nstrategy = 'canary'\nwait_timeout = '1m30.5s'\nmax_unavailable = 1\n\
        [[services]]\nconcurrency = '12,23'\n[[services.tcp_checks]]\ninterval = 10000\ngrace_period = ''\n\
        [mounts]\nsource = 'data'\n[experimental]\ncmd = 'x'\n[build]\nbuildpacks = []\n";
    assert_eq!(reasons(fine), "");
}

#[test]
fn faulty_files_are_read_as_far_as_they_go() {
    let (repo, reading) =
        repo("fly.toml", "\u{feff}app = \"shop\r\n[deploy\r\nrelease_command = 'npm run 移行'\r\n");
    let places: Vec<&str> = reading
        .findings
        .iter()
        .map(|finding| finding.primary.span)
        .map(|span| &repo.file(span.file).text[span.start as usize..span.end as usize])
        .collect();
    assert_eq!(places, ["\"shop", "[deploy"]);
    let release = of_kind(&reading, words::release::KIND);
    assert_eq!(release[0].text(words::release::TEXT), Some("npm run 移行"));
    assert_eq!(release[0].text(words::release::APP), Some("shop"));
}

#[test]
fn hostile_files_are_read() {
    for text in [
        "[".repeat(100_000),
        format!("[deploy]\nrelease_command = '{}'", "\"".repeat(100_001)),
        format!("[deploy]\nrelease_command = '{}'", "$( ".repeat(50_000)),
        format!("[deploy]\nrelease_command = '{}'", "a&&".repeat(50_000)),
        format!("[env]\n{}", (0..20_000).map(|at| format!("K{at} = 1\n")).collect::<Vec<_>>().concat()),
        "[[services]]\n[[services.ports]]\n".repeat(20_000),
        "\0\u{1}".to_owned(),
    ] {
        let (_, reading) = repo("fly.toml", &text);
        assert!(!reading.facts.is_empty());
    }
}

#[test]
fn a_console_is_run_by_hand() {
    let text = "\u{feff}console_command = \"/app/bin/rails console\" # 対話\r\n[deploy]\r\nrelease_command = 'x'\r\n";
    let (_, reading) = repo("fly.toml", text);
    let console = of_kind(&reading, words::fly_console::KIND)[0].get(words::fly_console::TEXT).unwrap();
    assert_eq!(&text[console.span.start as usize..console.span.end as usize], "/app/bin/rails console");
    let commands = of_kind(&reading, words::command::KIND);
    let told = |fact: &Fact| {
        [words::command::HOST, words::command::PHASE]
            .map(|field| fact.text(field).unwrap_or_default().to_owned())
    };
    let found: Vec<_> = commands.iter().map(|fact| told(fact)).collect();
    assert!(found.contains(&["console-command".to_owned(), "manual".to_owned()]), "{found:?}");
    for other in ["console_command = 3", "console_command = ' '", "console_command = \"'\""] {
        assert!(of_kind(&repo("fly.toml", other).1, words::fly_console::KIND).len() < 2);
    }
}
