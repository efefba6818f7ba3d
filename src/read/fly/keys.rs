//! The keys that flyctl reads in a `fly.toml`, as data: sections with their keys. Taken from flyctl's
//! own decoding (2026-08), aliases and old spellings that it still accepts included. Knows no file.

/// What stands under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Below {
    /// A value, or a list of values.
    Value,
    /// A table or tables with the keys of a section.
    Section(&'static str),
    /// Names that the team chooses.
    Free,
    /// Names that the team chooses, each with the keys of a section.
    Named(&'static str),
}

use Below::{Free, Named, Section, Value};

type Keys = &'static [(&'static str, Below)];

/// Every section by name; the top level has the empty one.
pub static SECTIONS: &[(&str, Keys)] = &[
    (
        "",
        &[
            ("app", Value),
            ("primary_region", Value),
            ("kill_signal", Value),
            ("kill_timeout", Value),
            ("swap_size_mb", Value),
            ("console_command", Value),
            ("host_dedication_id", Value),
            ("machine_config", Free),
            ("container", Free),
            ("experimental", Section("experimental")),
            ("build", Section("build")),
            ("deploy", Section("deploy")),
            ("env", Free),
            ("processes", Free),
            ("http_service", Section("http_service")),
            ("services", Section("services")),
            ("checks", Named("checks")),
            ("machine_checks", Section("machine_checks")),
            ("vm", Section("vm")),
            ("compute", Section("vm")),
            ("computes", Section("vm")),
            ("mounts", Section("mounts")),
            ("mount", Section("mounts")),
            ("files", Section("files")),
            ("statics", Section("statics")),
            ("metrics", Section("metrics")),
            ("metric", Section("metrics")),
            ("restart", Section("restart")),
        ],
    ),
    (
        "experimental",
        &[
            ("cmd", Value),
            ("entrypoint", Value),
            ("exec", Value),
            ("auto_rollback", Value),
            ("enable_consul", Value),
            ("enable_etcd", Value),
            ("lazy_load_images", Value),
            ("attached", Free),
            ("machine_config", Free),
            ("kill_timeout", Value),
            ("metrics_port", Value),
            ("metrics_path", Value),
        ],
    ),
    (
        "build",
        &[
            ("builder", Value),
            ("buildpacks", Value),
            ("image", Value),
            ("builtin", Value),
            ("settings", Free),
            ("dockerfile", Value),
            ("ignorefile", Value),
            ("build-target", Value),
            ("build_target", Value),
            ("args", Free),
            ("compose", Section("compose")),
            ("compression", Value),
            ("compression_level", Value),
        ],
    ),
    ("compose", &[("file", Value)]),
    (
        "deploy",
        &[
            ("strategy", Value),
            ("max_unavailable", Value),
            ("wait_timeout", Value),
            ("release_command", Value),
            ("release_command_timeout", Value),
            ("release_command_vm", Section("vm")),
            ("seed_command", Value),
        ],
    ),
    (
        "http_service",
        &[
            ("internal_port", Value),
            ("force_https", Value),
            ("auto_stop_machines", Value),
            ("auto_start_machines", Value),
            ("min_machines_running", Value),
            ("concurrency", Section("concurrency")),
            ("tls_options", Section("tls_options")),
            ("http_options", Section("http_options")),
            ("checks", Section("http_checks")),
            ("machine_checks", Section("machine_checks")),
            ("processes", Value),
        ],
    ),
    (
        "services",
        &[
            ("protocol", Value),
            ("internal_port", Value),
            ("auto_stop_machines", Value),
            ("auto_start_machines", Value),
            ("min_machines_running", Value),
            ("concurrency", Section("concurrency")),
            ("ports", Section("ports")),
            ("http_checks", Section("http_checks")),
            ("tcp_checks", Section("tcp_checks")),
            ("machine_checks", Section("machine_checks")),
            ("processes", Value),
        ],
    ),
    ("concurrency", &[("type", Value), ("soft_limit", Value), ("hard_limit", Value)]),
    (
        "ports",
        &[
            ("port", Value),
            ("start_port", Value),
            ("end_port", Value),
            ("handlers", Value),
            ("force_https", Value),
            ("tls_options", Section("tls_options")),
            ("http_options", Section("http_options")),
            ("proxy_proto_options", Section("proxy_proto_options")),
        ],
    ),
    ("tls_options", &[("alpn", Value), ("versions", Value), ("default_self_signed", Value)]),
    (
        "http_options",
        &[
            ("compress", Value),
            ("idle_timeout", Value),
            ("headers_read_timeout", Value),
            ("h2_backend", Value),
            ("response", Section("response")),
            ("replay_cache", Section("replay_cache")),
        ],
    ),
    ("proxy_proto_options", &[("version", Value)]),
    ("response", &[("headers", Free), ("pristine", Value)]),
    (
        "replay_cache",
        &[
            ("path_prefix", Value),
            ("ttl_seconds", Value),
            ("type", Value),
            ("name", Value),
            ("allow_bypass", Value),
        ],
    ),
    (
        "http_checks",
        &[
            ("interval", Value),
            ("timeout", Value),
            ("grace_period", Value),
            ("method", Value),
            ("path", Value),
            ("protocol", Value),
            ("tls_skip_verify", Value),
            ("tls_server_name", Value),
            ("headers", Free),
        ],
    ),
    ("tcp_checks", &[("interval", Value), ("timeout", Value), ("grace_period", Value)]),
    (
        "machine_checks",
        &[
            ("command", Value),
            ("image", Value),
            ("entrypoint", Value),
            ("kill_signal", Value),
            ("kill_timeout", Value),
        ],
    ),
    (
        "checks",
        &[
            ("type", Value),
            ("port", Value),
            ("name", Value),
            ("interval", Value),
            ("timeout", Value),
            ("grace_period", Value),
            ("method", Value),
            ("path", Value),
            ("protocol", Value),
            ("tls_skip_verify", Value),
            ("tls_server_name", Value),
            ("headers", Free),
            ("processes", Value),
        ],
    ),
    (
        "vm",
        &[
            ("size", Value),
            ("memory", Value),
            ("memory_mb", Value),
            ("max_memory_mb", Value),
            ("cpus", Value),
            ("cpu_kind", Value),
            ("gpus", Value),
            ("gpu_kind", Value),
            ("kernel_args", Value),
            ("host_dedication_id", Value),
            ("persist_rootfs", Value),
            ("processes", Value),
        ],
    ),
    (
        "mounts",
        &[
            ("source", Value),
            ("destination", Value),
            ("initial_size", Value),
            ("snapshot_retention", Value),
            ("scheduled_snapshots", Value),
            ("auto_extend_size_threshold", Value),
            ("auto_extend_size_increment", Value),
            ("auto_extend_size_limit", Value),
            ("processes", Value),
        ],
    ),
    (
        "files",
        &[
            ("guest_path", Value),
            ("local_path", Value),
            ("secret_name", Value),
            ("raw_value", Value),
            ("processes", Value),
        ],
    ),
    (
        "statics",
        &[("guest_path", Value), ("url_prefix", Value), ("tigris_bucket", Value), ("index_document", Value)],
    ),
    ("metrics", &[("port", Value), ("path", Value), ("https", Value), ("processes", Value)]),
    ("restart", &[("policy", Value), ("retries", Value), ("processes", Value)]),
];

/// Keys of the first platform, which flyctl still accepts and ignores: section and key.
pub static LEGACY: &[(&str, &str)] = &[
    ("", "count"),
    ("", "scaling"),
    ("deploy", "processes"),
    ("experimental", "allowed_public_ports"),
    ("experimental", "private_network"),
    ("experimental", "enable_6pn"),
    ("services", "script_checks"),
    ("http_checks", "restart_limit"),
    ("tcp_checks", "restart_limit"),
    ("checks", "restart_limit"),
];

/// Keys that are often written for another one which no likeness of letters tells.
pub static MEANT: &[(&str, &str, &str)] = &[
    ("", "environment", "env"),
    ("", "enviroment", "env"),
    ("", "envs", "env"),
    ("", "http", "http_service"),
    ("", "service", "services"),
    ("", "region", "primary_region"),
    ("", "volumes", "mounts"),
    ("", "health_checks", "checks"),
    ("", "healthcheck", "checks"),
    ("", "http_checks", "http_service.checks"),
    ("", "release_command", "deploy.release_command"),
    ("build", "target", "build-target"),
    ("deploy", "timeout", "wait_timeout"),
    ("http_service", "http_checks", "checks"),
    ("http_service", "health_check", "checks"),
    ("http_service", "health_checks", "checks"),
    ("http_service", "healthcheck", "checks"),
    ("http_service", "auto_machine_stop", "auto_stop_machines"),
    ("http_service", "auto_machine_start", "auto_start_machines"),
    ("http_service", "idle_timeout", "http_options.idle_timeout"),
    ("http_service", "soft_limit", "concurrency.soft_limit"),
    ("http_service", "hard_limit", "concurrency.hard_limit"),
    ("services", "checks", "http_checks"),
    ("services", "health_checks", "http_checks"),
    ("services", "auto_machine_stop", "auto_stop_machines"),
    ("services", "auto_machine_start", "auto_start_machines"),
    ("services", "min_machine_running", "min_machines_running"),
    ("services", "force_https", "ports.force_https"),
    ("vm", "ram", "memory"),
    ("vm", "cpu", "cpus"),
    ("mounts", "path", "destination"),
    ("mounts", "size", "initial_size"),
];

/// The keys of a section.
pub fn section(name: &str) -> Keys {
    SECTIONS.iter().find(|(section, _)| *section == name).map_or(&[], |(_, keys)| keys)
}
