//! How a process ended, and the words for it.

/// How the first process of a start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// Somebody else took notice of its end.
    Unknown,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const NAMES: &[(i32, &str)] = &[
            (1, "SIGHUP"),
            (2, "SIGINT"),
            (3, "SIGQUIT"),
            (4, "SIGILL"),
            (6, "SIGABRT"),
            (7, "SIGBUS"),
            (8, "SIGFPE"),
            (9, "SIGKILL"),
            (11, "SIGSEGV"),
            (13, "SIGPIPE"),
            (14, "SIGALRM"),
            (15, "SIGTERM"),
        ];
        match self {
            Self::Code(127) => f.write_str("exit code 127 (where its program cannot be executed, the host service's log says why)"),
            Self::Unknown => f.write_str("how it ended is not known"),
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(number) => match NAMES.iter().find(|(n, _)| n == number) {
                Some((_, name)) => write!(f, "killed by {name}"),
                None => write!(f, "killed by signal {number}"),
            },
        }
    }
}
