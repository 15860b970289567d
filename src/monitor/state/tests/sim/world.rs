//! One world: its time, what is going to happen in it, and the one loop that lets it happen. After every event it is audited.

use super::audit::Audit;
use super::hosts::Machine;
use super::people::Person;
use super::*;
use crate::core::health::Sight;
use crate::core::run::Outcome;
use std::cell::RefCell;
use std::rc::Rc;

/// Microseconds.
pub(super) const MS: u64 = 1_000;
pub(super) const SECOND: u64 = 1_000_000;
const TICK: u64 = SECOND;
/// A clock that is set back is still one.
const DAYS: Duration = Duration::from_secs(10 * 86_400);

/// What happened, a line each; kept outside the world, so that it is there when the world has panicked.
pub(super) type Trace = Rc<RefCell<Vec<String>>>;

/// Something that is going to happen.
#[derive(Debug)]
pub(super) enum Next {
    /// Time goes by for the monitor, and it looks at every host.
    Tick,
    Watch,
    Vantage,
    /// A look reaches its host, or does not.
    Sample {
        host: HostName,
        asked: u64,
    },
    /// What a host sees of another one.
    Second {
        host: HostName,
        asked: u64,
    },
    /// Something reaches the monitor.
    Reaches(Box<Event>),
    /// A batch gets to the disk.
    Flush,
    Reopen,
    Take {
        host: HostName,
        term: Term,
    },
    /// An order is begun.
    Begin(u64),
    /// What was sent reaches its host.
    Hit(u64),
    /// A host is through with a change.
    JobEnd {
        instance: Instance,
        order: u64,
    },
    Answer {
        order: u64,
        outcome: Outcome,
    },
    /// Nothing came within the time of an order.
    TimeOut(u64),
    /// A look at a step in doubt.
    Settle {
        order: u64,
        until: u64,
    },
    PowerOff(HostName),
    PowerOn(HostName),
    Submit(Box<Submit>),
    /// Somebody thinks better of it.
    Abort,
    /// Somebody asks for a plan of this.
    Ask(Command),
    Fault,
    Rises,
}

/// An order under way.
pub(super) struct Flight {
    pub(super) order: Order,
    /// The monitor's life that sent it.
    pub(super) life: u64,
    /// Through which session it was sent, in which boot of its host; none before it is sent, and none once it is over.
    pub(super) sent: Option<(u64, u64)>,
    /// When its rivals were looked at.
    pub(super) checked: u64,
    pub(super) reported: bool,
}

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) kind: Kind,
    pub(super) trace: Trace,
    base: Instant,
    /// In microseconds.
    pub(super) at: u64,
    queue: BTreeMap<(u64, u64), (u64, Next)>,
    number: u64,
    pub(super) cluster: Arc<Cluster>,
    pub(super) machines: BTreeMap<HostName, Machine>,
    /// The hosts see each other.
    pub(super) between: bool,
    pub(super) state: Option<State>,
    pub(super) life: u64,
    /// The newest term of this life: looks of older ones end without a word.
    pub(super) begun: Term,
    pub(super) disk: Vec<Record>,
    pub(super) pending: VecDeque<Vec<Record>>,
    pub(super) disk_fails: bool,
    /// So much longer than usual may everything take.
    pub(super) slow: bool,
    /// The clock of the monitor's host is ahead by so many microseconds.
    pub(super) wrong: i64,
    pub(super) flights: BTreeMap<u64, Flight>,
    pub(super) number_of_order: u64,
    pub(super) people: Vec<Person>,
    pub(super) audit: Audit,
    pub(super) faults_end: u64,
}

impl World {
    pub(super) fn new(seed: u64, kind: Kind, trace: Trace) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0xD129_0B26_6A51_7B4D));
        let cluster = cluster::cluster(&mut dice, kind == Kind::Big);
        let machines = cluster::machines(&cluster, &mut dice);
        let faults_end = dice.between(5, 40) * SECOND;
        let mut world = Self {
            dice,
            kind,
            trace,
            base: Instant::now(),
            at: 0,
            queue: BTreeMap::new(),
            number: 0,
            audit: Audit::new(&cluster),
            cluster: Arc::new(cluster),
            machines,
            between: true,
            state: None,
            life: 0,
            begun: Term(0),
            disk: Vec::new(),
            pending: VecDeque::new(),
            disk_fails: false,
            slow: false,
            wrong: 0,
            flights: BTreeMap::new(),
            number_of_order: 0,
            people: Vec::new(),
            faults_end,
        };
        world.note(|w| format!("{:?}", w.cluster.components));
        world.rise();
        for (after, next) in [(0, Next::Watch), (0, Next::Vantage), (TICK, Next::Tick), (3 * SECOND, Next::Fault)] {
            world.later(after, next);
        }
        world
    }

    pub(super) fn now(&self) -> Now {
        let at = Duration::from_micros(self.at);
        Now { steady: self.base + at, wall: jiff::Timestamp::UNIX_EPOCH + DAYS + at + jiff::SignedDuration::from_micros(self.wrong) }
    }

    fn when(&self, at: u64) -> Instant {
        self.base + Duration::from_micros(at)
    }

    pub(super) fn note(&self, what: impl FnOnce(&Self) -> String) {
        let line = what(self);
        self.trace.borrow_mut().push(format!("{:>10.3} {line}", self.at as f64 / 1e6));
    }

    pub(super) fn later(&mut self, after: u64, next: Next) {
        self.number += 1;
        self.queue.insert((self.at + after, self.number), (self.life, next));
    }

    /// How long a word takes on its way: seldom much longer than the others.
    pub(super) fn way(&mut self) -> u64 {
        let long = if self.slow { 8 } else { 40 };
        if self.dice.one_in(long) { self.dice.between(200, 4_000) * MS } else { self.dice.between(1, 60) * MS }
    }

    /// Everything that happens until `end`, or until `enough` once in a while.
    pub(super) fn run(&mut self, end: u64, enough: impl Fn(&Self) -> bool) {
        while let Some((&(at, _), _)) = self.queue.first_key_value() {
            if at > end {
                self.at = end;
                return;
            }
            let Some((_, (life, next))) = self.queue.pop_first() else { return };
            // No two things happen at the same time.
            self.at = at.max(self.at + 1);
            let ticks = matches!(next, Next::Tick);
            self.happens(life, next);
            self.hear_people();
            self.audit_truth();
            if ticks && enough(self) {
                return;
            }
        }
    }

    /// Hands an event to the monitor, if it is alive.
    pub(super) fn apply(&mut self, event: Event) {
        self.at += 1;
        let now = self.now();
        let Some(state) = &mut self.state else { return };
        let effects = state.apply(event, now);
        self.take(effects);
    }

    fn happens(&mut self, life: u64, next: Next) {
        let same = life == self.life && self.state.is_some();
        match next {
            Next::Tick => {
                self.apply(Event::Tick);
                self.later(TICK, Next::Tick);
            }
            Next::Watch => {
                self.look_at_all();
                self.later(2 * SECOND, Next::Watch);
            }
            Next::Vantage => {
                for host in self.names() {
                    self.later(MS, Next::Second { host, asked: self.at });
                }
                self.later(30 * SECOND, Next::Vantage);
            }
            Next::Sample { host, asked } if same => self.sample(host, asked),
            Next::Second { host, asked } if same => self.second(host, asked),
            Next::Reaches(event) if same => {
                self.note(|_| told(&event));
                self.apply(*event);
            }
            Next::Flush if same => self.flush(),
            Next::Reopen if same => self.reopen(),
            Next::Take { host, term } => self.taken(life, host, term),
            Next::Begin(order) => self.begin(order),
            Next::Hit(order) => self.hit(order),
            Next::JobEnd { instance, order } => self.job_ends(&instance, order),
            Next::Answer { order, outcome } => self.answer(order, outcome),
            Next::TimeOut(order) => self.answer(order, Outcome::Unknown),
            Next::Settle { order, until } => self.settle(order, until),
            Next::PowerOff(host) => self.power_off(&host),
            Next::PowerOn(host) => self.power_on(&host),
            Next::Submit(submit) if same => self.submit(*submit),
            Next::Abort if same => self.abort(),
            Next::Ask(command) if same => self.ask_plan(command, Vec::new()),
            Next::Fault => self.fault(),
            Next::Rises if self.state.is_none() => self.rise(),
            Next::Sample { .. } | Next::Second { .. } | Next::Reaches(_) | Next::Flush | Next::Reopen => {}
            Next::Submit(_) | Next::Abort | Next::Ask(_) | Next::Rises => {}
        }
    }

    pub(super) fn names(&self) -> Vec<HostName> {
        self.machines.keys().cloned().collect()
    }

    // Looks.

    pub(super) fn look_at_all(&mut self) {
        for host in self.names() {
            let after = self.dice.between(1, 20) * MS;
            self.later(after, Next::Sample { host, asked: self.at });
        }
    }

    fn sample(&mut self, host: HostName, asked: u64) {
        let machine = &self.machines[&host];
        let (facts, way) = if machine.answers() {
            (Ok(machine.facts()), self.way())
        } else {
            let kind = if machine.muddled && machine.on && machine.link { MissKind::Broken } else { MissKind::Silent };
            (Err(Miss { kind, why: "no answer".into() }), 1_500 * MS)
        };
        let at = self.when(asked);
        self.later(way, Next::Reaches(Box::new(Event::Seen(Seen { host, at, facts }))));
    }

    fn second(&mut self, host: HostName, asked: u64) {
        for through in self.names().into_iter().filter(|through| *through != host) {
            let sight = match (self.machines[&through].answers(), self.between && self.machines[&host].on) {
                (false, _) => Sight::NotAsked { why: "no way".into() },
                (true, true) => Sight::Banner,
                (true, false) => Sight::Nothing { why: "timed out".into() },
            };
            let (asked, way) = (self.when(asked), self.way());
            self.later(way, Next::Reaches(Box::new(Event::Second { host: host.clone(), through, asked, sight })));
        }
    }

    /// A host says by itself that something has changed.
    pub(super) fn push(&mut self, instance: &Instance) {
        let machine = &self.machines[&instance.host];
        if machine.answers() {
            let facts = Ok(vec![(instance.service.clone(), machine.fact(instance, crate::core::fact::Source::Pushed))]);
            let (at, way) = (self.when(self.at), self.way());
            self.later(way, Next::Reaches(Box::new(Event::Seen(Seen { host: instance.host.clone(), at, facts }))));
        }
    }

    // Power.

    pub(super) fn power_off(&mut self, host: &HostName) {
        if self.machines[host].on {
            self.note(|_| format!("{host} IS OFF"));
            let at = self.at;
            self.machines.get_mut(host).unwrap().off(at);
        }
    }

    pub(super) fn power_on(&mut self, host: &HostName) {
        if !self.machines[host].on {
            self.note(|_| format!("{host} is on"));
            let at = self.at;
            self.machines.get_mut(host).unwrap().boot(at);
        }
    }
}

fn told(event: &Event) -> String {
    match event {
        Event::Seen(Seen { host, facts: Ok(facts), .. }) => {
            let facts: Vec<String> = facts.iter().map(|(service, fact)| format!("{service} {}", fact.state)).collect();
            format!("  seen {host}: {}", facts.join(", "))
        }
        Event::Seen(Seen { host, facts: Err(miss), .. }) => format!("  seen {host}: {:?}", miss.kind),
        Event::Second { host, through, sight, .. } => format!("  {through} sees of {host}: {sight:?}"),
        other => format!("  {}", format!("{other:?}").chars().take(120).collect::<String>()),
    }
}
