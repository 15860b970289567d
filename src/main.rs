//! The binary: everything is in the library, see [`switchtower`].

fn main() -> std::process::ExitCode {
    switchtower::app::main()
}
