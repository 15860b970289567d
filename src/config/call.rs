//! What is called or asked outside: programs with their arguments, fence agents, OCF resource agents, TCP endpoints.
//!
//! Used by the declarations in `keys.rs`. No shell reads any of it; an agent's options are in `options.rs`.

use super::problem::{Problem, quoted};
use super::read::{At, FromText, Node, Read};
use super::report::{Report, counted};
use super::text::{Address, FilePath};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;
use std::marker::PhantomData;
use std::net::{Ipv6Addr, SocketAddr};

/// Most words of a command.
const MAX_WORDS: usize = 64;
/// Most bytes of a word.
const MAX_BYTES: usize = 4000;

/// A word of a command line, or the value of an option; it may be empty.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Word(pub(super) String);

impl FromText for Word {
    const WANTED: &'static str = "a text on one line";
    const EXAMPLE: &'static str = "\"10.9.0.11\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES || text.chars().any(char::is_control) {
            return Err(format!("it is handed over as it is: it has at most {MAX_BYTES} bytes and no control characters"));
        }
        Ok(Self(text.to_owned()))
    }

    fn constraints() -> Value {
        json!({ "maxLength": MAX_BYTES })
    }
}

/// Which programs a command may begin with: an absolute path, where nothing else is said.
pub(super) trait Program {
    const EXAMPLE: &'static str;
    const WHY: &'static str = "a command begins with the absolute path of a program: a service has no search path to count on";

    fn fits(program: &str) -> bool {
        program.starts_with('/')
    }
}

/// A program that the host looks up, or an absolute path.
#[derive(Debug)]
pub(super) struct AnyProgram;

impl Program for AnyProgram {
    const EXAMPLE: &'static str = "[\"pg_isready\", \"-q\"]";
    const WHY: &'static str = "a command begins with a program, and none begins with a dash or is empty";

    fn fits(program: &str) -> bool {
        !program.is_empty() && !program.starts_with('-')
    }
}

/// One that starts, stops or looks at a component.
#[derive(Debug)]
pub(super) struct AbsoluteProgram;

impl Program for AbsoluteProgram {
    const EXAMPLE: &'static str = "[\"/usr/local/sbin/app-ctl\", \"start\"]";
}

/// One that switches a host off.
#[derive(Debug)]
pub(super) struct PowerProgram;

impl Program for PowerProgram {
    const EXAMPLE: &'static str = "[\"/usr/local/sbin/power\", \"db-north\"]";
}

/// One that runs around a move.
#[derive(Debug)]
pub(super) struct HookProgram;

impl Program for HookProgram {
    const EXAMPLE: &'static str = "[\"/usr/local/sbin/lb\", \"drain\", \"web-north\"]";
}

/// A program and its arguments.
#[derive(Debug)]
pub(super) struct Argv<P>(pub(super) Vec<String>, PhantomData<P>);

impl<P: Program> Read for Argv<P> {
    const WANTED: &'static str = "a list";
    const EXAMPLE: &'static str = P::EXAMPLE;

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let words = Vec::<At<Word>>::read(node, key, report)?;
        let line = Some(report.line(&node.span()));
        let remedy = format!("write a program and its arguments, as in {}", P::EXAMPLE);
        let Some(program) = words.first().filter(|_| words.len() <= MAX_WORDS) else {
            let why = format!("a command has 1 to {MAX_WORDS} words");
            report.add(Problem::error(key, line, format!("a list of {}", counted(words.len(), "word")), why, remedy));
            return None;
        };
        if !P::fits(&program.value.0) {
            report.add(Problem::error(format!("{key}[0]"), program.line, quoted(&program.value.0), P::WHY, remedy));
            return None;
        }
        Some(Self(words.into_iter().map(|word| word.value.0).collect(), PhantomData))
    }

    fn schema() -> Value {
        json!({ "type": "array", "minItems": 1, "maxItems": MAX_WORDS, "items": Word::schema() })
    }
}

impl<P> Serialize for Argv<P> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// A fence agent: a name that is looked up in the agents' usual folders, or an absolute path.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AgentName(pub(super) String);

impl FromText for AgentName {
    const WANTED: &'static str = "a fence agent";
    const EXAMPLE: &'static str = "\"fence_ipmilan\"";

    fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with('/') {
            return FilePath::parse(text).map(|_| Self(text.to_owned()));
        }
        let rest = text.strip_prefix("fence_").filter(|rest| !rest.is_empty() && rest.len() <= 64);
        match rest.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')) {
            true => Ok(Self(text.to_owned())),
            false => {
                Err("an agent is named fence_ and lower-case ASCII letters, digits and _; any other is written as its absolute path"
                    .to_owned())
            }
        }
    }

    fn constraints() -> Value {
        json!({ "pattern": "^(fence_[a-z0-9_]{1,64}|/.*)$" })
    }
}

/// An OCF resource agent: class, provider and type.
#[derive(Debug, Clone)]
pub(super) struct OcfName {
    pub(super) provider: String,
    pub(super) kind: String,
}

impl FromText for OcfName {
    const WANTED: &'static str = "an OCF resource agent";
    const EXAMPLE: &'static str = "\"ocf:heartbeat:IPaddr2\"";

    fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let (class, provider, kind) = (parts.next(), parts.next(), parts.next());
        let (Some("ocf"), Some(provider), Some(kind), None) = (class, provider, kind, parts.next()) else {
            return Err("an agent is named by ocf, its provider and its type, with colons between them".to_owned());
        };
        let plain = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part.len() <= 64
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        if !plain(provider) || !plain(kind) {
            return Err(
                "provider and type are a folder and a file: 1 to 64 ASCII letters, digits and ._-, with a letter or digit first".to_owned()
            );
        }
        Ok(Self { provider: provider.to_owned(), kind: kind.to_owned() })
    }

    fn constraints() -> Value {
        json!({ "pattern": "^ocf:[A-Za-z0-9][A-Za-z0-9._-]{0,63}:[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" })
    }
}

impl fmt::Display for OcfName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ocf:{}:{}", self.provider, self.kind)
    }
}

impl Serialize for OcfName {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// An address and a port of TCP.
#[derive(Debug, Clone)]
pub(super) struct Endpoint {
    /// An IP address, without brackets, or a name.
    pub(super) host: String,
    pub(super) port: u16,
}

impl FromText for Endpoint {
    const WANTED: &'static str = "an address and a port";
    const EXAMPLE: &'static str = "\"10.0.0.5:5432\"";

    fn parse(text: &str) -> Result<Self, String> {
        let (host, port) = text.rsplit_once(':').ok_or("an address and a port stand on either side of a colon")?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(ip) if ip.split('%').next().is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()) => ip,
            Some(_) => return Err("in brackets stands an IPv6 address".to_owned()),
            None if host.contains(':') => return Err("an IPv6 address stands in brackets before its port".to_owned()),
            None => host,
        };
        let port =
            Some(port).filter(|port| port.bytes().all(|b| b.is_ascii_digit())).and_then(|port| port.parse().ok()).filter(|port| *port > 0);
        Ok(Self { host: Address::parse(host)?.0, port: port.ok_or("after the last colon stands a port, 1 to 65535")? })
    }

    fn constraints() -> Value {
        json!({ "pattern": "^(\\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\\]|[A-Za-z0-9][A-Za-z0-9._-]*):[0-9]+$", "maxLength": 300 })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// An IP address of this machine and a port, to listen on.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Listen(pub(super) SocketAddr);

impl FromText for Listen {
    const WANTED: &'static str = "an IP address and a port";
    const EXAMPLE: &'static str = "\"127.0.0.1:9464\"";

    fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<SocketAddr>() {
            Ok(at) if at.port() > 0 => Ok(Self(at)),
            Ok(_) => Err("port 0 would be another one after each start".to_owned()),
            Err(_) => {
                Err("an IP address and a port stand on either side of a colon, an IPv6 address in brackets; [::] is every address"
                    .to_owned())
            }
        }
    }

    fn constraints() -> Value {
        json!({ "pattern": "^(\\[[0-9A-Fa-f:.]+(%[0-9]+)?\\]|[0-9]+(\\.[0-9]+){3}):[0-9]+$" })
    }
}
