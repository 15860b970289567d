//! What a connection to a target needs, from the target's own values, the SSH configuration and OpenSSH's defaults, in
//! this order. Called by `pool`; apart from asking `ssh_config` it does no I/O.

use std::path::{Path, PathBuf};

use super::error::SshError;
use super::known_hosts::{self, Candidate};
use super::ssh_config::{Answer, Question, SshConfig, check_host};
use super::target::{Options, Target};

/// How many key files of the SSH configuration are looked at besides the target's own.
const MOST_OF_CONFIG: usize = 16;

/// Everything needed to connect to one host.
#[derive(Debug)]
pub(super) struct Settings {
    /// Name as in the target, for messages.
    pub(super) host: String,
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) user: String,
    /// Names under which the host key may be recorded.
    pub(super) names: Vec<Candidate>,
    pub(super) known_hosts: Vec<PathBuf>,
    pub(super) revoked_keys: Option<PathBuf>,
    pub(super) identity_files: Vec<PathBuf>,
    /// How many of them, from the first, somebody asked for, so that trouble with one is worth telling.
    pub(super) identities_named: usize,
    pub(super) identities_only: bool,
    pub(super) certificate_files: Vec<PathBuf>,
    pub(super) agent: Option<PathBuf>,
    /// The nearest hop before the host; it may have hops of its own.
    pub(super) jump: Option<Target>,
}

/// Reads the configuration for a target.
pub(super) async fn resolve(target: &Target, options: &Options, config: &SshConfig) -> Result<Settings, SshError> {
    let question = Question { host: target.host.clone(), user: target.user.clone(), port: target.port };
    let answer = config.ask(&question).await?;
    Merge { target, options, answer: &answer }.settings()
}

struct Merge<'a> {
    target: &'a Target,
    options: &'a Options,
    answer: &'a Answer,
}

impl Merge<'_> {
    fn settings(&self) -> Result<Settings, SshError> {
        let target = self.target;
        if self.one("proxycommand").is_some() {
            return Err(SshError::ProxyCommand { host: target.host.clone() });
        }
        let hostname = self.one("hostname").unwrap_or(&target.host).to_owned();
        let address = target.address.clone().unwrap_or_else(|| hostname.clone());
        let port = target.port.or_else(|| self.one("port")?.parse().ok()).unwrap_or(22);
        let alias = self.one("hostkeyalias").map(str::to_owned);
        let names: Vec<String> = match (&alias, &target.address) {
            (Some(alias), _) => vec![alias.clone()],
            (None, Some(address)) => vec![target.host.clone(), address.clone()],
            (None, None) => vec![hostname.clone()],
        };
        // OpenSSH leaves the port out of the name when there is an alias.
        let names = known_hosts::candidates(names.iter().map(String::as_str), if alias.is_some() { 22 } else { port });
        let user = target.user.clone().or_else(|| self.one("user").map(str::to_owned)).unwrap_or_else(local_user);
        let expand = Expand { host: &address, name: &target.host, port, user: &user, alias: alias.as_deref() };
        Ok(Settings {
            host: target.host.clone(),
            known_hosts: self.known_hosts(&expand)?,
            revoked_keys: self.one("revokedhostkeys").map(|path| expand.path(path)).transpose()?,
            identity_files: self.identity_files(&expand)?,
            identities_named: target.identity_files.len(),
            identities_only: !target.identity_files.is_empty() || self.one("identitiesonly") == Some("yes"),
            certificate_files: self.all("certificatefile").iter().map(|p| expand.path(p)).collect::<Result<_, _>>()?,
            agent: self.agent(&expand)?,
            jump: self.jump()?,
            names,
            address,
            port,
            user,
        })
    }

    fn all(&self, keyword: &str) -> &[String] {
        self.answer.get(keyword).map_or(&[], Vec::as_slice)
    }

    /// The value of a keyword, unless it is `none`.
    fn one(&self, keyword: &str) -> Option<&str> {
        self.all(keyword).first().map(String::as_str).filter(|v| !v.eq_ignore_ascii_case("none"))
    }

    /// The target's own first, since a host takes few keys before it hangs up.
    fn identity_files(&self, expand: &Expand<'_>) -> Result<Vec<PathBuf>, SshError> {
        let defaults = ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"].map(str::to_owned);
        let named = self.all("identityfile");
        let files = if self.answer.is_empty() { &defaults } else { named };
        let files = files.iter().filter(|f| !f.eq_ignore_ascii_case("none")).take(MOST_OF_CONFIG).map(|f| expand.path(f));
        joined(&self.target.identity_files, files)
    }

    /// All of them, since any may have the key, and any a revocation.
    fn known_hosts(&self, expand: &Expand<'_>) -> Result<Vec<PathBuf>, SshError> {
        let user = self.all("userknownhostsfile").first().map_or("~/.ssh/known_hosts ~/.ssh/known_hosts2", String::as_str);
        let global = self.all("globalknownhostsfile").first().map_or("/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2", String::as_str);
        let files = user.split_ascii_whitespace().chain(global.split_ascii_whitespace());
        let files = files.filter(|f| !f.eq_ignore_ascii_case("none")).map(|f| expand.path(f));
        joined(&self.target.known_hosts, files)
    }

    fn agent(&self, expand: &Expand<'_>) -> Result<Option<PathBuf>, SshError> {
        let wanted = self.all("identityagent").first().map_or("SSH_AUTH_SOCK", String::as_str);
        if !self.options.use_agent || wanted.eq_ignore_ascii_case("none") {
            return Ok(None);
        }
        let variable = if wanted == "SSH_AUTH_SOCK" { Some(wanted) } else { wanted.strip_prefix('$').filter(|v| !v.starts_with('{')) };
        match variable {
            Some(variable) => Ok(std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from)),
            None => expand.path(wanted).map(Some),
        }
    }

    /// The last hop before the host, with the ones before it as its own jumps.
    fn jump(&self) -> Result<Option<Target>, SshError> {
        let mut hops: Vec<String> = if self.target.jumps.is_empty() {
            self.one("proxyjump").map(|v| v.split(',').map(|hop| hop.trim().to_owned()).collect()).unwrap_or_default()
        } else {
            self.target.jumps.clone()
        };
        let Some(last) = hops.pop().filter(|hop| !hop.eq_ignore_ascii_case("none")) else { return Ok(None) };
        let (user, host, port) = parse_hop(&last).ok_or_else(|| SshError::BadTarget {
            host: self.target.host.clone(),
            reason: format!("the jump \"{}\" is not [user@]host[:port]", last.escape_debug()),
        })?;
        let identity_files = self.target.identity_files.clone();
        Ok(Some(Target { host, user, port, address: None, identity_files, known_hosts: self.target.known_hosts.clone(), jumps: hops }))
    }
}

/// The target's `own` files and those of the configuration after them, each once.
fn joined(own: &[PathBuf], configured: impl Iterator<Item = Result<PathBuf, SshError>>) -> Result<Vec<PathBuf>, SshError> {
    let mut all = own.to_vec();
    for path in configured {
        let path = path?;
        if !all.contains(&path) {
            all.push(path);
        }
    }
    Ok(all)
}

impl Target {
    /// The host that `[user@]host[:port]` says; an IPv6 address stands in brackets where a port follows.
    ///
    /// # Errors
    /// [`SshError::BadTarget`] when it says none.
    pub fn parse(text: &str) -> Result<Self, SshError> {
        let odd = |text: &str| text.chars().any(|c| c.is_whitespace() || c.is_control());
        let (user, host, port) = parse_hop(text)
            .filter(|(user, _, port)| *port != Some(0) && !user.as_deref().is_some_and(|user| user.starts_with('-') || odd(user)))
            .ok_or_else(|| SshError::BadTarget {
                host: text.escape_debug().to_string(),
                reason: "it is not [user@]host[:port]".to_owned(),
            })?;
        check_host(&host)?;
        Ok(Self { user, port, ..Self::new(host) })
    }
}

/// `[ssh://][user@]host[:port]`, the host in brackets if it holds colons.
fn parse_hop(hop: &str) -> Option<(Option<String>, String, Option<u16>)> {
    let hop = hop.strip_prefix("ssh://").map_or(hop, |rest| rest.trim_end_matches('/'));
    let (user, rest) = hop.rsplit_once('@').map_or((None, hop), |(user, rest)| (Some(user.to_owned()), rest));
    let (host, port) = match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':')?)),
        None if rest.matches(':').count() == 1 => rest.split_once(':').map(|(host, port)| (host, Some(port)))?,
        None => (rest, None),
    };
    let port = port.map(str::parse).transpose().ok()?;
    (!host.is_empty() && user.as_deref() != Some("")).then(|| (user, host.to_owned(), port))
}

fn local_user() -> String {
    let named = ["USER", "LOGNAME"].iter().find_map(|v| std::env::var(v).ok().filter(|v| !v.is_empty()));
    named.unwrap_or_else(|| "root".to_owned())
}

/// `~`, `%` tokens and `${VAR}` in paths, which `ssh -G` prints as they were written.
struct Expand<'a> {
    host: &'a str,
    name: &'a str,
    port: u16,
    user: &'a str,
    alias: Option<&'a str>,
}

impl Expand<'_> {
    fn path(&self, text: &str) -> Result<PathBuf, SshError> {
        let home = std::env::home_dir().unwrap_or_else(|| PathBuf::from("/"));
        let (base, text) = match text.strip_prefix("~/") {
            Some(rest) => (home.as_path(), rest),
            None => (Path::new(""), text),
        };
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['%', '$']) {
            let (before, special) = rest.split_at(at);
            out.push_str(before);
            rest = self.expand_one(special, &mut out, &home)?;
        }
        out.push_str(rest);
        Ok(base.join(out))
    }

    /// Expands what stands at the beginning and returns what comes after it.
    fn expand_one<'t>(&self, special: &'t str, out: &mut String, home: &Path) -> Result<&'t str, SshError> {
        let fail = |reason: String| Err(SshError::Config { host: self.name.to_owned(), reason });
        if let Some((variable, rest)) = special.strip_prefix("${").and_then(|s| s.split_once('}')) {
            match std::env::var(variable) {
                Ok(value) => out.push_str(&value),
                Err(_) => return fail(format!("the environment variable {variable} that a path needs is not set")),
            }
            return Ok(rest);
        }
        let mut chars = special.chars();
        if chars.next() == Some('$') {
            out.push('$');
            return Ok(chars.as_str());
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some('d') => out.push_str(&home.display().to_string()),
            Some('h') => out.push_str(self.host),
            Some('n') => out.push_str(self.name),
            Some('k') => out.push_str(self.alias.unwrap_or(self.name)),
            Some('p') => out.push_str(&self.port.to_string()),
            Some('r') => out.push_str(self.user),
            Some('u') => out.push_str(&local_user()),
            Some('i') => out.push_str(&rustix::process::getuid().as_raw().to_string()),
            other => return fail(format!("%{} in a path is not supported", other.unwrap_or(' ').escape_debug())),
        }
        Ok(chars.as_str())
    }
}

#[cfg(test)]
mod tests;
