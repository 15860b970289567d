//! The kinds of text that the configuration file takes: names of the core, addresses, paths, logins, free words.
//!
//! Used by the declarations in `keys.rs`. Each kind refuses what could do harm further on: control characters, and a
//! leading dash wherever the text may become a word of a command line.

use super::read::FromText;
use crate::core::model::{ClusterName, ComponentName, GroupName, HookName, HostName, ProcessName, SiteName, UnitName};
use serde::Serialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::path::PathBuf;

macro_rules! names {
    ($($name:ident: $wanted:literal, $example:literal, $pattern:literal;)+) => { $(
        impl FromText for $name {
            const WANTED: &'static str = $wanted;
            const EXAMPLE: &'static str = $example;

            fn parse(text: &str) -> Result<Self, String> {
                Self::new(text).map_err(|why| why.to_string())
            }

            fn constraints() -> Value {
                json!({ "pattern": $pattern })
            }
        }
    )+ };
}

names! {
    ClusterName: "a cluster's name", "\"shop\"", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";
    SiteName: "a site's name", "\"north\"", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";
    HostName: "a host's name", "\"a1\"", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";
    HookName: "a hook's name", "\"drain\"", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";
    GroupName: "a group's name", "\"agents\"", "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$";
    ComponentName: "a component's name", "\"db\"", "^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$";
    ProcessName: "a process's name", "\"app\"", "^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$";
    UnitName: "a systemd unit's name", "\"db.service\"", "^[A-Za-z0-9:_.\\\\@][A-Za-z0-9:_.\\\\@-]*\\.(service|target|mount|socket|timer|path|slice)$";
}

/// A few words for people, on one line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Words(pub(super) String);

impl FromText for Words {
    const WANTED: &'static str = "a few words on one line";
    const EXAMPLE: &'static str = "\"production\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() || text.chars().count() > 80 {
            return Err("this is shown on one line: it has 1 to 80 characters".to_owned());
        }
        match text.chars().find(|c| c.escape_debug().len() > 1 && !['"', '\'', '\\'].contains(c)) {
            Some(bad) => Err(format!("this is shown on one line: {bad:?} cannot be shown there")),
            None => Ok(Self(text.to_owned())),
        }
    }

    fn constraints() -> Value {
        json!({ "minLength": 1, "maxLength": 80 })
    }
}

/// The name of an account or of a group of the operating system.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Account(pub(super) String);

impl FromText for Account {
    const WANTED: &'static str = "the name of an account or group of the system";
    const EXAMPLE: &'static str = "\"operators\"";

    fn parse(text: &str) -> Result<Self, String> {
        let first = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if first && text.len() <= 64 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-@$".contains(c)) {
            return Ok(Self(text.to_owned()));
        }
        Err("such a name has 1 to 64 ASCII letters, digits and ._-@$, and starts with a letter, a digit or _".to_owned())
    }

    fn constraints() -> Value {
        json!({ "pattern": "^[A-Za-z0-9_][A-Za-z0-9._@$-]{0,63}$" })
    }
}

/// Where a host is reached: an IP address, a name for the resolver, or an alias of the SSH configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Address(pub(super) String);

impl FromText for Address {
    const WANTED: &'static str = "an IP address or a host's name";
    const EXAMPLE: &'static str = "\"10.0.0.11\"";

    fn parse(text: &str) -> Result<Self, String> {
        let ip = text.split_once('%').map_or(text, |(ip, _)| ip);
        let zone = text.split_once('%').is_none_or(|(_, zone)| !zone.is_empty() && zone.chars().all(word));
        if zone && ip.parse::<IpAddr>().is_ok() {
            return Ok(Self(text.to_owned()));
        }
        if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || text.len() > 253 || !text.chars().all(word) {
            return Err("an address has 1 to 253 ASCII letters, digits and ._-, and starts with a letter or digit".to_owned());
        }
        let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or(text);
        if last.chars().all(|c| c.is_ascii_digit()) || last.to_ascii_lowercase().starts_with("0x") {
            return Err(
                "this looks like an IPv4 address, but it is none in four decimal parts; resolvers disagree about the rest".to_owned()
            );
        }
        Ok(Self(text.to_owned()))
    }

    fn constraints() -> Value {
        json!({ "minLength": 1, "maxLength": 253 })
    }
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._-".contains(c)
}

/// The absolute path of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FilePath(pub(super) PathBuf);

impl FromText for FilePath {
    const WANTED: &'static str = "an absolute path";
    const EXAMPLE: &'static str = "\"/etc/switchtower/ssh_config\"";

    fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err("a path starts with /: a service has no home or current folder to count on".to_owned());
        }
        if text.len() > 4000 || text.chars().any(char::is_control) {
            return Err("a path has at most 4000 bytes and no control characters".to_owned());
        }
        Ok(Self(PathBuf::from(text)))
    }

    fn constraints() -> Value {
        json!({ "pattern": "^/", "maxLength": 4000 })
    }
}

/// The folder for sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SocketFolder(pub(super) PathBuf);

/// A Unix socket's path has at most 107 bytes; this leaves room for the sockets' own names.
const MAX_SOCKET_FOLDER: usize = 80;

impl FromText for SocketFolder {
    const WANTED: &'static str = "an absolute path of at most 80 bytes";
    const EXAMPLE: &'static str = "\"/run/switchtower\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_SOCKET_FOLDER {
            return Err(format!(
                "sockets are made in this folder, and a socket's whole path has at most 107 bytes; this one has {}",
                text.len()
            ));
        }
        FilePath::parse(text).map(|path| Self(path.0))
    }

    fn constraints() -> Value {
        json!({ "pattern": "^/", "maxLength": MAX_SOCKET_FOLDER })
    }
}

/// The socket of a host service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct SocketPath(pub(super) PathBuf);

/// A Unix socket's path has at most 107 bytes; this leaves some for the socket under its first name.
const MAX_SOCKET: usize = 100;

impl Default for SocketPath {
    fn default() -> Self {
        Self(PathBuf::from("/run/switchtower-host/socket"))
    }
}

impl FromText for SocketPath {
    const WANTED: &'static str = "an absolute path of at most 100 bytes";
    const EXAMPLE: &'static str = "\"/run/switchtower-host/socket\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_SOCKET {
            return Err(format!("this is a socket, whose path has at most {MAX_SOCKET} bytes; this one has {}", text.len()));
        }
        if text.ends_with('/') {
            return Err("this is a socket, and what ends in / is a folder".to_owned());
        }
        FilePath::parse(text).map(|path| Self(path.0))
    }

    fn constraints() -> Value {
        json!({ "pattern": "^/(.*[^/])$", "maxLength": MAX_SOCKET })
    }
}
