//! Does a component answer those who use it? One question, bounded in time and in what is read. Called by the monitor.

use crate::core::model::{Acceptance, AcceptanceProbe};
use crate::ssh::{CommandLine, Limits, Pool, Target};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes that are kept of what a command says.
const OUTPUT: usize = 4096;
/// Characters of it that are shown.
const SHOWN: usize = 200;

/// Asks once. `target` is the component's active host.
///
/// # Errors
/// In words, why it does not answer: of the service itself, or of the way to it.
pub async fn accept(acceptance: &Acceptance, pool: &Pool, target: &Target) -> Result<(), String> {
    let limit = Duration::from_millis(acceptance.timeout_ms);
    let asked = async {
        match &acceptance.probe {
            AcceptanceProbe::Tcp { host, port } => connect(host, *port).await,
            AcceptanceProbe::Command { argv } => run(argv, pool, target, limit).await,
        }
    };
    timeout(limit, asked).await.unwrap_or_else(|_| Err(format!("{} gave no answer within {limit:?}", words(&acceptance.probe))))
}

async fn connect(host: &str, port: u16) -> Result<(), String> {
    let refused = |error: std::io::Error| format!("no connection to {host} port {port}: {error}");
    TcpStream::connect((host, port)).await.map(drop).map_err(refused)
}

async fn run(argv: &[String], pool: &Pool, target: &Target, limit: Duration) -> Result<(), String> {
    let connection = pool.get(target).await.map_err(|error| error.to_string())?;
    let limits = Limits { deadline: limit, max_output: OUTPUT };
    let output = connection.exec(&CommandLine::new(argv), limits).await.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    let said = String::from_utf8_lossy(said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing was said");
    let last: String = last.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    let how = match &output.status {
        crate::ssh::ExitStatus::Code(code) => format!("ended with {code}"),
        crate::ssh::ExitStatus::Signal(signal) => format!("was ended by signal {signal}"),
        crate::ssh::ExitStatus::None => "ended without saying how".to_owned(),
    };
    Err(format!("{} on {} {how}: {last}", argv.first().map_or("the command", String::as_str), target.host))
}

fn words(probe: &AcceptanceProbe) -> String {
    match probe {
        AcceptanceProbe::Tcp { host, port } => format!("{host} port {port}"),
        AcceptanceProbe::Command { argv } => argv.first().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::Options;

    fn tcp(port: u16) -> Acceptance {
        Acceptance { probe: AcceptanceProbe::Tcp { host: "127.0.0.1".into(), port }, timeout_ms: 2_000 }
    }

    #[tokio::test]
    async fn a_port_that_is_listened_on_answers_and_one_that_is_not_does_not() {
        let pool = Pool::new(Options::default());
        let target = Target::new("nowhere");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(accept(&tcp(port), &pool, &target).await, Ok(()));
        drop(listener);
        let why = accept(&tcp(port), &pool, &target).await.unwrap_err();
        assert!(why.contains(&format!("no connection to 127.0.0.1 port {port}")), "{why}");
    }
}
