//! Services and health checks of a `fly.toml`.

use std::sync::Arc;

use super::Config;
use super::value::{get, integer, scalar, tables, texts};
use crate::facts::{Fact, FactRef, Reading, Value, words, words::fly_check, words::fly_service};
use crate::syntax::toml::{Data, Entry, Node, Table};
use crate::text::Span;

/// Running numbers of the whole file.
#[derive(Default)]
struct Tally {
    services: i64,
    first: Option<Span>,
    tcp: i64,
    first_tcp: Option<Span>,
    service_checks: i64,
    top_level: i64,
    auto_stop: Option<(&'static str, Span)>,
    min_machines: Option<(i64, Span)>,
}

/// Adds `fly.service` and `fly.check` facts, and their numbers to the configuration's.
pub fn read(out: &mut Reading, config: &Config<'_>, root: &Table) {
    let mut tally = Tally::default();
    if let Some(entry) = get(root, "http_service") {
        match &entry.node.data {
            Data::Table(table) => {
                service(out, config, (&entry.node, entry, table), "http_service", &mut tally);
            }
            _ => config.unresolved(
                out,
                &entry.node,
                "flyctl takes one `[http_service]` table and rejects the whole file for anything else"
                    .to_owned(),
            ),
        }
    }
    if let Some(entry) = get(root, "services") {
        for (node, table) in tables(entry) {
            service(out, config, (node, entry, table), "services", &mut tally);
        }
    }
    top_level_checks(out, config, root, &mut tally);

    let fact = out.fact_mut(config.parent);
    let span = fact.span;
    fact.set(words::fly_config::SERVICES, tally.services, tally.first.unwrap_or(span))
        .set(words::fly_config::SERVICE_CHECKS, tally.service_checks, span)
        .set(words::fly_config::MACHINE_CHECKS, tally.top_level, span)
        .set(words::fly_config::CHECKS, tally.service_checks + tally.top_level, span);
    fact.set(words::fly_config::TCP_SERVICES, tally.tcp, tally.first_tcp.unwrap_or(span));
    if let Some((mode, at)) = tally.auto_stop {
        fact.set(words::fly_config::AUTO_STOP, mode, at);
    }
    if let Some((number, at)) = tally.min_machines {
        fact.set(words::fly_config::MIN_MACHINES, number, at);
    }
}

fn service(
    out: &mut Reading,
    config: &Config<'_>,
    (node, entry, table): (&Node, &Entry, &Table),
    name: &'static str,
    tally: &mut Tally,
) {
    let span = config.header(node, entry);
    let mut fact = Fact::new(fly_service::KIND, span).inside(Some(config.parent));
    fact.set(fly_service::NAME, name, span);
    let locate = |entry: &Entry| config.document.locate(entry.node.range.clone());
    if let Some(port) = get(table, "internal_port") {
        fact.set_some(fly_service::INTERNAL_PORT, integer(&port.node), locate(port));
        if name == "http_service" && port.node.as_int().is_none() {
            let reason = "flyctl wants `http_service.internal_port` as a number and rejects the whole file";
            config.unresolved(out, &port.node, reason.to_owned());
        }
    }
    let protocol = get(table, "protocol").and_then(|entry| scalar(config.document, &entry.node));
    let (protocol, at) = protocol.unwrap_or_else(|| (Arc::from("tcp"), span));
    if !protocol.eq_ignore_ascii_case("udp") {
        tally.tcp += 1;
        tally.first_tcp.get_or_insert(span);
    }
    fact.set(fly_service::PROTOCOL, protocol, at);
    // `http_service` always serves ports 80 and 443.
    let ports = get(table, "ports").map_or(0, |ports| count(tables(ports).count()));
    fact.set(fly_service::PORTS, if name == "http_service" { 2 } else { ports }, span);
    if let Some(entry) = get(table, "auto_stop_machines") {
        match auto_stop(&entry.node) {
            Some(mode) => {
                fact.set(fly_service::AUTO_STOP, mode, locate(entry));
                tally.auto_stop.get_or_insert((mode, locate(entry)));
            }
            None => config.unresolved(
                out,
                &entry.node,
                "flyctl wants `auto_stop_machines` as off, stop, suspend, true or false and rejects the whole file"
                    .to_owned(),
            ),
        }
    }
    if let Some(entry) = get(table, "auto_start_machines") {
        fact.set_some(fly_service::AUTO_START, entry.node.as_bool(), locate(entry));
    }
    if let Some(entry) = get(table, "min_machines_running") {
        let number = integer(&entry.node);
        fact.set_some(fly_service::MIN_MACHINES, number, locate(entry));
        tally.min_machines = tally.min_machines.or(number.map(|number| (number, locate(entry))));
    }
    if let Some(entry) = get(table, "force_https") {
        fact.set_some(fly_service::FORCE_HTTPS, entry.node.as_bool(), locate(entry));
    }
    if let Some(entry) = get(table, "processes") {
        fact.set(fly_service::PROCESSES, texts(config.document, Some(entry)), locate(entry));
    }
    let parent = out.add(fact);
    let checks = service_checks(out, config, table, name, parent);
    out.fact_mut(parent).set(fly_service::CHECKS, checks, span);
    tally.services += 1;
    tally.first.get_or_insert(span);
    tally.service_checks += checks;
}

/// Adds the checks of a service and answers how many of them are health checks.
fn service_checks(out: &mut Reading, config: &Config<'_>, table: &Table, name: &str, parent: FactRef) -> i64 {
    let kinds: &[(&str, &'static str)] = if name == "http_service" {
        &[("checks", "http"), ("machine_checks", "machine")]
    } else {
        &[("http_checks", "http"), ("tcp_checks", "tcp"), ("machine_checks", "machine")]
    };
    let mut number = 0;
    for &(key, kind) in kinds {
        let Some(entry) = get(table, key) else { continue };
        let single = matches!(entry.node.data, Data::Table(_));
        if single && (name == "http_service" || kind == "machine") {
            let reason = format!(
                "flyctl takes `{name}.{key}` only as an array of tables, `[[{name}.{key}]]`, and rejects the whole file"
            );
            config.unresolved(out, &entry.node, reason);
        }
        for (node, table) in tables(entry) {
            let span = config.header(node, entry);
            let fact = Fact::new(fly_check::KIND, span)
                .inside(Some(parent))
                .with(fly_check::KIND_OF, kind, span)
                .with(fly_check::SCOPE, "service", span);
            out.add(check(config, fact, table));
            number += i64::from(kind != "machine");
        }
    }
    number
}

/// `[checks.name]` tables, or the older list of tables with a `name` each.
fn top_level_checks(out: &mut Reading, config: &Config<'_>, root: &Table, tally: &mut Tally) {
    if let Some(entry) = get(root, "checks") {
        let named: Vec<(&Node, &Entry, &Table, Option<&str>)> = match &entry.node.data {
            Data::Table(checks) => checks
                .entries
                .iter()
                .filter_map(|check| {
                    Some((&check.node, check, check.node.as_table()?, Some(check.key.as_str())))
                })
                .collect(),
            _ => tables(entry).map(|(node, table)| (node, entry, table, None)).collect(),
        };
        for (node, entry, table, name) in named {
            let span = config.header(node, entry);
            let written = get(table, "type").and_then(|entry| scalar(config.document, &entry.node));
            let kind = match written.as_ref().map(|(kind, _)| kind.as_ref()) {
                Some("http") => "http",
                Some("tcp") => "tcp",
                _ => "unknown",
            };
            let mut fact = Fact::new(fly_check::KIND, span)
                .inside(Some(config.parent))
                .with(fly_check::KIND_OF, kind, written.map_or(span, |(_, span)| span))
                .with(fly_check::SCOPE, "top-level", span);
            let named = get(table, "name").and_then(|entry| scalar(config.document, &entry.node));
            let key = config.document.locate(entry.key_range.clone());
            if let Some((name, at)) = name.map(|name| (Arc::from(name), key)).or(named) {
                fact.set(fly_check::NAME, name, at);
            }
            out.add(check(config, fact, table));
            tally.top_level += 1;
        }
    }
    if let Some(entry) = get(root, "machine_checks") {
        for (node, table) in tables(entry) {
            let span = config.header(node, entry);
            let fact = Fact::new(fly_check::KIND, span)
                .inside(Some(config.parent))
                .with(fly_check::KIND_OF, "machine", span)
                .with(fly_check::SCOPE, "top-level", span);
            out.add(check(config, fact, table));
        }
    }
}

/// The fields that all checks may have.
fn check(config: &Config<'_>, mut fact: Fact, table: &Table) -> Fact {
    let fields = [
        (fly_check::PATH, "path"),
        (fly_check::INTERVAL, "interval"),
        (fly_check::TIMEOUT, "timeout"),
        (fly_check::GRACE_PERIOD, "grace_period"),
    ];
    for (field, key) in fields {
        let found = get(table, key).and_then(|entry| scalar(config.document, &entry.node));
        if let Some((text, span)) = found {
            fact.set(field, Value::Text(text), span);
        }
    }
    if let Some(entry) = get(table, "port") {
        fact.set_some(
            fly_check::PORT,
            integer(&entry.node),
            config.document.locate(entry.node.range.clone()),
        );
    }
    fact
}

/// flyctl's three ways to stop machines; a boolean is an older spelling.
fn auto_stop(node: &Node) -> Option<&'static str> {
    match &node.data {
        Data::Bool(true) => Some("stop"),
        Data::Bool(false) => Some("off"),
        Data::Text(text) => ["off", "stop", "suspend"].into_iter().find(|mode| mode == text),
        _ => None,
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
