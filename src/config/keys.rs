//! Every key of the configuration file, with what it is for, its type, and what happens when it is not written.
//!
//! The one place where a key is declared: the reader, the nearest-key search and the JSON schema come from here. What
//! the values mean together is checked in `check/`.

use super::amount::{Answer, Attempts, Call, HoldDown, Interval, Misses, Network, PortRange, Quiet, Segment, Segments};
use super::amount::{SelfStop, Silence, Size, Span, Timeout, Whole};
use super::call::{AbsoluteProgram, AgentName, AnyProgram, Argv, Endpoint, HookProgram, Listen, OcfName, PowerProgram};
use super::choice::{AfterWord, LimitedWord, ModeWord, MovingWord, Profile, ProfileWord, SharingWord, VetoWord, WhenLimited, WhenWord};
use super::many::{Named, Set};
use super::options::{OcfOptions, Options};
use super::read::Need::{Default, Optional, Required};
use super::read::{At, Section};
use super::section::section;
use super::text::{Account, Address, FilePath, SocketFolder, SocketPath, Words};
use super::trigger::TriggerRule;
use crate::core::model::{ClusterName, ComponentName, GroupName, HookName, HostName, Moving, Policy, ProcessName};
use crate::core::model::{Rescue, Sharing, SiteName, UnitName, Veto};
use std::path::PathBuf;

/// Most hosts of a cluster.
pub(super) const MAX_HOSTS: usize = 1000;
/// Most hooks of a cluster.
pub(super) const MAX_HOOKS: usize = 100;
/// Most components of a cluster.
pub(super) const MAX_COMPONENTS: usize = 20_000;
const DEFAULT_TIMEOUT_MS: u64 = 30_000;

section! {
    /// A whole configuration file.
    Root {
        /// What the cluster is called, and its two sites.
        cluster: ClusterKeys, Required;
        /// What the cluster does by itself when something fails.
        failover: FailoverKeys, Default(FailoverKeys::absent());
        /// How the monitor watches, and where it keeps what it knows.
        monitor: MonitorKeys, Default(MonitorKeys::absent());
        /// How hosts are reached, unless a host says otherwise.
        ssh: SshKeys, Default(SshKeys::absent());
        /// The hosts, by name.
        hosts: Named<HostName, HostKeys, MAX_HOSTS>, Required;
        /// The components, by name.
        components: Named<ComponentName, ComponentKeys, MAX_COMPONENTS>, Required;
        /// Commands that run around a move, by name: they can stop it before it begins, and tell others once it is done.
        hooks: Named<HookName, HookKeys, MAX_HOOKS>, Optional;
    }
}

section! {
    /// What the cluster is called, and its two sites.
    ClusterKeys {
        /// The name of the cluster, shown wherever it is.
        name: ClusterName, Required;
        /// Words that stand beside the name wherever it is shown, such as `production`.
        label: Words, Optional;
        /// The site that serves on an ordinary day.
        primary: SiteName, Required;
        /// The site that serves while the primary cannot.
        secondary: SiteName, Required;
        /// Whether hosts of a site may be this very machine. Only for trying things out on one machine.
        allow_loopback: bool, Default(false);
    }
}

section! {
    /// What the cluster does by itself when something fails.
    FailoverKeys {
        /// `automatic`: the monitor acts by itself. `observe-only`: it watches, and journals what it would have done.
        mode: ModeWord, Default(ModeWord(Policy::default().initiative));
        /// `limited`: after a failover what follows the active side stays stopped, and nothing moves by itself until somebody has moved the cluster back. `reversed`: the old side follows the new one where it can, and may be failed over to again.
        after: AfterWord, Default(AfterWord(Policy::default().after_failover));
        /// Time after an automatic failover in which no second one happens, unless somebody has acknowledged the first.
        quiet: Span<Quiet>, Default(Span::ms(Policy::default().quiet_ms));
    }
}

section! {
    /// How the monitor watches, and where it keeps what it knows.
    MonitorKeys {
        /// Where the monitor's own host stands: a third place outlives the loss of either site.
        site: SiteName, Optional;
        /// Where there are two monitors: the hosts that they run on, one at each site. The first one acts on an ordinary day, the other one follows it and never acts by itself.
        hosts: Vec<At<HostName>>, Default(Vec::new());
        /// Of two monitors, whether the one at the site that serves after a failover is to act from then on.
        moves_after_failover: bool, Default(true);
        /// `default` or `fast`: what `interval` and `silence` are where they are not written. With `fast` a host that loses its power is found out within a second, for about eight times the looks.
        profile: ProfileWord, Default(ProfileWord(Profile::Default));
        /// Time between two looks at a host; changes that a host reports by itself are seen sooner. With the profile `fast` 250ms where it is not written.
        interval: Span<Interval>, Default(Span::ms(2000));
        /// How long a host has to say nothing, neither to a look nor to a new connection, before it counts as silent; another host has to see nothing of it either before anything is done. With the profile `fast` 600ms where it is not written.
        silence: Span<Silence>, Default(Span::ms(1200));
        /// Folder of the journal. It has to outlive a restart of the machine.
        state_dir: FilePath, Default(FilePath(PathBuf::from("/var/lib/switchtower")));
        /// Folder of the sockets on which the monitor answers.
        run_dir: SocketFolder, Default(SocketFolder(PathBuf::from("/run/switchtower")));
        /// Group of the system whose members may operate the cluster, besides root and the monitor's own account.
        operators: Account, Optional;
        /// Group of the system whose members may look at the cluster, and do nothing.
        observers: Account, Optional;
        /// IP address and port on which figures for Prometheus are served at `/metrics`, to whoever asks there: there is no login.
        metrics: Listen, Optional;
        /// Size at which the journal goes on in a new file.
        journal_segment: Size<Segment>, Default(Size::bytes(8 << 20));
        /// How many files of the journal are kept; the oldest goes first.
        journal_segments: Whole<Segments>, Default(Whole::new(16));
    }
}

section! {
    /// How hosts are reached, unless a host says otherwise.
    SshKeys {
        /// Configuration file of SSH to read; without it, the one of the account that the monitor runs as.
        config: FilePath, Optional;
        /// How long making a connection may take.
        connect_timeout: Span<Network>, Default(Span::ms(5000));
        /// Time between two signs of life on a connection that is otherwise silent.
        keepalive: Span<Network>, Default(Span::ms(5000));
        /// How many of them may stay unanswered in a row before the connection counts as lost.
        keepalive_max: Whole<Misses>, Default(Whole::new(3));
        /// Whether keys may come from the SSH agent.
        agent: bool, Default(true);
        /// Files with the keys by which hosts are recognised, besides those that SSH's own configuration names.
        known_hosts: Vec<At<FilePath>>, Default(Vec::new());
        /// Files with private keys to log in with, tried before those that SSH's own configuration names.
        identities: Vec<At<FilePath>>, Default(Vec::new());
        /// File whose first line is the passphrase of these private keys; readable by its owner only.
        passphrase_file: FilePath, Optional;
    }
}

section! {
    /// One host.
    HostKeys {
        /// The site that the host stands at. A host of neither site carries no components; it can still be a step on the way to others.
        site: SiteName, Optional;
        /// Where it is reached; without it, what SSH's own configuration says for the host's name, or that name itself.
        address: Address, Optional;
        /// The account to log in as.
        user: Account, Optional;
        /// The port of its SSH server.
        port: Whole<PortRange>, Optional;
        /// Files with private keys to log in with, instead of those of `ssh` and tried before those that SSH's own configuration names.
        identity: Vec<At<FilePath>>, Default(Vec::new());
        /// Files with the keys by which it is recognised, instead of those of `ssh` and besides those that SSH's own configuration names.
        known_hosts: Vec<At<FilePath>>, Default(Vec::new());
        /// Hosts to go through, in this order: hosts of this file, or names that SSH's own configuration knows.
        jump: Vec<At<Address>>, Default(Vec::new());
        /// How it is made to stop for certain when it has fallen silent, so that what it carried can be started elsewhere.
        fence: FenceKeys, Optional;
        /// The socket of its host service, which supervises the processes of its placements; without it, and with such placements, `/run/switchtower-host/socket`.
        host_service: SocketPath, Optional;
        /// Its host service stops its active processes once it has heard nobody who holds the lease for so long; then they may be started elsewhere without a fence.
        self_stop: Span<SelfStop>, Optional;
    }
}

section! {
    /// How a host is made to stop for certain: by a fence agent or by a command, which runs on the monitor's host.
    FenceKeys {
        /// The fence agent: its name, which begins with `fence_`, or its absolute path.
        agent: AgentName, Optional;
        /// Options of the agent, without secrets.
        options: Options, Optional;
        /// File with more options of the agent, `key=value` a line, such as passwords; readable by its owner only.
        secrets: FilePath, Optional;
        /// A command instead of an agent: an absolute path and arguments, called with `off` or `status` as one more argument.
        command: Argv<PowerProgram>, Optional;
        /// How long one call may take.
        timeout: Span<Call>, Default(Span::ms(DEFAULT_TIMEOUT_MS));
    }
}

section! {
    /// One component: what runs at either site.
    ComponentKeys {
        /// A word for people that says what it is, such as `database`.
        kind: Words, Optional;
        /// Components that have to run before this one starts, and that stop only after it has stopped.
        after: Set<ComponentName>, Default(Set(Vec::new()));
        /// The set of components that it counts with.
        group: GroupName, Optional;
        /// `exclusive`: it runs at one site and is stopped at the other. `active-standby`: it runs at both, in different modes.
        sharing: SharingWord, Default(SharingWord(Sharing::Exclusive));
        /// How long a start may take before it counts as failed.
        start_timeout: Span<Timeout>, Default(Span::ms(DEFAULT_TIMEOUT_MS));
        /// How long a stop may take before it counts as failed.
        stop_timeout: Span<Timeout>, Default(Span::ms(DEFAULT_TIMEOUT_MS));
        /// Whether a site on which it has started may hold data that the other site lacks, so that there is no way back but onwards.
        point_of_no_return: bool, Default(false);
        /// Whether its loss moves the cluster: `any` for its loss alone, `all-of GROUP` or `2-of GROUP` for the loss of all or so many components of the group, `watch` for never.
        trigger: TriggerRule, Default(TriggerRule::Any);
        /// How often it is restarted where it is before anything moves; 0 for never.
        rescue_attempts: Whole<Attempts>, Default(Whole::new(u64::from(Rescue::default().attempts)));
        /// Within this time those attempts count together; a loss after it is a new one.
        rescue_hold_down: Span<HoldDown>, Default(Span::ms(Rescue::default().hold_down_ms));
        /// `stop`: it does not run while the cluster is limited after a failover.
        when_limited: LimitedWord, Default(LimitedWord(WhenLimited::Run));
        /// How it is found out, after a move, that it answers those who use it.
        accept: AcceptKeys, Optional;
        /// What runs where at the primary site.
        primary: PlacementKeys, Required;
        /// What runs where at the secondary site.
        secondary: PlacementKeys, Required;
    }
}

section! {
    /// How it is found out that a component answers: by a TCP connection or by a command.
    AcceptKeys {
        /// A TCP connection from the monitor's host to this address and port is taken.
        tcp: Endpoint, Optional;
        /// This command, a program and its arguments, ends with 0 on the host where the component is active.
        command: Argv<AnyProgram>, Optional;
        /// How long the answer may take.
        timeout: Span<Answer>, Default(Span::ms(5000));
    }
}

section! {
    /// What runs where at one site.
    PlacementKeys {
        /// The host, one that stands at this site.
        host: HostName, Required;
        /// The systemd unit of an `exclusive` component.
        unit: UnitName, Optional;
        /// The systemd unit that runs while an `active-standby` component is active here.
        active: UnitName, Optional;
        /// The systemd unit that runs while it is standby here.
        standby: UnitName, Optional;
        /// A process of the host service there, in the place of units; one of an `active-standby` component runs in both modes, and is told which by `SWITCHTOWER_MODE`.
        process: ProcessName, Optional;
        /// An OCF resource agent of the host, as `ocf:heartbeat:IPaddr2`, in the place of units; for an `active-standby` component one that can be promoted.
        ocf: OcfName, Optional;
        /// Options of the OCF agent, without secrets.
        options: OcfOptions, Optional;
        /// File on the monitor's host with more options of the OCF agent, `key=value` a line, such as passwords; readable by its owner only.
        secrets: FilePath, Optional;
        /// Three commands on the host in the place of units; for an `active-standby` component they are told the mode by `SWITCHTOWER_MODE`.
        exec: ExecKeys, Optional;
    }
}

section! {
    /// Three commands that start, stop and look at something: each an absolute program and its arguments, called as root.
    ExecKeys {
        /// Ends with 0 once it runs.
        start: Argv<AbsoluteProgram>, Required;
        /// Ends with 0 once it does not run.
        stop: Argv<AbsoluteProgram>, Required;
        /// Ends with 0 where it runs in the mode that is asked for, with 7 or 3 where it does not, and with anything else where something is wrong.
        monitor: Argv<AbsoluteProgram>, Required;
    }
}

section! {
    /// A command that runs around a move, on a host of this file as root; no shell reads it. Hooks run one after the other, in the order of their names.
    HookKeys {
        /// The host on which it runs; any host of this file.
        on: HostName, Required;
        /// `before`: nothing else begins until it is done. `after`: it runs when all else is done.
        when: WhenWord, Required;
        /// Around which moves it runs: `switchover`, `switchback`, `failover`.
        of: Set<MovingWord>, Default(Set(Moving::ALL.map(|moving| At { value: MovingWord(moving), line: None }).into()));
        /// Only around moves to this site; without it, to either.
        to: SiteName, Optional;
        /// The command: an absolute program and its arguments. It ends with 0 once it is done.
        run: Argv<HookProgram>, Required;
        /// What takes it back when the move fails; only for one that comes before, and called also where it was not done, or not wholly.
        undo: Argv<HookProgram>, Optional;
        /// Ends with 0 where its effect is there: asked where the answer of `run` or `undo` was lost. Where its effect is not there, it is run once more.
        status: Argv<HookProgram>, Optional;
        /// How long each of them may take.
        timeout: Span<Timeout>, Default(Span::ms(DEFAULT_TIMEOUT_MS));
        /// Which moves need it. `planned`: those that somebody asks for; a failover goes on without it. `always`: all. `never`: none. A move that needs it is refused while its host does not answer, and does not begin if it comes before and fails.
        veto: VetoWord, Default(VetoWord(Veto::Planned));
    }
}
