//! What an agent's exit code means, as a state and in words: the codes of OCF, and those of commands. Pure.

use crate::core::fact::State;
use crate::core::model::{Agent, AgentCall, AgentSpec, ProcessMode};
use crate::driver::words::{last_line, tidy};

/// How a call of an agent ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub how: How,
    /// What was under way for the agent meanwhile, as an agent's word, where that was asked.
    pub busy: Option<String>,
    /// The last start of the agent that was begun by us on this host, in this boot.
    pub last: Option<String>,
    /// It was seen to run earlier in this boot, and not stopped since.
    pub ran: bool,
    /// The end of what it wrote to standard error.
    pub said: Vec<u8>,
}

impl Ended {
    /// Something of it may run, whatever an agent says that does not find what it looks after: many say so of a file or a
    /// folder that cannot be read just now.
    pub fn may_run(&self) -> bool {
        self.ran || self.last.is_some()
    }
}

/// In which way a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// By itself, or by a signal (128 and more).
    Code(u8),
    /// It took longer than it was given, and was ended.
    Timeout,
    /// Its time was over before it could begin: nothing was done.
    Late,
    /// There is no such program.
    Missing,
}

/// A monitor's word on one mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub state: State,
    pub words: String,
}

/// What `ended`, the end of a monitor, says of `agent`.
pub(super) fn seen(agent: &Agent, spec: &AgentSpec, ended: &Ended) -> Seen {
    let words = told(spec, ended);
    let state = match ended.busy.as_deref() {
        Some("stop" | "demote") => State::Stopping,
        Some(_) => State::Starting,
        None if ended.may_run() && of_code(agent.mode, spec, ended.how) == State::Missing => State::Faulty,
        None => of_code(agent.mode, spec, ended.how),
    };
    Seen { state, words }
}

fn of_code(mode: ProcessMode, spec: &AgentSpec, how: How) -> State {
    // An agent that is gone, or hangs, proves nothing of what it looked after.
    let How::Code(code) = how else { return State::Unknown };
    match (&spec.call, code) {
        (AgentCall::Exec(_), 0) => State::Active,
        (AgentCall::Exec(_), 3 | 7) | (AgentCall::Ocf(_), 7) => State::Inactive,
        (AgentCall::Ocf(_), 0 | 8 | 190 | 191) if !spec.both_modes => State::Active,
        (AgentCall::Ocf(_), 0 | 8 | 190 | 191) => {
            let runs = if is_promoted(code) { ProcessMode::Active } else { ProcessMode::Standby };
            if runs == mode { State::Active } else { State::Inactive }
        }
        // What it looks after is not installed, by its own word: then nothing of it runs.
        (AgentCall::Ocf(_), 5) => State::Missing,
        // In the standard's words it has failed: it has to be stopped before anybody may take it for stopped.
        (AgentCall::Ocf(_) | AgentCall::Exec(_), _) => State::Faulty,
    }
}

/// Whether a monitor of OCF that ends so calls it promoted and running.
pub(super) fn is_promoted(code: u8) -> bool {
    matches!(code, 8 | 191)
}

/// How a call ended, in words: `IPaddr2 says: not running (7)`.
pub(super) fn told(spec: &AgentSpec, ended: &Ended) -> String {
    let name = called(spec);
    let reason = reason(&ended.said);
    let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    match ended.how {
        How::Code(code) => match meaning(spec, code) {
            Some(meaning) => format!("{name} says: {meaning} ({code}){because}"),
            None if code > 128 => format!("{name} was ended by signal {}{because}", code - 128),
            None => format!("{name} ended with {code}{because}"),
        },
        How::Timeout => format!("{name} did not end in time and was killed{because}"),
        How::Late => format!("{name} was not called: its time was over, so nothing was done"),
        How::Missing => format!("{name} is not there: no program {}", program(spec)),
    }
}

/// What people call it.
pub(super) fn called(spec: &AgentSpec) -> &str {
    match &spec.call {
        AgentCall::Ocf(agent) => &agent.kind,
        AgentCall::Exec(_) => "the command",
    }
}

fn program(spec: &AgentSpec) -> String {
    match &spec.call {
        AgentCall::Ocf(agent) => agent.path(),
        AgentCall::Exec(commands) => [&commands.start, &commands.stop, &commands.monitor]
            .into_iter()
            .filter_map(|c| c.first())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

/// The words of the OCF standard; of commands only what was agreed with them.
fn meaning(spec: &AgentSpec, code: u8) -> Option<&'static str> {
    if matches!(spec.call, AgentCall::Exec(_)) {
        return match code {
            0 => Some("done, or it runs"),
            3 | 7 => Some("it does not run"),
            _ => None,
        };
    }
    Some(match code {
        0 if spec.both_modes => "running, not promoted",
        0 => "running",
        1 => "generic error",
        2 => "wrong arguments",
        3 => "action not implemented",
        4 => "insufficient privileges",
        5 => "not installed",
        6 => "not configured",
        7 => "not running",
        8 => "running promoted",
        9 => "failed promoted",
        190 => "degraded",
        191 => "degraded promoted",
        _ => return None,
    })
}

/// Why, by what it wrote to standard error: what it marks as reasons, of which the last ones may only say that something has
/// failed, or the last line that says something.
fn reason(said: &[u8]) -> String {
    const MARK: &str = "ocf-exit-reason:";
    let text = String::from_utf8_lossy(said);
    let marked = text.lines().filter_map(|line| line.split_once(MARK)).map(|(_, reason)| tidy(reason));
    let mut marked: Vec<String> = marked.filter(|reason| !reason.is_empty()).collect();
    marked.dedup();
    match marked.len() {
        0 => last_line(said),
        many => tidy(&marked.split_off(many.saturating_sub(3)).join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{ExecAgent, OcfAgent};

    fn ocf(both_modes: bool) -> AgentSpec {
        let agent = OcfAgent { provider: "heartbeat".into(), kind: "IPaddr2".into(), options: [].into(), secrets: None };
        AgentSpec { call: AgentCall::Ocf(agent), both_modes }
    }

    fn exec() -> AgentSpec {
        let word = |word: &str| vec![word.to_owned()];
        AgentSpec { call: AgentCall::Exec(ExecAgent { start: word("/s"), stop: word("/t"), monitor: word("/m") }), both_modes: true }
    }

    fn ended(how: How, said: &str) -> Ended {
        Ended { how, busy: None, last: None, ran: false, said: said.as_bytes().to_vec() }
    }

    fn states(spec: &AgentSpec, how: How) -> (State, State) {
        let of = |mode| seen(&Agent { mode, ..Agent::active("vip").unwrap() }, spec, &ended(how, "")).state;
        (of(ProcessMode::Active), of(ProcessMode::Standby))
    }

    #[test]
    fn every_code_of_ocf_has_a_state_and_words() {
        use State::{Active, Faulty, Inactive, Missing, Unknown};
        let table = [
            (0, Active, (Inactive, Active), "running"),
            (1, Faulty, (Faulty, Faulty), "generic error (1)"),
            (2, Faulty, (Faulty, Faulty), "wrong arguments (2)"),
            (3, Faulty, (Faulty, Faulty), "action not implemented (3)"),
            (4, Faulty, (Faulty, Faulty), "insufficient privileges (4)"),
            (5, Missing, (Missing, Missing), "not installed (5)"),
            (6, Faulty, (Faulty, Faulty), "not configured (6)"),
            (7, Inactive, (Inactive, Inactive), "IPaddr2 says: not running (7)"),
            (8, Active, (Active, Inactive), "running promoted (8)"),
            (9, Faulty, (Faulty, Faulty), "failed promoted (9)"),
            (190, Active, (Inactive, Active), "degraded (190)"),
            (191, Active, (Active, Inactive), "degraded promoted (191)"),
            (77, Faulty, (Faulty, Faulty), "ended with 77"),
            (139, Faulty, (Faulty, Faulty), "ended by signal 11"),
        ];
        for (code, alone, both, words) in table {
            assert_eq!(states(&ocf(false), How::Code(code)).0, alone, "{code}");
            assert_eq!(states(&ocf(true), How::Code(code)), both, "{code}");
            let told = told(&ocf(false), &ended(How::Code(code), ""));
            assert!(told.contains(words), "{told}");
        }
        for how in [How::Timeout, How::Late, How::Missing] {
            assert_eq!(states(&ocf(true), how), (Unknown, Unknown), "{how:?} proves nothing");
            assert_eq!(states(&exec(), how), (Unknown, Unknown), "{how:?} proves nothing");
        }
    }

    #[test]
    fn an_agent_that_finds_nothing_installed_proves_a_stop_only_where_nothing_was_started_or_seen_to_run() {
        let agent = Agent::active("vip").unwrap();
        let says = |code, last: Option<&str>, ran| Ended { last: last.map(str::to_owned), ran, ..ended(How::Code(code), "") };
        for both_modes in [false, true] {
            let state = |ended: &Ended| seen(&agent, &ocf(both_modes), ended).state;
            assert_eq!(state(&says(5, None, false)), State::Missing);
            assert_eq!(state(&says(5, Some("n1"), false)), State::Faulty, "it was started by us");
            assert_eq!(state(&says(5, None, true)), State::Faulty, "it was seen to run");
            assert_eq!(state(&says(7, Some("n1"), true)), State::Inactive);
        }
    }

    #[test]
    fn commands_say_yes_no_or_that_something_is_wrong() {
        for (code, state) in
            [(0, State::Active), (3, State::Inactive), (7, State::Inactive), (1, State::Faulty), (5, State::Faulty), (127, State::Faulty)]
        {
            assert_eq!(states(&exec(), How::Code(code)), (state, state), "{code}");
        }
        assert!(told(&exec(), &ended(How::Missing, "")).contains("/s or /t or /m"));
    }

    #[test]
    fn what_is_under_way_counts_more_than_a_monitors_word() {
        let under_way = |busy: &str| Ended { busy: Some(busy.to_owned()), ..ended(How::Code(7), "") };
        let agent = Agent::active("vip").unwrap();
        assert_eq!(seen(&agent, &ocf(false), &under_way("start")).state, State::Starting);
        assert_eq!(seen(&agent, &ocf(false), &under_way("promote")).state, State::Starting);
        assert_eq!(seen(&agent, &ocf(false), &under_way("stop")).state, State::Stopping);
    }

    #[test]
    fn the_reason_that_an_agent_gives_is_told_and_nothing_that_could_harm_a_screen() {
        let said = "Nov 22 INFO: adding\nocf-exit-reason:no\x1b[31m interface\nNov 22 DEBUG: rc=6\n";
        let words = told(&ocf(false), &ended(How::Code(6), said));
        assert_eq!(words, "IPaddr2 says: not configured (6): no [31m interface");
        let twice = "ocf-exit-reason:no such device\nocf-exit-reason:no such device\nocf-exit-reason:findif failed\n";
        assert!(told(&ocf(false), &ended(How::Code(6), twice)).ends_with(": no such device; findif failed"));
        assert!(told(&ocf(false), &ended(How::Code(1), "a\nlast word\n\n")).ends_with(": last word"));
    }
}
