//! What flyctl's decoding wants as the value of each key: a value of another type makes it reject the
//! whole file. Knows no meaning of a value; keys whose types it does not check are not here.

use super::keys::Below;
use crate::syntax::toml::{Data, Node};

/// What a value has to be.
#[derive(Clone, Copy)]
enum Type {
    Text,
    Int,
    Number,
    Bool,
    /// A number, or text that Go's `time.ParseDuration` reads.
    Duration,
    /// An array of strings.
    Texts,
    /// One of these words, as they are written.
    OneOf(&'static [&'static str]),
}

use Type::{Bool, Duration, Int, Number, OneOf, Text, Texts};

/// Types by section, each with its keys.
static TYPES: &[(&str, Type, &[&str])] = &[
    ("", Text, &["app", "primary_region", "kill_signal", "console_command", "host_dedication_id"]),
    ("", Duration, &["kill_timeout"]),
    ("", Int, &["swap_size_mb"]),
    ("experimental", Bool, &["auto_rollback", "enable_consul", "enable_etcd", "lazy_load_images"]),
    (
        "build",
        Text,
        &["builder", "image", "builtin", "dockerfile", "ignorefile", "build-target", "build_target"],
    ),
    ("build", Texts, &["buildpacks"]),
    ("build", OneOf(&["gzip", "zstd"]), &["compression"]),
    ("build", Int, &["compression_level"]),
    ("compose", Text, &["file"]),
    ("deploy", OneOf(&["rolling", "immediate", "canary", "bluegreen"]), &["strategy"]),
    ("deploy", Number, &["max_unavailable"]),
    ("deploy", Duration, &["wait_timeout", "release_command_timeout"]),
    ("deploy", Text, &["seed_command"]),
    ("http_service", Bool, &["force_https", "auto_start_machines"]),
    ("http_service", Int, &["min_machines_running"]),
    ("http_service", Texts, &["processes"]),
    ("services", Text, &["protocol"]),
    ("services", Bool, &["auto_start_machines"]),
    ("services", Int, &["min_machines_running"]),
    ("services", Texts, &["processes"]),
    ("concurrency", Text, &["type"]),
    ("concurrency", Int, &["soft_limit", "hard_limit"]),
    ("ports", Bool, &["force_https"]),
    ("ports", Texts, &["handlers"]),
    ("tls_options", Texts, &["alpn", "versions"]),
    ("tls_options", Bool, &["default_self_signed"]),
    ("http_options", Bool, &["compress", "h2_backend"]),
    ("http_options", Int, &["idle_timeout", "headers_read_timeout"]),
    ("response", Bool, &["pristine"]),
    ("http_checks", Duration, &["interval", "timeout", "grace_period"]),
    ("http_checks", Text, &["method", "path", "protocol", "tls_server_name"]),
    ("http_checks", Bool, &["tls_skip_verify"]),
    ("tcp_checks", Duration, &["interval", "timeout", "grace_period"]),
    ("machine_checks", Text, &["image", "kill_signal"]),
    ("machine_checks", Duration, &["kill_timeout"]),
    ("checks", Duration, &["interval", "timeout", "grace_period"]),
    ("checks", Text, &["type", "method", "path", "protocol", "tls_server_name"]),
    ("checks", Bool, &["tls_skip_verify"]),
    ("checks", Texts, &["processes"]),
    ("vm", Text, &["size", "cpu_kind", "gpu_kind", "host_dedication_id"]),
    ("vm", Int, &["memory_mb", "max_memory_mb", "cpus", "gpus"]),
    ("vm", Texts, &["kernel_args", "processes"]),
    ("mounts", Text, &["source", "destination"]),
    ("mounts", Bool, &["scheduled_snapshots"]),
    ("mounts", Int, &["snapshot_retention", "auto_extend_size_threshold"]),
    ("mounts", Texts, &["processes"]),
    ("files", Text, &["guest_path", "local_path", "secret_name", "raw_value"]),
    ("files", Texts, &["processes"]),
    ("statics", Text, &["guest_path", "url_prefix", "tigris_bucket", "index_document"]),
    ("metrics", Text, &["path"]),
    ("metrics", Bool, &["https"]),
    ("metrics", Texts, &["processes"]),
    ("restart", Text, &["policy"]),
    ("restart", Int, &["retries"]),
    ("restart", Texts, &["processes"]),
];

/// Sections of which there is one: flyctl takes no array of tables for them.
const SINGLE: &[&str] = &[
    "build",
    "deploy",
    "experimental",
    "compose",
    "concurrency",
    "tls_options",
    "http_options",
    "proxy_proto_options",
    "response",
];

/// Why flyctl rejects `node` as the value of `key`, whose place is `path`.
pub fn fault(section: &str, (key, path): (&str, &str), node: &Node, below: Below) -> Option<String> {
    let wanted = match below {
        Below::Value => {
            let (_, wanted, _) = TYPES.iter().find(|(place, _, keys)| {
                *place == section && keys.iter().any(|known| known.eq_ignore_ascii_case(key))
            })?;
            if wanted.admits(node) {
                return None;
            }
            wanted.name(node)
        }
        // The reader of `http_service` says more.
        Below::Named(_) | Below::Free | Below::Section("http_service") => return None,
        Below::Section(name) => {
            let is_single = SINGLE.contains(&name) || key.eq_ignore_ascii_case("release_command_vm");
            let is_pair = section == "services" && name == "concurrency" && node.as_text().is_some();
            let is_array = matches!(node.data, Data::List(_));
            let are_tables = node.items().iter().all(|item| item.as_table().is_some());
            if is_pair || (are_tables && !(is_array && is_single)) {
                return None;
            }
            if is_single {
                format!("one table, `[{path}]`")
            } else {
                format!("a list of tables, `[[{path}]]`")
            }
        }
    };
    let is = node.as_text().map_or_else(
        || node.kind().to_owned(),
        |text| format!("{:?}", crate::text::cut_line(text, super::value::MOST_TEXT)),
    );
    Some(format!("flyctl wants `{path}` as {wanted}, not {is}, and rejects the whole file"))
}

impl Type {
    fn admits(self, node: &Node) -> bool {
        match (self, &node.data) {
            (Text, Data::Text(_))
            | (Int | Number | Duration, Data::Int(_))
            | (Number | Duration, Data::Float(_))
            | (Bool, Data::Bool(_)) => true,
            (Int, Data::Float(number)) => number.fract() == 0.0,
            (Duration, Data::Text(text)) => text.is_empty() || is_duration(text),
            (Texts, Data::List(items)) => items.iter().all(|item| item.as_text().is_some()),
            // An empty word is as good as none.
            (OneOf(words), Data::Text(text)) => text.is_empty() || words.contains(&text.as_str()),
            _ => false,
        }
    }

    /// What is wanted, in words that fit `node`.
    fn name(self, node: &Node) -> String {
        match self {
            Text => "a string".to_owned(),
            Int => "a whole number".to_owned(),
            Number => "a number".to_owned(),
            Bool => "true or false, without quotes".to_owned(),
            Duration if node.as_text().is_some() => "a duration with its unit, such as `\"10s\"`".to_owned(),
            Duration => "a duration, such as `\"10s\"`".to_owned(),
            Texts => "an array of strings".to_owned(),
            OneOf(words) => {
                let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
                format!("one of {}", words.join(", "))
            }
        }
    }
}

/// Whether Go's `time.ParseDuration` reads `text`: numbers with units, such as `1m30s`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, behind) = rest.split_at(number);
        let dots = digits.bytes().filter(|byte| *byte == b'.').count();
        let unit = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"].into_iter().find(|unit| {
            behind.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
        });
        let Some(unit) = unit.filter(|_| digits.len() > dots && dots < 2) else { return false };
        rest = behind.get(unit.len()..).unwrap_or_default();
    }
    true
}
