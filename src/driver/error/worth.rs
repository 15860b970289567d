//! What a failure is worth: whose it is, whether the host was heard, and what a look that ended so proves.

use super::{DriverError, Operated};
use crate::core::fact::{Miss, MissKind};
use crate::core::model::HostName;
use crate::ssh::Sign;

impl DriverError {
    /// Which host.
    #[must_use]
    pub fn host(&self) -> &HostName {
        match self {
            Self::UnknownHost { host }
            | Self::NoUnit { host }
            | Self::Ssh { host, .. }
            | Self::Deadline { host, .. }
            | Self::OlderTerm { host, .. }
            | Self::SameTerm { host, .. }
            | Self::OtherBoot { host, .. }
            | Self::TooLate { host }
            | Self::LockHeld { host, .. }
            | Self::GuardRuns { host, .. }
            | Self::NoRights { host, .. }
            | Self::GuardDirectory { host, .. }
            | Self::GuardRecord { host, .. }
            | Self::MissingTool { host, .. }
            | Self::BadAnswer { host, .. }
            | Self::HeardMeanwhile { host, .. }
            | Self::ChannelLost { host, .. }
            | Self::Refused { host, .. }
            | Self::NotSupervised { host }
            | Self::NoAgent { host }
            | Self::GuardLost { host, .. }
            | Self::ActionStays { host, .. }
            | Self::NoProgram { host, .. }
            | Self::NoPlace { host, .. }
            | Self::AgentSecrets { host, .. }
            | Self::NoHostService { host, .. }
            | Self::ServiceLost { host, .. }
            | Self::ServiceAnswer { host, .. }
            | Self::ServiceRefused { host, .. }
            | Self::OtherProtocol { host, .. }
            | Self::OtherCluster { host, .. }
            | Self::ByHand { host, .. }
            | Self::Unheard { host, .. }
            | Self::NoProcess { host, .. }
            | Self::NoFence { host }
            | Self::Fence { host, .. } => host,
        }
    }

    /// What a look that ended so is worth: whether the host may be dead, or lives and cannot be looked at. A look that did
    /// not even ask the host, for trouble on our side, is no sign of its death either.
    #[must_use]
    pub fn miss(&self) -> Miss {
        let kind = if self.is_silence() { MissKind::Silent } else { MissKind::Broken };
        Miss { kind, why: self.to_string() }
    }

    /// No answer came in time: what leads there may be dead.
    pub(in crate::driver) fn is_late(&self) -> bool {
        match self {
            Self::Deadline { .. } => true,
            Self::Ssh { reason, .. } => reason.is_deadline(),
            _ => false,
        }
    }

    /// This silence, told apart from a host that gives no answer and yet was `heard` meanwhile.
    pub(in crate::driver) fn but_heard(self, heard: bool) -> Self {
        if heard && self.is_silence() { Self::HeardMeanwhile { host: self.host().clone(), reason: Box::new(self) } } else { self }
    }

    /// The host was asked, or the way to it is cut, and nothing came back.
    #[must_use]
    pub fn is_silence(&self) -> bool {
        match self {
            Self::Ssh { reason, .. } => reason.sign() == Sign::Silence,
            Self::Deadline { .. } | Self::ChannelLost { .. } | Self::GuardLost { .. } | Self::ServiceLost { .. } => true,
            _ => false,
        }
    }

    /// The host itself said so: it was reached, and it answered in time.
    #[must_use]
    pub fn host_answered(&self) -> bool {
        !matches!(
            self,
            Self::UnknownHost { .. }
                | Self::NoUnit { .. }
                | Self::NotSupervised { .. }
                | Self::NoAgent { .. }
                | Self::AgentSecrets { .. }
                | Self::NoFence { .. }
                | Self::Fence { .. }
                | Self::Ssh { .. }
                | Self::Deadline { .. }
                | Self::HeardMeanwhile { .. }
                | Self::ChannelLost { .. }
                | Self::GuardLost { .. }
                | Self::ServiceLost { .. }
        )
    }

    /// What people on the host did by hand since a monitor took it last, in its order, where that is why it refuses.
    #[must_use]
    pub fn by_hand(&self) -> &[Operated] {
        match self {
            Self::ByHand { all, .. } => all,
            Self::HeardMeanwhile { reason, .. } => reason.by_hand(),
            _ => &[],
        }
    }

    /// What stands in the way of taking a host by several ways, as one: what was done by hand goes before all, and nothing of
    /// that is lost.
    pub(in crate::driver) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::ByHand { host, asked, kept, by, mut all }, Self::ByHand { kept: other, by: theirs, all: more, .. }) => {
                all.extend(more);
                let (kept, by) = if other > kept { (other, theirs) } else { (kept, by) };
                Self::ByHand { host, asked, kept, by, all }
            }
            (_, hand @ Self::ByHand { .. }) => hand,
            (first, _) => first,
        }
    }
}
