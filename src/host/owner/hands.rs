//! What an owner does to the world: executes its process, looks for its members, signals them.

use super::{Effect, Event, Owner};
use crate::core::model::MODE_VARIABLE;
use crate::core::model::Ready as When;
use crate::host::launch::{self, Launch, Launched};
use crate::host::members::{KEPT_BY, Marks, NAME, START, pid};
use crate::host::ready::Ready;
use rustix::process::{Signal, kill_process};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use tokio::sync::oneshot;

impl Owner {
    pub(super) fn launched(&mut self, launched: Launched) {
        match launched {
            Ok((pid, exited)) => {
                (self.leader, self.exited) = (Some(pid), Some(exited));
                self.apply(Event::Launched(pid));
            }
            Err(why) => {
                self.forget_ready();
                self.apply(Event::NotLaunched(why));
            }
        }
    }

    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Launch => match self.launch() {
                    Ok(launch) => self.launching = Some(self.shared.launcher.launch(launch)),
                    Err(error) => {
                        let why = format!("the socket on which it says that it is ready cannot be made: {error}");
                        self.launching = Some(already(Err(why)));
                    }
                },
                Effect::Terminate | Effect::Kill | Effect::Look => self.look_for_members(effect),
                Effect::Release => {
                    if let Some(leader) = self.leader.take() {
                        launch::release(leader);
                    }
                    self.forget_ready();
                }
            }
        }
    }

    /// Signals at once what is known, and everything else that is found of it.
    pub(super) fn look_for_members(&mut self, effect: Effect) {
        let signal = match effect {
            Effect::Terminate => Some(Signal::TERM),
            Effect::Kill => Some(Signal::KILL),
            _ => None,
        };
        // Its pid is not given away before it was released.
        if let (Some(signal), Some(pid)) = (signal, self.machine.pid().and_then(pid)) {
            let _ = kill_process(pid, signal);
        }
        if self.looking.is_some() {
            self.look = Some(effect);
            return;
        }
        let marks = self.marks();
        self.looking = Some(tokio::task::spawn_blocking(move || marks.sweep(signal)));
    }

    fn marks(&self) -> Marks {
        let mut kept_by = format!("{KEPT_BY}=").into_bytes();
        kept_by.extend_from_slice(self.shared.home.as_os_str().as_bytes());
        Marks { variables: [kept_by, format!("{NAME}={}", self.name).into_bytes()], session: self.leader }
    }

    fn launch(&mut self) -> std::io::Result<Launch> {
        let invocation = self.machine.invocation().cloned().unwrap_or_default();
        let mut environment: BTreeMap<String, OsString> =
            self.spec.environment.iter().map(|(name, value)| (name.clone(), value.into())).collect();
        if self.spec.ready == When::Notify {
            let (listening, says) = Ready::listen(&self.shared.home, &invocation)?;
            environment.insert("NOTIFY_SOCKET".to_owned(), listening.path().into());
            (self.ready, self.says_ready) = (Some(listening), Some(says));
        }
        for (name, value) in [
            (MODE_VARIABLE, self.machine.mode().word().into()),
            (NAME, self.name.as_str().into()),
            (START, invocation.into()),
            (KEPT_BY, self.shared.home.clone().into_os_string()),
        ] {
            environment.insert(name.to_owned(), value);
        }
        let directory = self.spec.directory.clone().unwrap_or_else(|| PathBuf::from("/"));
        Ok(Launch { program: self.shared.settings.program.clone(), command: self.spec.command.clone(), directory, environment })
    }

    fn forget_ready(&mut self) {
        (self.ready, self.says_ready) = (None, None);
    }
}

fn already<T>(value: T) -> oneshot::Receiver<T> {
    let (tell, told) = oneshot::channel();
    let _ = tell.send(value);
    told
}
