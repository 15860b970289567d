//! However a demo ends, nothing of it is left: no process, no folder.

use super::stage::{self, Demo, SOON, gone, processes};
use crate::support::wait;
use rustix::process::{Pid, Signal, kill_process};

fn kill(pid: u32) {
    kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn told_to_end_it_leaves_nothing_and_ends_well() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut demo = Demo::start();
        demo.serves("north", "north1");
        let folder = demo.folder();
        assert!(processes(&folder).len() >= 10, "{:?}", processes(&folder));
        demo.child.signal(signal);
        assert!(demo.child.ends_within(SOON).success());
        gone(&folder);
    }
}

#[test]
fn killed_it_leaves_nothing_either() {
    let demo = Demo::start();
    let folder = demo.folder();
    kill(demo.child.pid());
    gone(&folder);
}

#[test]
fn killed_with_its_keeper_no_process_stays_and_the_next_one_removes_the_folder() {
    let mut demo = Demo::start();
    let folder = demo.folder();
    let keeper = processes(&folder).into_iter().find(|(_, line)| line.contains(" keeper ")).unwrap().0;
    kill(keeper);
    kill(demo.child.pid());
    // A process that is killed loses its memory first and its locks last.
    demo.child.ends_within(SOON);
    wait::until_value("hosts, components and monitor end with it", SOON, || processes(&folder), Vec::is_empty);
    assert!(folder.exists());
    let (mut next, facts) = stage::start("next", demo.place.path());
    assert!(!folder.exists() && facts["folder"] != demo.facts["folder"]);
    next.signal(Signal::TERM);
    assert!(next.ends_within(SOON).success());
}

#[test]
fn ended_before_it_is_up_it_leaves_nothing() {
    let place = tempfile::tempdir().unwrap();
    let mut child = crate::support::proc::Child::spawn("demo", &mut stage::command(place.path()), place.path());
    wait::until("it waits for something", SOON, || child.stderr().contains("waiting"));
    child.signal(Signal::TERM);
    assert!(child.ends_within(SOON).success());
    let left: Vec<_> = std::fs::read_dir(place.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("switchtower")), "{left:?}");
}
