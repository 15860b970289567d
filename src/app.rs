//! The one place that wires everything together; `main` calls it and nothing else does.

/// Runs the program and returns its exit code.
pub fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
