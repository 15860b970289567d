//! Opens the sockets of a monitor on another machine, over one kept SSH connection.

use super::hops::{Hops, Rights, Via};
use super::refused;
use crate::client::talk::Talk;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::Role;
use crate::ssh::{Connection, Options, Pool, SshError, Target};
use async_trait::async_trait;
use std::path::PathBuf;
use std::time::Duration;

/// A connection that is silent for so long is asked whether it lives.
const KEEPALIVE: Duration = Duration::from_secs(4);
/// After so many questions without an answer it is given up: people sit before it.
const UNANSWERED: usize = 2;
/// What a connection that lives answers within.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);

/// The way to a monitor on another machine.
#[derive(Debug)]
pub struct Far {
    pool: Pool,
    target: Target,
    hops: Hops,
    rights: Rights,
    run_dir: PathBuf,
    deadline: Duration,
}

impl Far {
    /// To the monitor whose sockets are in `run_dir` on the last host of the way. Nothing is connected yet. Making a connection
    /// takes at most ten seconds a hop; each wait for the monitor ends after `deadline`.
    #[must_use]
    pub fn new(via: Via, run_dir: PathBuf, deadline: Duration) -> Self {
        let Via { hops, ssh_config, rights } = via;
        let options = Options { config_file: ssh_config, keepalive_interval: KEEPALIVE, keepalive_max: UNANSWERED, ..Options::default() };
        Self { pool: Pool::new(options), target: hops.target(), hops, rights, run_dir, deadline }
    }

    async fn open(&self, name: &str) -> Result<Box<dyn Link>, ClientError> {
        let connection = self.pool.get(&self.target).await.map_err(ClientError::Unreached)?;
        let path = self.run_dir.join(name);
        let opened = match connection.direct_unix(&path.to_string_lossy(), self.deadline).await {
            Ok(tunnel) => Talk::begin(tunnel, self.deadline).await,
            Err(SshError::Refused { .. } | SshError::NoTunnel { .. }) => {
                return Err(refused::why(&connection, self.hops.host(), &path).await);
            }
            Err(error) => Err(ClientError::Unreached(error)),
        };
        match opened {
            Ok(talk) => Ok(Box::new(talk)),
            Err(error) => {
                self.mistrust(&connection, &error).await;
                Err(error)
            }
        }
    }

    /// Has the next connection made anew where this one may lead nowhere any more, as after a machine has slept.
    async fn mistrust(&self, connection: &Connection, error: &ClientError) {
        let silent = match error {
            ClientError::TimedOut { .. } => true,
            ClientError::Unreached(error) => error.is_deadline(),
            _ => false,
        };
        if silent && connection.ping(SIGN_OF_LIFE).await.is_err() {
            self.pool.drop_connection(&self.target).await;
        }
    }
}

#[async_trait]
impl Dial for Far {
    async fn dial(&self, role: Role) -> Result<Box<dyn Link>, ClientError> {
        match &self.rights {
            Rights::Look(line) if role > Role::Observer => {
                Err(ClientError::LookOnly { host: self.hops.host().to_owned(), line: line.clone() })
            }
            Rights::Look(_) => self.open("observe.sock").await.map_err(or_operate),
            Rights::Operate => match self.open("operate.sock").await {
                Err(ClientError::Denied { .. } | ClientError::NotRunning { .. } | ClientError::Unopened { .. })
                    if role == Role::Observer =>
                {
                    // Whoever only wants to look is told who may look. Why a socket is not opened is not always known.
                    self.open("observe.sock").await
                }
                other => other,
            },
        }
    }
}

/// Operators are not always observers too.
fn or_operate(error: ClientError) -> ClientError {
    match error {
        ClientError::Denied { socket, guard, group } => {
            let other = "an operator's account looks with --operate".to_owned();
            let guard = Some(guard.map_or(other.clone(), |guard| format!("{guard}; {other}")));
            ClientError::Denied { socket, guard, group }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_way_for_looking_refuses_to_act_before_anything_is_connected() {
        let via = Via { hops: "no.such.host.invalid".parse().unwrap(), ssh_config: None, rights: Rights::Look("the line".into()) };
        let far = Far::new(via, "/run/x".into(), Duration::from_secs(1));
        let error = far.dial(Role::Operator).await.err().unwrap();
        assert_eq!(error, ClientError::LookOnly { host: "no.such.host.invalid".into(), line: "the line".into() });
        assert_eq!((error.exit() as u8, error.reasons()[0].remedy.as_str()), (3, "run: the line"));
    }
}
