//! A knock: does a host's kernel say anything to a new connection? Called by the drivers for whoever watches, beside a
//! question on a kept connection that is not answered yet.
//!
//! It says nothing to the host and logs nobody in, so that a host under load answers it as fast as an idle one.

use super::dial::sign_of;
use super::error::{Sign, short};
use super::pool::Pool;
use super::target::Target;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};

/// What came of a knock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knock {
    /// The host's kernel took the connection or refused it: it lives.
    Lives,
    /// A connection was asked for, and nothing came back in time.
    Silent,
    /// Nothing was asked: the host is behind another one, or this machine cannot.
    NotTried {
        /// Why not, in words.
        why: String,
    },
}

impl Pool {
    /// Asks the kernel of a target that is reached directly for a connection, and closes it again. `patience` is counted
    /// from the moment when it is asked, so that a slow name server is no silence; the whole takes at most twice that.
    /// A sign of life counts for [`Pool::knocked_since`]. Of several addresses the first that answers is enough, and all of them have
    /// to be silent.
    pub async fn knock(&self, target: &Target, patience: Duration) -> Knock {
        let not_tried = |why: String| Knock::NotTried { why };
        let addresses = async {
            let way = self.way(target).await.map_err(|error| error.to_string())?;
            if !way.hops.is_empty() {
                return Err("it is reached through another host".to_owned());
            }
            let found = lookup_host((way.address.as_str(), way.port)).await.map_err(|error| error.to_string())?;
            Ok(found.map(TcpStream::connect).collect::<FuturesUnordered<_>>())
        };
        let mut connects = match timeout(patience, addresses).await {
            Ok(Ok(connects)) if !connects.is_empty() => connects,
            Ok(Ok(_)) => return not_tried("its name has no address".to_owned()),
            Ok(Err(why)) => return not_tried(why),
            Err(_) => return not_tried(format!("where it is was not found out within {}", short(&patience))),
        };
        let (mut untried, until) = (None, Instant::now() + patience);
        loop {
            match timeout_at(until, connects.next()).await {
                Ok(Some(Ok(_))) => break,
                Ok(Some(Err(error))) => match sign_of(&error) {
                    Sign::Life => break,
                    Sign::None => untried = Some(error.to_string()),
                    Sign::Silence => {}
                },
                Ok(None) | Err(_) => return untried.map_or(Knock::Silent, not_tried),
            }
        }
        self.note_knock(target);
        Knock::Lives
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::Options;
    use tokio::net::TcpListener;

    async fn knocked(port: u16) -> (Knock, bool) {
        let pool = Pool::new(Options { config_file: Some("none".into()), ..Options::default() });
        let target = Target { port: Some(port), ..Target::new("127.0.0.1") };
        let began = Instant::now();
        let knock = pool.knock(&target, Duration::from_secs(5)).await;
        (knock, pool.knocked_since(&target, began))
    }

    #[tokio::test]
    async fn a_kernel_that_takes_or_refuses_a_connection_lives_whatever_its_programs_do() {
        // Nobody ever takes what comes here: its kernel does.
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(knocked(port).await, (Knock::Lives, true));
        drop(listener);
        assert_eq!(knocked(port).await, (Knock::Lives, true));
    }

    #[tokio::test]
    async fn a_host_behind_another_one_and_one_without_an_address_are_not_knocked_at() {
        let pool = Pool::new(Options { config_file: Some("none".into()), ..Options::default() });
        let behind = Target { jumps: vec!["127.0.0.2".into()], ..Target::new("127.0.0.1") };
        for target in [behind, Target::new("no-such-host.invalid")] {
            let knock = pool.knock(&target, Duration::from_secs(5)).await;
            assert!(matches!(knock, Knock::NotTried { .. }), "{knock:?}");
        }
    }
}
