//! What is asked of an agent, as a line for the scripts: action, environment, program and arguments. Pure.
//!
//! A line is made of words without a meaning for any shell: every byte beyond a safe few is written as an escape that the
//! scripts undo with `printf %b`. Nothing of it is ever evaluated, and no value gets onto a command line of ours.

use crate::core::model::{Agent, AgentCall, AgentSpec, COMPONENT_VARIABLE, MODE_VARIABLE, OcfAgent, ProcessMode};
use std::collections::BTreeMap;
use std::time::Duration;

/// Longest line that is sent, in bytes: all that a configuration can hold for one agent, with every byte escaped.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;

/// What an agent is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Start,
    Stop,
    Promote,
    Demote,
    /// Asked where it is not known to run: agents complain less then.
    Probe,
    /// Asked where it is to run.
    Monitor,
}

impl Action {
    /// The word that agents know.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Promote => "promote",
            Self::Demote => "demote",
            Self::Probe | Self::Monitor => "monitor",
        }
    }
}

/// One request, but for its number and times.
pub(super) struct Request<'a> {
    pub agent: &'a Agent,
    pub spec: &'a AgentSpec,
    pub action: Action,
    /// Options that nobody is to see, beside those of `spec`.
    pub secrets: &'a BTreeMap<String, String>,
    /// How often it is looked at.
    pub interval: Duration,
}

/// When an action is begun at the latest and ended, and what it is given to end by itself then, in the host's own terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// In hundredths of a second: of the host's uptime for the guard, from now on for a look.
    pub end: u64,
    /// From being told to end until it is killed.
    pub grace: Duration,
    /// What the agent is told that it may take.
    pub length: Duration,
}

impl Request<'_> {
    /// The line, with its end.
    pub fn line(&self, nonce: &str, bounds: Bounds) -> String {
        let what = (file_name(self.agent), self.action.word());
        written(nonce, (&what.0, what.1), bounds, &self.environment(bounds.length), &self.argv())
    }

    fn argv(&self) -> Vec<String> {
        match &self.spec.call {
            AgentCall::Ocf(agent) => vec![agent.path(), self.action.word().to_owned()],
            AgentCall::Exec(commands) => match self.action {
                Action::Start | Action::Promote => commands.start.clone(),
                Action::Stop | Action::Demote => commands.stop.clone(),
                Action::Probe | Action::Monitor => commands.monitor.clone(),
            },
        }
    }

    fn environment(&self, length: Duration) -> BTreeMap<String, String> {
        let set = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        match &self.spec.call {
            AgentCall::Ocf(agent) => self.ocf(agent, length),
            AgentCall::Exec(_) => {
                let mode = self.agent.mode.word();
                [(MODE_VARIABLE, mode), (COMPONENT_VARIABLE, self.agent.name.as_str())].map(set).into()
            }
        }
    }

    /// By the OCF resource agent API 1.1, with the variables of Pacemaker that agents look at.
    fn ocf(&self, agent: &OcfAgent, length: Duration) -> BTreeMap<String, String> {
        let interval = if self.action == Action::Monitor { self.interval } else { Duration::ZERO };
        let (length, interval) = (length.as_millis().to_string(), interval.as_millis().to_string());
        let instance = file_name(self.agent);
        let mut all: BTreeMap<String, String> = [
            ("OCF_ROOT", "/usr/lib/ocf"),
            ("OCF_RA_VERSION_MAJOR", "1"),
            ("OCF_RA_VERSION_MINOR", "1"),
            ("OCF_RESOURCE_INSTANCE", &instance),
            ("OCF_RESOURCE_TYPE", &agent.kind),
            ("OCF_RESOURCE_PROVIDER", &agent.provider),
            ("OCF_RESKEY_CRM_meta_timeout", &length),
            ("OCF_RESKEY_CRM_meta_interval", &interval),
            ("OCF_RESKEY_CRM_meta_name", self.action.word()),
            ("OCF_CHECK_LEVEL", "0"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        if self.spec.both_modes {
            let promotable =
                [("promotable", "true"), ("promoted_max", "1"), ("master_max", "1"), ("clone_max", "2"), ("clone_node_max", "1")];
            all.extend(promotable.map(|(name, value)| (format!("OCF_RESKEY_CRM_meta_{name}"), value.to_owned())));
        }
        let options = agent.options.iter().chain(self.secrets);
        all.extend(options.map(|(name, value)| (format!("OCF_RESKEY_{name}"), value.clone())));
        all
    }
}

/// A line of the request `nonce`: of what, by a name that a file can have, and which action.
pub(super) fn written(
    nonce: &str,
    (name, action): (&str, &str),
    Bounds { end, grace, .. }: Bounds,
    variables: &BTreeMap<String, String>,
    argv: &[String],
) -> String {
    let mut line = format!("do {nonce} {name} {action} {end} {:.2} {}", grace.as_secs_f64(), variables.len());
    for word in variables.iter().map(|(name, value)| format!("{name}={value}")).chain(argv.iter().cloned()) {
        line.push_str(" =");
        escape_into(&mut line, &word);
    }
    line.push('\n');
    line
}

/// The agent's name as a part of a file's name. No component has a `+` in its name.
pub(super) fn file_name(agent: &Agent) -> String {
    agent.name.as_str().replace('/', "+")
}

/// The mode that a request is about is in its environment only where commands are told it.
pub(super) fn told_mode(spec: &AgentSpec) -> bool {
    matches!(spec.call, AgentCall::Exec(_))
}

/// The other mode of an agent.
pub(super) fn other_mode(agent: &Agent) -> Agent {
    let mode = match agent.mode {
        ProcessMode::Active => ProcessMode::Standby,
        ProcessMode::Standby => ProcessMode::Active,
    };
    Agent { mode, ..agent.clone() }
}

fn escape_into(line: &mut String, word: &str) {
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"_-./:=,+@%".contains(&byte) {
            line.push(char::from(byte));
        } else {
            line.push_str(&format!("\\0{byte:03o}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{ComponentName, ExecAgent};
    use proptest::prelude::*;
    use std::io::Write;
    use std::process::{Command, Stdio};

    const COMMON: &str = concat!(include_str!("../scripts/host.sh"), include_str!("../scripts/agent.sh"));

    fn exec(words: &[String]) -> AgentSpec {
        let call = AgentCall::Exec(ExecAgent { start: words.to_vec(), stop: vec!["/stop".into()], monitor: vec!["/monitor".into()] });
        AgentSpec { call, both_modes: true }
    }

    fn ocf(options: &[(&str, &str)]) -> AgentSpec {
        let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let agent = OcfAgent { provider: "heartbeat".into(), kind: "IPaddr2".into(), options, secrets: None };
        AgentSpec { call: AgentCall::Ocf(agent), both_modes: false }
    }

    fn line(spec: &AgentSpec, action: Action) -> String {
        let agent = Agent { name: ComponentName::new("net/vip").unwrap(), mode: ProcessMode::Standby };
        let secrets = [("passwd".to_owned(), "x y".to_owned())].into();
        let request = Request { agent: &agent, spec, action, secrets: &secrets, interval: Duration::from_secs(2) };
        request.line("n1", Bounds { end: 1234, grace: Duration::from_millis(620), length: Duration::from_secs(3) })
    }

    /// What the scripts' own reading makes of a line: the environment as the program sees it, then its words.
    fn read_by(shell: &str, line: &str) -> (Vec<String>, Vec<String>) {
        let script = format!(
            "{COMMON}\nshow() {{ env -0; printf 'ARGV\\0'; printf '%s\\0' \"$@\"; }}\n\
             read -r line; set -f; set -- $line; set +f; is_request \"$@\" || exit 9; count=$7; shift 7; decoded show \"$count\" \"$@\""
        );
        let mut child =
            Command::new(shell).arg("-c").arg(script).env("LEFT_OVER", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{shell}: {line}");
        let text = String::from_utf8(output.stdout).unwrap();
        let (environment, words) = text.split_once("ARGV\0").unwrap();
        let split = |text: &str| text.split_terminator('\0').map(str::to_owned).collect::<Vec<_>>();
        (split(environment), split(words))
    }

    #[test]
    fn words_with_shell_syntax_arrive_as_they_are() {
        let words =
            ["/bin/x", "a b", "$(id)", "`id`", "'", "\"", "\\", "\\0101", "a'; touch /x; '", "", "*", "~", "%s", "=x", "a\nb\n", "-n", "é"];
        let words = words.map(str::to_owned);
        for shell in ["sh", "bash"] {
            let (environment, seen) = read_by(shell, &line(&exec(&words), Action::Start));
            assert_eq!(seen, words, "{shell}");
            assert!(environment.contains(&"SWITCHTOWER_MODE=standby".to_owned()), "{environment:?}");
            assert!(environment.contains(&"SWITCHTOWER_COMPONENT=net/vip".to_owned()), "{environment:?}");
            assert!(!environment.iter().any(|v| v.starts_with("LEFT_OVER")), "nothing of the login's: {environment:?}");
        }
    }

    #[test]
    fn an_ocf_agent_gets_its_options_by_its_environment_only() {
        let spec = ocf(&[("ip", "192.0.2.10"), ("extra", "it's $HOME\\n")]);
        let (environment, words) = read_by("sh", &line(&spec, Action::Monitor));
        assert_eq!(words, ["/usr/lib/ocf/resource.d/heartbeat/IPaddr2", "monitor"]);
        for part in [
            "OCF_RESKEY_ip=192.0.2.10",
            "OCF_RESKEY_extra=it's $HOME\\n",
            "OCF_RESKEY_passwd=x y",
            "OCF_RESOURCE_INSTANCE=net+vip",
            "OCF_RESKEY_CRM_meta_interval=2000",
            "OCF_RESKEY_CRM_meta_timeout=3000",
            "OCF_ROOT=/usr/lib/ocf",
        ] {
            assert!(environment.iter().any(|v| v == part), "{part}: {environment:?}");
        }
        assert!(!environment.iter().any(|v| v.contains("promotable") || v.contains("SWITCHTOWER_MODE")));
        let (probe, _) = read_by("sh", &line(&spec, Action::Probe));
        assert!(probe.contains(&"OCF_RESKEY_CRM_meta_interval=0".to_owned()));
        let (both, _) = read_by("sh", &line(&AgentSpec { both_modes: true, ..spec }, Action::Start));
        assert!(both.contains(&"OCF_RESKEY_CRM_meta_promotable=true".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_word_survives_and_a_line_is_one_line_of_plain_characters(words in proptest::collection::vec("[^\0]{0,12}", 1..6)) {
            let line = line(&exec(&words), Action::Start);
            prop_assert!(line.ends_with('\n') && line.matches('\n').count() == 1);
            prop_assert!(line.trim_end().bytes().all(|b| b.is_ascii_graphic() || b == b' '));
            prop_assert_eq!(read_by("sh", &line).1, words);
        }
    }
}
