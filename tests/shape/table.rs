//! The rules of the layers, as data: what each room may name. `layers.rs` holds them against the sources.

/// One folder (or file) directly under `src`.
pub struct Room {
    pub name: &'static str,
    /// Rooms of ours that it may name.
    pub rooms: &'static [&'static str],
    /// Crates of others that it may name, beside the standard library.
    pub crates: &'static [&'static str],
}

const fn room(name: &'static str, rooms: &'static [&'static str], crates: &'static [&'static str]) -> Room {
    Room { name, rooms, crates }
}

/// Nobody may name `app`, `door` or `demo`, except that `main` calls `app`.
#[rustfmt::skip]
pub const ROOMS: &[Room] = &[
    room("core",    &[], &["serde", "serde_json", "thiserror", "jiff", "sha2"]),
    room("config",  &["core"], &["serde", "serde_json", "thiserror", "toml", "schemars", "strsim", "sha2", "jiff", "rustix"]),
    room("wire",    &["core"], &["serde", "serde_json", "thiserror", "jiff", "tokio", "tokio_util", "futures_util"]),
    room("store",   &["core"], &["serde", "serde_json", "thiserror", "jiff", "crc32fast", "rustix", "sha2", "tokio", "tracing"]),
    room("link",    &["core"], &["serde", "serde_json", "thiserror", "tokio", "tokio_util", "futures_util", "tracing", "rand", "rustls", "tokio_rustls"]),
    room("ssh",     &["core", "config"], &["russh", "tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing", "rustix", "rand",
                                           "sha1", "sha2", "hmac", "base64", "serde", "jiff"]),
    room("driver",  &["core", "wire", "ssh"], &["zbus", "tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing", "serde",
                                                "serde_json", "rand", "jiff",
                                                // A fence device is killed with its process group.
                                                "rustix",
                                                // What an OCF agent says of itself.
                                                "quick_xml", "strsim",
                                                // What an agent says comes over a line of words.
                                                "base64"]),
    room("probe",   &["core", "ssh", "driver"], &["tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing", "serde", "rand", "jiff"]),
    room("run",     &["core", "store"], &["tokio", "futures_util", "async_trait", "thiserror", "tracing", "jiff", "serde", "serde_json"]),
    room("mirror",  &["core", "link", "store"], &["tokio", "futures_util", "async_trait", "thiserror", "tracing", "rustix", "crc32fast", "sha2", "rand",
                                                  "serde", "serde_json", "jiff"]),
    room("sync",    &["core", "link", "store", "run"], &["tokio", "futures_util", "async_trait", "thiserror", "tracing", "rustix", "serde", "serde_json",
                                                         "jiff", "sha2", "rand", "rusqlite", "tokio_postgres"]),
    room("host",    &["core", "wire", "store", "link", "mirror", "sync"], &["tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing",
                                                                            "rustix", "serde", "serde_json", "jiff", "rand"]),
    room("monitor", &["core", "config", "wire", "store", "ssh", "driver", "probe", "run"],
                    &["tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing", "rustix", "serde", "serde_json", "jiff", "sha2", "rand",
                     // Its figures, for Prometheus.
                     "metrics", "metrics_exporter_prometheus", "axum"]),
    room("client",  &["core", "wire", "ssh"], &["tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing", "serde", "serde_json",
                                                "rustix", "rand", "jiff"]),
    room("words",   &["core", "wire"], &["serde", "serde_json", "jiff"]),
    room("console", &["core", "config", "wire", "client", "words"],
                    &["tokio", "futures_util", "async_trait", "thiserror", "tracing", "serde", "serde_json", "toml", "jiff", "rustix",
                      "ratatui", "crossterm", "tui_input", "unicode_width",
                      // What is copied goes to the terminal in base64.
                      "base64"]),
    room("cli",     &["core", "config", "wire", "words", "client"], &["clap", "clap_complete", "clap_mangen", "tokio", "async_trait", "futures_util", "thiserror", "serde",
                                                             "serde_json", "toml", "jiff", "rustix", "schemars"]),
    room("door",    &["words", "ssh", "client", "console", "cli"], &["russh", "tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing", "rustix"]),
    room("demo",    &["core", "config", "wire", "words", "ssh", "host", "monitor", "client", "console"], &["russh", "tokio", "tokio_util", "futures_util", "async_trait", "thiserror", "tracing",
                                                                                  "rustix", "rand", "serde", "serde_json", "toml", "jiff"]),
    room("app",     &["core", "config", "wire", "words", "store", "link", "ssh", "driver", "probe", "run", "mirror", "sync", "host", "monitor", "client",
                      "console", "cli", "door", "demo"],
                    &["color_eyre", "tracing", "tracing_subscriber", "tokio", "clap", "clap_complete", "clap_mangen", "rustix", "serde_json", "jiff"]),
    room("main",    &["app"], &[]),
    room("lib",     &[], &[]),
];

/// The first may use what stands at the root of the second (its trait), and none of its modules.
pub const ROOT_ONLY: &[(&str, &str)] = &[("console", "client"), ("cli", "client")];

/// The core has no clock, no files, no sockets, no threads: they come in as values. Not held against its tests.
pub const NOT_IN_CORE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::os",
    "std::env",
    "std::process",
    "std::thread",
    "std::io",
    "std::time::Instant",
    "std::time::SystemTime",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
];

/// Crates that test code inside `src` may name in every room.
pub const IN_TESTS: &[&str] = &["proptest", "tempfile", "insta", "stateright"];

/// A function that only these files may name, tests excepted: a permit is made where lease, mode and run were looked at.
pub const ONE_MAKER: (&[&str], &str) = (&["Permit", "grant"], "src/monitor/gate");
