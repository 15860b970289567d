//! The hosts on the way to a monitor, as people write them. Read by the command line, used by `dial`.

use crate::ssh::Target;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Hosts in a row. More is a mistake.
const MOST: usize = 8;

/// How a monitor on another machine is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// Through which hosts.
    pub hops: Hops,
    /// The SSH client configuration; `None` for the user's and the system's own.
    pub ssh_config: Option<PathBuf>,
    /// What was said of acting.
    pub rights: Rights,
}

/// Whether a way is for acting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// It opens the socket for operators, as far as the far side lets it.
    Operate,
    /// It is for looking. This line would act.
    Look(String),
}

/// The hosts on the way, nearest first; the last is the monitor's own. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hops {
    text: String,
    jumps: Vec<String>,
    host: String,
}

impl Hops {
    /// The monitor's host, as it was written.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The monitor's host, with the others as its jumps. What is not said stands in the SSH configuration: also the jumps of
    /// the nearest one.
    pub(super) fn target(&self) -> Target {
        // It was looked at when it was read.
        let last = Target::parse(&self.host).unwrap_or_else(|_| Target::new(self.host.clone()));
        Target { jumps: self.jumps.clone(), ..last }
    }
}

impl FromStr for Hops {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut jumps: Vec<String> = text.split(',').map(|hop| hop.trim().to_owned()).collect();
        if jumps.len() > MOST {
            return Err(format!("at most {MOST} hosts stand in a row, these are {}", jumps.len()));
        }
        for hop in &jumps {
            if hop.eq_ignore_ascii_case("none") {
                return Err("\"none\" is no host here".to_owned());
            }
            Target::parse(hop).map_err(|_| {
                let shown = hop.escape_debug();
                format!("\"{shown}\" is not [user@]host[:port]; several hosts stand with commas between them, the nearest first")
            })?;
        }
        let host = jumps.pop().unwrap_or_default();
        let text = jumps.iter().chain([&host]).map(String::as_str).collect::<Vec<_>>().join(",");
        Ok(Self { text, jumps, host })
    }
}

impl fmt::Display for Hops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse::<Hops>().unwrap().target()
    }

    #[test]
    fn one_host_is_the_monitors_and_those_before_it_are_jumps_nearest_first() {
        assert_eq!(target("mon1"), Target::new("mon1"));
        let own = Target { user: Some("ops".into()), port: Some(2222), ..Target::new("10.0.0.5") };
        assert_eq!(target("ops@10.0.0.5:2222"), own);
        let far = Target { jumps: vec!["a@jump1".into(), "jump2:2200".into()], ..Target::new("mon1") };
        assert_eq!(target("a@jump1, jump2:2200,mon1"), far);
        let six = Target { port: Some(22), ..Target::new("fe80::1%eth0") };
        assert_eq!(target("[fe80::1%eth0]:22"), six);
        assert_eq!(target("::1"), Target::new("::1"));
    }

    #[test]
    fn what_is_no_list_of_hosts_is_refused_in_words() {
        for text in [
            "",
            ",",
            "mon1,",
            ",mon1",
            "a,,b",
            "@mon1",
            "-oProxyCommand=x",
            "mon 1",
            "mon1:",
            "mon1:0",
            "mon1:99999",
            "a b@mon1",
            "$(x)",
            "mon1;x",
            "none",
            "jump,none",
            "-l@mon1",
            "a\tb",
        ] {
            let said = text.parse::<Hops>();
            assert!(said.as_ref().is_err_and(|why| why.contains("host")), "{text:?}: {said:?}");
        }
        assert!("h,".repeat(9).trim_end_matches(',').parse::<Hops>().unwrap_err().contains("at most 8"));
    }

    #[test]
    fn it_is_shown_as_it_can_be_given_again() {
        let hops: Hops = "a@jump1 , mon1:22".parse().unwrap();
        assert_eq!((hops.to_string().as_str(), hops.host()), ("a@jump1,mon1:22", "mon1:22"));
        assert_eq!(hops.to_string().parse::<Hops>().unwrap(), hops);
    }
}
