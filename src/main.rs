//! The binary: everything is in the library, see [`switchtower`].

/// Gives memory back to the system as soon as nothing of it is used, also between what is.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    switchtower::app::main()
}
