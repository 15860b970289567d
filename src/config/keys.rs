//! Every key of the configuration file, with what it is for, its type, and what happens when it is not written.
//!
//! The one place where a key is declared: the reader, the nearest-key search and the JSON schema come from here. What
//! the values mean together is checked in `check/`.

use super::amount::{Interval, Misses, Network, PortRange, Segment, Segments, Size, Span, Timeout, Whole};
use super::many::{Named, Set};
use super::read::Need::{Default, Optional, Required};
use super::read::{At, Section};
use super::section::section;
use super::text::{Account, Address, FilePath, SharingWord, SocketFolder, Words};
use crate::core::model::{ClusterName, ComponentName, GroupName, HostName, Sharing, SiteName, UnitName};
use std::path::PathBuf;

/// Most hosts of a cluster.
pub(super) const MAX_HOSTS: usize = 1000;
/// Most components of a cluster.
pub(super) const MAX_COMPONENTS: usize = 20_000;
const DEFAULT_TIMEOUT_MS: u64 = 30_000;

section! {
    /// A whole configuration file.
    Root {
        /// What the cluster is called, and its two sites.
        cluster: ClusterKeys, Required;
        /// How the monitor watches, and where it keeps what it knows.
        monitor: MonitorKeys, Default(MonitorKeys::absent());
        /// How hosts are reached, unless a host says otherwise.
        ssh: SshKeys, Default(SshKeys::absent());
        /// The hosts, by name.
        hosts: Named<HostName, HostKeys, MAX_HOSTS>, Required;
        /// The components, by name.
        components: Named<ComponentName, ComponentKeys, MAX_COMPONENTS>, Required;
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
    /// How the monitor watches, and where it keeps what it knows.
    MonitorKeys {
        /// Time between two looks at a host; changes that a host reports by itself are seen sooner.
        interval: Span<Interval>, Default(Span::ms(2000));
        /// Folder of the journal. It has to outlive a restart of the machine.
        state_dir: FilePath, Default(FilePath(PathBuf::from("/var/lib/switchtower")));
        /// Folder of the sockets on which the monitor answers.
        run_dir: SocketFolder, Default(SocketFolder(PathBuf::from("/run/switchtower")));
        /// Group of the system whose members may operate the cluster, besides root and the monitor's own account.
        operators: Account, Optional;
        /// Group of the system whose members may look at the cluster, and do nothing.
        observers: Account, Optional;
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
        /// Files with private keys to log in with, besides those that SSH's own configuration names.
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
        /// Files with private keys to log in with, instead of those of `ssh`.
        identity: Vec<At<FilePath>>, Default(Vec::new());
        /// Files with the keys by which it is recognised, instead of those of `ssh`.
        known_hosts: Vec<At<FilePath>>, Default(Vec::new());
        /// Hosts to go through, in this order: hosts of this file, or names that SSH's own configuration knows.
        jump: Vec<At<Address>>, Default(Vec::new());
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
        /// What runs where at the primary site.
        primary: PlacementKeys, Required;
        /// What runs where at the secondary site.
        secondary: PlacementKeys, Required;
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
    }
}
