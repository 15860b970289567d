use super::*;
use crate::core::fact::{Miss, MissKind};
use crate::ssh::Sign;
use MissKind::{Broken, Silent};

fn host() -> HostName {
    HostName::new("a1").unwrap()
}

fn ssh(reason: SshError) -> DriverError {
    DriverError::Ssh { host: host(), reason: Box::new(reason) }
}

fn connect(sign: Sign) -> SshError {
    SshError::Connect { host: "a1".into(), address: "192.0.2.1:22".into(), reason: "said".into(), sign }
}

fn no_tunnel(sign: Sign) -> SshError {
    SshError::NoTunnel { host: "gate".into(), to: "192.0.2.1:22".into(), sign, said: "said".into() }
}

fn jump(reason: SshError) -> SshError {
    SshError::Jump { host: "a1".into(), jump: "gate".into(), reason: Box::new(reason) }
}

fn by_hand() -> DriverError {
    let by =
        ByHand { who: "0 (root)".into(), reason: "no monitor".into(), what: "start app.process".into(), at: jiff::Timestamp::UNIX_EPOCH };
    let all = vec![Operated { kept_by: Keeps::Service, under: Term(5), deed: by.clone() }];
    DriverError::ByHand { host: host(), asked: Term(4), kept: Term(5), by: Box::new(by), all }
}

#[test]
fn what_was_done_by_hand_is_told_with_its_term() {
    let error = by_hand();
    let said = error.to_string();
    assert!(said.contains("0 (root) acted on it by hand under term 5 (start app.process): no monitor"), "{said}");
    let [Operated { under: Term(5), deed, .. }] = error.by_hand() else { panic!("{error}") };
    assert_eq!(deed.what, "start app.process");
    assert!(DriverError::SameTerm { host: host(), term: Term(4) }.by_hand().is_empty());
}

#[test]
fn the_host_is_named_once() {
    let named = |who: &str| {
        let reason = SshError::Connect { host: who.into(), address: "192.0.2.1:22".into(), reason: "refused".into(), sign: Sign::Life };
        ssh(reason).to_string()
    };
    assert_eq!(named("a1"), "a1: no SSH connection to 192.0.2.1:22: refused");
    assert_eq!(named("a10"), "a1: a10: no SSH connection to 192.0.2.1:22: refused", "another host keeps its name");
}

#[test]
fn only_what_was_asked_of_a_host_and_never_came_is_silence() {
    let (after, stage, reason) = (Duration::from_secs(1), "looking", "said".to_owned());
    let deadline = || DriverError::Deadline { host: host(), stage, after };
    let lost = || DriverError::ChannelLost { host: host(), reason: reason.clone() };
    let table = [
        (DriverError::UnknownHost { host: host() }, Broken),
        (DriverError::NoUnit { host: host() }, Broken),
        (deadline(), Silent),
        (lost(), Silent),
        (DriverError::GuardLost { host: host(), reason: reason.clone() }, Silent),
        (DriverError::ActionStays { host: host(), action: reason.clone() }, Broken),
        (DriverError::AgentSecrets { host: host(), reason: reason.clone() }, Broken),
        (DriverError::HeardMeanwhile { host: host(), reason: Box::new(deadline()) }, Broken),
        (DriverError::HeardMeanwhile { host: host(), reason: Box::new(lost()) }, Broken),
        (DriverError::OlderTerm { host: host(), asked: Term(1), kept: Term(2), record: "/r".into() }, Broken),
        (DriverError::SameTerm { host: host(), term: Term(1) }, Broken),
        (DriverError::OtherBoot { host: host(), expected: "a".into(), found: "b".into() }, Broken),
        (DriverError::TooLate { host: host() }, Broken),
        (DriverError::LockHeld { host: host(), which: "term".into(), path: "/r/lock".into() }, Broken),
        (DriverError::NoRights { host: host(), reason: reason.clone() }, Broken),
        (DriverError::GuardDirectory { host: host(), reason: reason.clone() }, Broken),
        (DriverError::GuardRecord { host: host(), reason: reason.clone() }, Broken),
        (DriverError::MissingTool { host: host(), tool: "systemd-stdio-bridge".into() }, Broken),
        (DriverError::BadAnswer { host: host(), stage, reason: reason.clone() }, Broken),
        (DriverError::Refused { host: host(), stage, reason: reason.clone() }, Broken),
        (DriverError::NotSupervised { host: host() }, Broken),
        (DriverError::NoHostService { host: host(), socket: "/s".into(), reason: reason.clone() }, Broken),
        (DriverError::ServiceLost { host: host(), reason: reason.clone() }, Silent),
        (DriverError::ServiceAnswer { host: host(), stage, reason: reason.clone() }, Broken),
        (DriverError::ServiceRefused { host: host(), stage, reason: reason.clone() }, Broken),
        (DriverError::OtherProtocol { host: host(), reason: reason.clone() }, Broken),
        (DriverError::OtherCluster { host: host(), cluster: ClusterName::new("shop").unwrap(), reason: reason.clone() }, Broken),
        (by_hand(), Broken),
        (DriverError::NoProcess { host: host(), process: ProcessName::new("app").unwrap() }, Broken),
    ];
    for (error, kind) in table {
        assert_eq!(error.miss(), Miss { kind, why: error.to_string() });
    }
}

#[test]
fn trouble_with_ssh_is_silence_only_where_the_host_may_be_dead() {
    let (name, after) = (|| "a1".to_owned(), Duration::from_secs(1));
    let deadline = || SshError::Deadline { host: name(), stage: "waiting".into(), after };
    let auth = || SshError::Auth { host: name(), user: "u".into(), tried: "nothing".into() };
    let refused = || SshError::Refused { host: name(), what: "a command".into(), reason: "no".into() };
    let (fingerprint, file) = (|| "SHA256:x".to_owned(), || "/f".to_owned());
    let table = [
        // On our side.
        (SshError::BadTarget { host: name(), reason: "no".into() }, Broken),
        (SshError::Config { host: name(), reason: "no".into() }, Broken),
        (SshError::NoSshProgram { host: name(), file: file() }, Broken),
        (SshError::ProxyCommand { host: name() }, Broken),
        (SshError::HostKeyFile { host: name(), file: file(), reason: "no".into() }, Broken),
        (SshError::BadCommand { host: name(), reason: "no".into() }, Broken),
        (connect(Sign::None), Broken),
        // The host, or its kernel, has spoken.
        (connect(Sign::Life), Broken),
        (auth(), Broken),
        (refused(), Broken),
        (SshError::HostKeyUnknown { host: name(), names: name(), fingerprint: fingerprint(), files: file(), remedy: "r".into() }, Broken),
        (SshError::HostKeyChanged { host: name(), name: name(), fingerprint: fingerprint(), file: file(), line: 1 }, Broken),
        (SshError::HostKeyRevoked { host: name(), fingerprint: fingerprint(), file: file(), line: 1 }, Broken),
        (SshError::HostCertificate { host: name(), certificate: "c".into(), reason: "no".into() }, Broken),
        // Nothing came.
        (connect(Sign::Silence), Silent),
        (deadline(), Silent),
        (SshError::ConnectionLost { host: name(), reason: "no".into() }, Silent),
        // A jump host: silent itself; alive and in the way; and what it says of the host behind it.
        (jump(deadline()), Silent),
        (jump(connect(Sign::Silence)), Silent),
        (jump(connect(Sign::Life)), Broken),
        (jump(auth()), Broken),
        (jump(refused()), Broken),
        (jump(no_tunnel(Sign::Silence)), Silent),
        (jump(no_tunnel(Sign::Life)), Broken),
        (jump(no_tunnel(Sign::None)), Broken),
    ];
    for (reason, kind) in table {
        let error = ssh(reason);
        assert_eq!(error.miss().kind, kind, "{error}");
    }
    // The refusal of a jump host is no life of a host two hops further.
    assert_eq!(jump(jump(no_tunnel(Sign::Life))).sign(), Sign::None);
    assert_eq!(jump(jump(no_tunnel(Sign::Silence))).sign(), Sign::Silence);
}
