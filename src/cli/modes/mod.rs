//! `mode`, `pause`, `resume`, `observe-only` and `acknowledge`: what the monitor may do by itself.
//!
//! Each is confirmed with yes or no, and ends with what holds then, as the monitor says it.

use super::act::{Key, pass};
use super::args::{Confirm, ModeVerb, NudgeArgs, PauseArgs};
use super::end::{self, Ended};
use super::out::Out;
use super::person::Person;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::{Exit, Role};
use crate::core::model::Initiative;
use crate::core::record::{RunId, Stance};
use crate::wire::{ModeAsk, StatusView};
use crate::words::{Line, Tone, becomes, duration, quoted, stance_words};
use serde::Serialize;

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    /// What holds.
    Show,
    /// This is to hold.
    Set {
        mode: ModeAsk,
        /// The words that ask for the same again.
        words: &'static str,
        reason: Option<String>,
        confirm: Confirm,
    },
    /// What held before a pause.
    Resume(NudgeArgs),
    /// The last automatic failover was seen.
    Acknowledge(NudgeArgs),
}

impl Ask {
    /// What `mode` asks for.
    pub(super) fn of(verb: Option<ModeVerb>) -> Self {
        match verb {
            None => Self::Show,
            Some(ModeVerb::Automatic(args)) => Self::set(ModeAsk::Automatic, "mode automatic", args),
            Some(ModeVerb::ObserveOnly(args)) => Self::set(ModeAsk::ObserveOnly, "mode observe-only", args),
            Some(ModeVerb::Pause(args)) => Self::pause(args),
        }
    }

    /// What `observe-only` asks for.
    pub(super) fn observe_only(args: NudgeArgs) -> Self {
        Self::set(ModeAsk::ObserveOnly, "mode observe-only", args)
    }

    /// What `pause` asks for.
    pub(super) fn pause(args: PauseArgs) -> Self {
        let PauseArgs { for_ms, reason, confirm } = args;
        Self::Set { mode: ModeAsk::Pause { for_ms }, words: "pause", reason: Some(reason), confirm }
    }

    fn set(mode: ModeAsk, words: &'static str, args: NudgeArgs) -> Self {
        Self::Set { mode, words, reason: args.reason, confirm: args.confirm }
    }

    fn dry_run(&self) -> bool {
        match self {
            Self::Show => true,
            Self::Set { confirm, .. } => confirm.dry_run,
            Self::Resume(args) | Self::Acknowledge(args) => args.confirm.dry_run,
        }
    }
}

/// What is to be done, in words and as it is asked of the monitor.
struct Nudge {
    /// What will hold.
    what: String,
    request: Request,
    reason: Option<String>,
    confirm: Option<String>,
    /// The words of the command line that ask for it again.
    words: String,
}

enum Request {
    Mode(ModeAsk),
    Acknowledge,
}

/// The document that these verbs end with under `--json`.
#[derive(Serialize)]
struct Holds<'a> {
    #[serde(flatten)]
    ended: Ended<'a>,
    /// What holds.
    stance: &'a Stance,
    /// Will it act? One line.
    acts: &'a str,
    /// What would be done, or was.
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'a str>,
    /// The run of the failover that was acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    acknowledged: Option<RunId>,
}

/// Carries out what was asked for.
pub(super) async fn carry_out(dial: &dyn Dial, ask: Ask, again: &str, person: &mut dyn Person, out: &mut Out) -> Exit {
    let dry_run = ask.dry_run();
    let (mut link, status) = match look(dial, if dry_run { Role::Observer } else { Role::Operator }).await {
        Ok(found) => found,
        Err(error) => return end::before_act(&error, out),
    };
    let nudge = match nudge(ask, &status) {
        Ok(Some(nudge)) => nudge,
        Ok(None) => return holds(&status, "done", None, None, out),
        Err((what, remedy)) => return end::reason(Exit::Refused, what, remedy, out),
    };
    let now = format!("now: {}; will it act? {}", stance_words(&status.stance), status.acts);
    out.say(Line::of(Tone::Strong, format!("{}: {}", status.cluster, nudge.what)));
    out.say(now);
    if dry_run {
        let exit = holds(&status, "planned", Some(&nudge.what), None, out);
        out.say("dry run: nothing was done");
        return exit;
    }
    let reason = nudge.reason.as_ref().map_or(String::new(), |reason| format!(" --reason {}", quoted(reason)));
    let line = format!("switchtower{again} {} --confirm yes{reason}", nudge.words);
    if let Err(reason) = pass(&Key::Yes("Go on".to_owned()), nudge.confirm.as_deref(), &line, person).await {
        return end::reasons(Exit::Refused, vec![reason], out);
    }
    match send(link.as_mut(), &nudge).await {
        Ok(acknowledged) => done(link.as_mut(), &nudge, acknowledged, out).await,
        Err(error @ ClientError::Failure(_)) => end::client_error(&error, out),
        Err(error) => {
            let what = format!("{error}; it is not known whether this was taken");
            end::reason(Exit::Unknown, what, "look at `switchtower mode` and `switchtower log` before you ask again", out)
        }
    }
}

async fn look(dial: &dyn Dial, role: Role) -> Result<(Box<dyn Link>, StatusView), ClientError> {
    let mut link = dial.dial(role).await?;
    let status = link.status(false).await?;
    Ok((link, status))
}

/// What is to be done; nothing where it was only asked what holds.
///
/// # Errors
/// Why there is nothing to be done, and what to do instead.
fn nudge(ask: Ask, status: &StatusView) -> Result<Option<Nudge>, (String, String)> {
    let nudge = match ask {
        Ask::Show => return Ok(None),
        Ask::Set { mode, words, reason, confirm } => {
            let words = format!("{words}{}", duration(&mode));
            Nudge { what: becomes(&mode), request: Request::Mode(mode), reason, confirm: confirm.confirm, words }
        }
        Ask::Resume(args) => {
            let Stance::Paused { then, .. } = status.stance else {
                let what = format!("there is no pause to end: the mode is {}", stance_words(&status.stance));
                return Err((what, "to have the monitor act by itself there is `switchtower mode automatic`".to_owned()));
            };
            let mode = if then == Initiative::Automatic { ModeAsk::Automatic } else { ModeAsk::ObserveOnly };
            let what = format!("the pause ends; {}", becomes(&mode));
            Nudge { what, request: Request::Mode(mode), reason: args.reason, confirm: args.confirm.confirm, words: "resume".to_owned() }
        }
        Ask::Acknowledge(args) => Nudge {
            what: "the last automatic failover is acknowledged; another may happen by itself from now on".to_owned(),
            request: Request::Acknowledge,
            reason: args.reason,
            confirm: args.confirm.confirm,
            words: "acknowledge".to_owned(),
        },
    };
    Ok(Some(nudge))
}

async fn send(link: &mut dyn Link, nudge: &Nudge) -> Result<Option<RunId>, ClientError> {
    match &nudge.request {
        Request::Mode(mode) => link.mode(mode.clone(), nudge.reason.clone()).await.map(|()| None),
        Request::Acknowledge => link.acknowledge(nudge.reason.clone()).await.map(Some),
    }
}

/// Says what holds now. It was done, whether the monitor can still say so or not.
async fn done(link: &mut dyn Link, nudge: &Nudge, acknowledged: Option<RunId>, out: &mut Out) -> Exit {
    if let Some(run) = acknowledged {
        out.say(Line::of(Tone::Good, format!("done: failover {run} is acknowledged")));
    } else {
        out.say(Line::of(Tone::Good, "done"));
    }
    match link.status(false).await {
        Ok(status) => holds(&status, "done", Some(&nudge.what), acknowledged, out),
        Err(error) => {
            out.complain(Line::of(Tone::Warn, format!("what holds now could not be asked: {error}")));
            if out.look().json {
                out.document(&Ended::with(Exit::Done));
            }
            Exit::Done
        }
    }
}

fn holds(status: &StatusView, outcome: &'static str, what: Option<&str>, acknowledged: Option<RunId>, out: &mut Out) -> Exit {
    if out.look().json {
        let ended = Ended { outcome, ..Ended::default() };
        out.document(&Holds { ended, stance: &status.stance, acts: &status.acts, what, acknowledged });
    } else if outcome == "done" {
        out.say(format!("mode: {}", stance_words(&status.stance)));
        out.say(format!("will it act? {}", status.acts));
    }
    Exit::Done
}

#[cfg(test)]
mod tests;
