//! Looking at services, and being told of changes.

use super::*;
use crate::support::service::ServiceSpec;
use crate::support::wait;
use std::time::Instant;
use switchtower::core::fact::Source;
use switchtower::driver::Push;

#[test]
fn a_look_says_the_state_of_every_service_over_dbus_and_without_it() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    lab.service_unit("a1", "lame.service", ServiceSpec::FailsToStart);
    a1.write("/etc/systemd/system/boots.service", b"[Service]\nExecStart=/bin/sleep 100\n[Install]\nWantedBy=multi-user.target\n");
    a1.sh("systemctl daemon-reload; systemctl enable boots.service; systemctl start app.service; systemctl start lame.service || true");
    inside(&lab, async {
        let services = ["app.service", "lame.service", "boots.service", "missing.service"].map(service);
        let check = |facts: &[(Service, switchtower::core::fact::Fact)], source: Source| {
            let states: Vec<State> = facts.iter().map(|(_, fact)| fact.state).collect();
            assert_eq!(states, [State::Active, State::Failed, State::Inactive, State::Missing], "{facts:?}");
            assert_eq!(facts[0].1.detail, "running");
            assert_eq!(facts[1].1.detail, "exit-code");
            assert_eq!(facts[2].1.enablement, "enabled");
            assert_eq!(facts[0].1.enablement, "static");
            assert_eq!(facts[0].1.invocation.as_deref(), Some(a1.invocation_id("app.service").as_str()));
            assert!(facts.iter().all(|(_, fact)| fact.source == source), "{facts:?}");
        };
        let hosts = driver(&lab, &["a1"]);
        check(&hosts.look(&host("a1"), &services, SOON).await.unwrap(), Source::Asked);
        let began = Instant::now();
        check(&hosts.look(&host("a1"), &services, SOON).await.unwrap(), Source::Asked);
        eprintln!("a look at four services over a kept session: {:?}", began.elapsed());
        a1.sh("mv /usr/bin/systemd-stdio-bridge /usr/bin/systemd-stdio-bridge.away");
        let other = driver(&lab, &["a1"]);
        check(&other.look(&host("a1"), &services, SOON).await.unwrap(), Source::Show);
        check(&other.look(&host("a1"), &services, SOON).await.unwrap(), Source::Show);
    });
}

#[test]
fn a_unit_that_is_killed_is_told_by_the_host_itself() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    lab.service_unit("a1", "other.service", ServiceSpec::Simple);
    a1.sh("systemctl start app.service");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        let mut pushes = hosts.pushed(&host("a1"), &[service("app.service")], SOON).await.unwrap();
        a1.sh("systemctl start other.service");
        let began = Instant::now();
        a1.kill_unit("app.service", "KILL");
        let killed = began.elapsed();
        let told = tokio::time::timeout(SOON, async {
            loop {
                match pushes.next().await {
                    Push::Changed { service: told, fact, .. } if fact.state == State::Failed => return (told, fact),
                    Push::Changed { service: told, .. } => assert_eq!(told, service("app.service")),
                    other => panic!("{other:?}"),
                }
            }
        });
        let (told, fact) = told.await.unwrap();
        eprintln!("a killed unit is known {:?} after the kill was begun, {killed:?} of it in the kill itself", began.elapsed());
        assert_eq!((told, fact.source, fact.detail.as_str()), (service("app.service"), Source::Pushed, "signal"));
        // Whoever is late to take what was told still learns when it was told.
        let began = Instant::now();
        a1.sh("systemctl reset-failed app.service; systemctl start app.service");
        let late = began + Duration::from_secs(1);
        wait::until("a while to pass", SOON, || Instant::now() > late && a1.is_active("app.service"));
        let taken = async {
            loop {
                match pushes.next().await {
                    Push::Changed { fact, at, .. } if fact.state == State::Active => return at,
                    Push::Changed { at, .. } => assert!(at < late),
                    other => panic!("{other:?}"),
                }
            }
        };
        let at = tokio::time::timeout(SOON, taken).await.unwrap();
        assert!(at > began && at < late, "{:?} after the start was begun", at - began);
        // When systemd starts anew, the session says so rather than staying silent.
        a1.sh("systemctl daemon-reexec");
        let ended = async { while !matches!(pushes.next().await, Push::Ended { .. }) {} };
        tokio::time::timeout(SOON, ended).await.unwrap();
        assert_eq!(state(&hosts, "a1", "app.service").await, State::Active);
    });
}
