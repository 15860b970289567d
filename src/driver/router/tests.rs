use super::*;
use crate::core::model::{Agent, ClusterName, Device, Fence, Process, UnitName};
use crate::core::record::Keeps;
use crate::driver::{Operated, Options, SystemdHosts};
use crate::ssh::{self, Pool};
use crate::wire::host::ByHand;
use futures_util::FutureExt;
use std::collections::VecDeque;
use std::sync::Mutex;

const SOON: Duration = Duration::from_secs(20);

fn host() -> HostName {
    HostName::new("b1").unwrap()
}

/// The only device is one of `b1` that always says on; no host can be reached.
fn router() -> Router {
    let device = Device::Command { argv: vec!["/bin/true".into()] };
    let fences = FenceDevices::new([(host(), Fence { device, timeout_ms: 5_000 })].into());
    let pool = Arc::new(Pool::new(ssh::Options::default()));
    let hosts = SystemdHosts::new(pool, BTreeMap::new(), ClusterName::new("shop").unwrap(), Options::default());
    let hosts = Arc::new(hosts);
    let drivers = Drivers { systemd: hosts.clone(), processes: hosts.clone(), agents: hosts };
    Router::new(drivers, BTreeMap::new(), Arc::new(fences))
}

fn instance(service: Service) -> Instance {
    Instance { host: host(), service }
}

fn permit() -> Permit {
    Permit::grant(Term(1), "a test".to_owned())
}

fn unit(name: &str) -> Service {
    Service::Systemd(UnitName::new(format!("{name}.service")).unwrap())
}

fn process(name: &str) -> Service {
    Service::Process(Process::active(name).unwrap())
}

fn agent(name: &str) -> Service {
    Service::Agent(Agent::active(name).unwrap())
}

async fn act(service: Service, action: Action) -> Outcome {
    let act = Act { instance: instance(service), action, timeout: Duration::from_millis(500) };
    router().act(permit(), &act).await
}

#[tokio::test]
async fn power_goes_to_the_fence_device_and_units_to_the_host() {
    let off = act(Service::Power, Action::Stop).await;
    assert!(matches!(off, Outcome::Failed { .. }) && off.detail().contains("fence device"), "{off:?}");
    let stop = act(unit("app"), Action::Stop).await;
    assert!(matches!(stop, Outcome::NotSent { .. }) && stop.detail().contains("no such host is configured"), "{stop:?}");
    let power = router().settle(&permit(), &instance(Service::Power), SOON).await.unwrap();
    assert_eq!(power.state, State::Active);
    assert!(matches!(router().settle(&permit(), &instance(unit("app")), SOON).await, Err(DriverError::UnknownHost { .. })));
}

#[tokio::test]
async fn no_host_is_switched_on() {
    let on = act(Service::Power, Action::Start).await;
    assert!(matches!(on, Outcome::NotSent { .. }) && on.detail().contains("switched on by people"), "{on:?}");
}

/// One way to a host that answers as it is told to, and remembers what it was asked.
struct Fake {
    boot: &'static str,
    fails: Option<DriverError>,
    tells: &'static [&'static str],
    asked: Mutex<Vec<String>>,
}

impl Fake {
    fn new(boot: &'static str) -> Self {
        Self { boot, fails: None, tells: &[], asked: Mutex::default() }
    }

    fn failing(error: DriverError) -> Self {
        Self { fails: Some(error), ..Self::new("b") }
    }

    fn note(&self, what: String) -> Result<(), DriverError> {
        self.asked.lock().unwrap().push(what);
        self.fails.clone().map_or(Ok(()), Err)
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn names(services: &[Service]) -> String {
    services.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn fact(detail: String, boot: &str) -> Fact {
    let (boot_id, enablement) = (boot.to_owned(), String::new());
    Fact { state: State::Active, invocation: None, detail, enablement, source: Source::Asked, boot_id, self_stop_ms: None }
}

/// Tells each word as the detail of a change, and `end` as its end; then nothing.
struct Words(VecDeque<&'static str>);

#[async_trait]
impl Tells for Words {
    async fn next(&mut self) -> Push {
        match self.0.pop_front() {
            Some("end") => Push::Ended { host: host(), why: "end".into() },
            Some(word) => {
                let fact = fact(word.to_owned(), "b");
                Push::Changed { host: host(), service: unit("app"), fact, at: std::time::Instant::now() }
            }
            None => std::future::pending().await,
        }
    }
}

#[async_trait]
impl Hosts for Fake {
    async fn take(&self, _: &HostName, term: Term, _: Duration) -> Result<Held, DriverError> {
        self.note(format!("take {term}"))?;
        Ok(Held { term, boot_id: self.boot.to_owned() })
    }

    async fn act(&self, _: Permit, act: &Act) -> Outcome {
        let _ = self.note(format!("act {}", act.instance.service));
        Outcome::Done { detail: String::new() }
    }

    async fn settle(&self, _: &Permit, instance: &Instance, _: Duration) -> Result<Fact, DriverError> {
        self.note(format!("settle {}", instance.service))?;
        Ok(fact(String::new(), self.boot))
    }

    async fn look(&self, _: &HostName, services: &[Service], _: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        self.note(format!("look {}", names(services)))?;
        Ok(services.iter().map(|s| (s.clone(), fact(format!("{s} is well"), self.boot))).collect())
    }

    async fn pushed(&self, _: &HostName, services: &[Service], _: Duration) -> Result<Pushes, DriverError> {
        self.note(format!("push {}", names(services)))?;
        Ok(Pushes::new(Words(self.tells.iter().copied().collect())))
    }
}

/// A router over fakes for a host that has what `carries` says.
struct Bench {
    systemd: Arc<Fake>,
    service: Arc<Fake>,
    agents: Arc<Fake>,
    router: Router,
}

fn bench(units: bool, service: bool, [one, other]: [Fake; 2]) -> Bench {
    bench_of(Carries { units, service, ..Carries::default() }, [one, other, Fake::new("b")])
}

fn bench_of(carries: Carries, fakes: [Fake; 3]) -> Bench {
    let [systemd, processes, agents] = fakes.map(Arc::new);
    let drivers = Drivers { systemd: systemd.clone(), processes: processes.clone(), agents: agents.clone() };
    let router = Router::new(drivers, [(host(), carries)].into(), Arc::default());
    Bench { systemd, service: processes, agents, router }
}

const ALL: Carries = Carries { units: true, service: true, agents: true, hooks: false };

impl Bench {
    fn asked(&self) -> [Vec<String>; 2] {
        [self.systemd.asked(), self.service.asked()]
    }

    fn asked_all(&self) -> [Vec<String>; 3] {
        [self.systemd.asked(), self.service.asked(), self.agents.asked()]
    }
}

fn down() -> DriverError {
    DriverError::Refused { host: host(), stage: "looking", reason: "down".into() }
}

fn silent() -> DriverError {
    DriverError::ChannelLost { host: host(), reason: "silent".into() }
}

#[tokio::test]
async fn acts_and_settling_go_by_the_kind_of_service() {
    let bench = bench(true, true, [Fake::new("b"), Fake::new("b")]);
    for service in [unit("app"), process("db")] {
        let act = Act { instance: instance(service), action: Action::Stop, timeout: SOON };
        bench.router.act(permit(), &act).await;
        bench.router.settle(&permit(), &act.instance, SOON).await.unwrap();
    }
    assert_eq!(bench.asked(), [["act app.service", "settle app.service"], ["act db.process", "settle db.process"]]);
}

#[tokio::test]
async fn a_host_is_taken_by_every_way_that_it_has() {
    let table = [
        (true, true, [&["take 4"][..], &["take 4"]]),
        (true, false, [&["take 4"], &[]]),
        (false, true, [&[], &["take 4"]]),
        (false, false, [&["take 4"], &[]]),
    ];
    for (units, service, wanted) in table {
        let bench = bench(units, service, [Fake::new("b"), Fake::new("b")]);
        bench.router.take(&host(), Term(4), SOON).await.unwrap();
        assert_eq!(bench.asked(), wanted, "{units} {service}");
    }
    let torn = bench(true, true, [Fake::new("b"), Fake::new("c")]);
    let error = torn.router.take(&host(), Term(4), SOON).await.unwrap_err();
    assert!(matches!(error, DriverError::OtherBoot { .. }), "two hosts have this address: {error}");
    let half = bench(true, true, [Fake::new("b"), Fake::failing(down())]);
    assert_eq!(half.router.take(&host(), Term(4), SOON).await.unwrap_err(), down());
}

#[tokio::test]
async fn a_look_goes_by_both_ways_and_comes_back_in_the_order_asked() {
    let services = [process("db"), unit("app"), unit("web"), process("cache")];
    let both = bench(true, true, [Fake::new("b"), Fake::new("b")]);
    let facts = both.router.look(&host(), &services, SOON).await.unwrap();
    assert_eq!(facts.iter().map(|(s, _)| s.clone()).collect::<Vec<_>>(), services);
    assert!(facts.iter().all(|(service, fact)| fact.detail == format!("{service} is well")), "{facts:?}");
    assert_eq!(both.asked(), [["look app.service web.service"], ["look db.process cache.process"]]);

    let bare = bench(false, true, [Fake::new("b"), Fake::new("b")]);
    assert_eq!(bare.router.look(&host(), &[], SOON).await.unwrap(), []);
    assert_eq!(bare.asked(), [vec![], vec!["look ".to_owned()]], "a host service that carries nothing is watched");
    let plain = bench(true, false, [Fake::new("b"), Fake::new("b")]);
    plain.router.look(&host(), &[process("db")], SOON).await.unwrap();
    assert_eq!(plain.asked(), [vec![], vec!["look db.process".to_owned()]], "whoever is there says what is wrong");
}

#[tokio::test]
async fn a_host_service_that_is_down_does_not_hide_what_the_units_do() {
    for error in [down(), silent()] {
        let bench = bench(true, true, [Fake::new("b"), Fake::failing(error.clone())]);
        let facts = bench.router.look(&host(), &[process("db"), unit("app")], SOON).await.unwrap();
        let [(_, db), (_, app)] = &facts[..] else { panic!("{facts:?}") };
        assert_eq!((db.state, db.detail.clone(), db.boot_id.as_str()), (State::Unknown, error.to_string(), "b"));
        assert_eq!(app.state, State::Active);
    }
    let other = bench(true, true, [Fake::failing(silent()), Fake::new("b")]);
    let facts = other.router.look(&host(), &[process("db"), unit("app")], SOON).await.unwrap();
    assert_eq!(facts.iter().map(|(_, fact)| fact.state).collect::<Vec<_>>(), [State::Active, State::Unknown]);
}

#[tokio::test]
async fn of_a_host_that_told_of_nothing_else_only_its_life_is_known() {
    let bench = bench(true, true, [Fake::failing(silent()), Fake::new("b")]);
    let error = bench.router.look(&host(), &[unit("app")], SOON).await.unwrap_err();
    assert!(matches!(error, DriverError::HeardMeanwhile { .. }), "{error}");
    assert_eq!(bench.router.look(&host(), &[], SOON).await.unwrap(), []);
}

#[tokio::test]
async fn a_host_is_silent_only_when_it_is_by_both_ways() {
    let table = [(silent(), silent(), MissKind::Silent), (silent(), down(), MissKind::Broken), (down(), silent(), MissKind::Broken)];
    for (units, service, kind) in table {
        let bench = bench(true, true, [Fake::failing(units), Fake::failing(service)]);
        let services = [process("db"), unit("app")];
        assert_eq!(bench.router.look(&host(), &services, SOON).await.unwrap_err().miss().kind, kind);
        assert_eq!(bench.router.pushed(&host(), &services, SOON).await.unwrap_err().miss().kind, kind);
    }
}

fn word(push: Push) -> String {
    match push {
        Push::Changed { fact, .. } => fact.detail,
        Push::Resync { .. } => "resync".to_owned(),
        Push::Ended { .. } => "ended".to_owned(),
    }
}

#[tokio::test]
async fn what_is_told_by_two_ways_is_heard_in_turns_and_ends_when_one_ends() {
    let tells = |tells| Fake { tells, ..Fake::new("b") };
    let bench = bench(true, true, [tells(&["u1", "u2", "u3", "u4"]), tells(&["p1", "end"])]);
    let mut pushes = bench.router.pushed(&host(), &[process("db"), unit("app")], SOON).await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..6 {
        heard.push(word(pushes.next().await));
    }
    assert_eq!(heard, ["u1", "p1", "u2", "ended", "ended", "ended"]);
    assert_eq!(bench.asked(), [["push app.service"], ["push db.process"]]);
}

#[tokio::test(start_paused = true)]
async fn a_way_that_cannot_be_listened_to_is_tried_again() {
    let tells = Fake { tells: &["u1"], ..Fake::new("b") };
    let bench = bench(true, true, [tells, Fake::failing(down())]);
    let mut pushes = bench.router.pushed(&host(), &[process("db"), unit("app")], SOON).await.unwrap();
    assert_eq!(word(pushes.next().await), "u1");
    assert!(pushes.next().now_or_never().is_none(), "it goes on");
    let began = Instant::now();
    assert_eq!(word(pushes.next().await), "ended");
    assert_eq!(began.elapsed(), AGAIN);
}

#[tokio::test]
async fn a_host_with_all_three_kinds_is_taken_looked_at_and_acted_on_by_three_ways() {
    let bench = bench_of(ALL, [Fake::new("b"), Fake::new("b"), Fake::new("b")]);
    bench.router.take(&host(), Term(4), SOON).await.unwrap();
    let services = [agent("vip"), process("db"), unit("app"), agent("disk")];
    let facts = bench.router.look(&host(), &services, SOON).await.unwrap();
    assert_eq!(facts.iter().map(|(service, _)| service.clone()).collect::<Vec<_>>(), services);
    assert!(facts.iter().all(|(service, fact)| fact.detail == format!("{service} is well")), "{facts:?}");
    let act = Act { instance: instance(agent("vip")), action: Action::Stop, timeout: SOON };
    bench.router.act(permit(), &act).await;
    bench.router.settle(&permit(), &act.instance, SOON).await.unwrap();
    let agents = ["take 4", "look vip.agent disk.agent", "act vip.agent", "settle vip.agent"];
    assert_eq!(bench.asked_all(), [&["take 4", "look app.service"][..], &["take 4", "look db.process"], &agents]);
    let torn = bench_of(ALL, [Fake::new("b"), Fake::new("b"), Fake::new("c")]);
    assert!(matches!(torn.router.take(&host(), Term(4), SOON).await, Err(DriverError::OtherBoot { .. })));
}

#[tokio::test]
async fn agents_that_cannot_be_asked_hide_nothing_and_are_not_listened_to() {
    let tells = || Fake { tells: &["u1"], ..Fake::new("b") };
    let bench = bench_of(Carries { service: false, ..ALL }, [tells(), Fake::new("b"), Fake::failing(down())]);
    let services = [agent("vip"), unit("app")];
    let facts = bench.router.look(&host(), &services, SOON).await.unwrap();
    let states: Vec<_> = facts.iter().map(|(_, fact)| (fact.state, fact.source)).collect();
    assert_eq!(states, [(State::Unknown, Source::Agent), (State::Active, Source::Asked)]);
    let mut pushes = bench.router.pushed(&host(), &services, SOON).await.unwrap();
    assert_eq!(word(pushes.next().await), "u1");
    assert!(pushes.next().now_or_never().is_none(), "it goes on");
    assert_eq!(bench.asked_all(), [&["look app.service", "push app.service"][..], &[], &["look vip.agent"]]);
    let only = bench_of(Carries { agents: true, ..Carries::default() }, [Fake::new("b"), Fake::new("b"), tells()]);
    only.router.pushed(&host(), &[agent("vip")], SOON).await.unwrap();
    assert_eq!(only.asked_all(), [&[][..], &[], &["push vip.agent"]], "a host with nothing else is not asked for anything else");
}

#[tokio::test]
async fn a_host_is_taken_for_its_hooks_too_and_not_looked_at_for_them() {
    let hook = crate::core::testing::hook("lb", crate::core::model::When::Before, crate::core::model::Veto::Planned);
    let site = |name: &str| crate::core::model::SiteName::new(name).unwrap();
    let call = hook.call(crate::core::model::Moving::Switchover, site("north"), site("south"));
    for (carries, taken) in [
        (Carries { hooks: true, ..Carries::default() }, [false, false, true]),
        (Carries { hooks: true, units: true, ..Carries::default() }, [true, false, true]),
        (Carries { hooks: true, service: true, ..Carries::default() }, [false, true, true]),
        (Carries { hooks: true, agents: true, ..Carries::default() }, [false, false, true]),
    ] {
        let bench = bench_of(carries, [Fake::new("b"), Fake::new("b"), Fake::new("b")]);
        bench.router.take(&host(), Term(4), SOON).await.unwrap();
        assert_eq!(bench.asked_all().map(|asked| asked == ["take 4"]), taken, "{carries:?}");
        bench.router.look(&host(), &[], SOON).await.unwrap();
        let looked = bench.asked_all()[2].iter().any(|asked| asked.starts_with("look"));
        assert_eq!(looked, carries.agents, "{carries:?}");
        let act = Act { instance: instance(Service::Hook(Box::new(call.clone()))), action: Action::Start, timeout: SOON };
        bench.router.act(permit(), &act).await;
        bench.router.settle(&permit(), &act.instance, SOON).await.unwrap();
        assert_eq!(bench.asked_all()[2].iter().filter(|asked| asked.ends_with(" lb.hook")).count(), 2, "{carries:?}");
    }
}

#[tokio::test]
async fn what_was_done_by_hand_on_a_host_is_told_of_all_its_ways_at_once_and_before_anything_else() {
    let by_hand = |kept_by, under: u64| {
        let deed =
            ByHand { who: "root (user 0)".into(), reason: "dark".into(), what: format!("{kept_by:?}"), at: jiff::Timestamp::UNIX_EPOCH };
        let all = vec![Operated { kept_by, under: Term(under), deed: deed.clone() }];
        DriverError::ByHand { host: host(), asked: Term(4), kept: Term(under), by: Box::new(deed), all }
    };
    let silent = || DriverError::Deadline { host: host(), stage: "taking it", after: Duration::from_secs(1) };
    let (guard, service) = (by_hand(Keeps::Guard, 5), by_hand(Keeps::Service, 5));
    for (first, second, told) in [
        (guard.clone(), service.clone(), vec![Keeps::Guard, Keeps::Service]),
        (silent(), service, vec![Keeps::Service]),
        (guard, silent(), vec![Keeps::Guard]),
    ] {
        let error = first.and(second);
        assert_eq!(error.by_hand().iter().map(|one| one.kept_by).collect::<Vec<_>>(), told, "{error}");
        assert!(error.to_string().contains("by hand under term 5"), "{error}");
    }
}
