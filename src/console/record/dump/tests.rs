use super::*;
use crate::console::replay::Tapes;
use crate::console::state::Size;
use std::os::unix::fs::PermissionsExt;

fn ring() -> Shared {
    let (out, _) = tokio::sync::mpsc::channel(1);
    let mut recorder = crate::console::record::Recorder::new(jiff::Timestamp::now(), Size { cols: 80, rows: 24 }, None, out);
    let picture = crate::console::event::LinkEvent::Picture(Box::new(crate::words::testing::shop_status()));
    recorder.hear(Moment(5), &crate::console::event::Event::Link(picture));
    recorder.ring()
}

#[test]
fn the_last_minutes_go_to_a_new_file_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.record");
    dump(&ring(), Moment(9), &path, None).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Tapes::open(&path).is_ok());
    let why = dump(&ring(), Moment(9), &path, None).unwrap_err();
    assert!(why.contains("is there already"), "{why}");
    let why = dump(&ring(), Moment(9), &folder.path().join("no/where"), None).unwrap_err();
    assert!(why.contains("cannot be written"), "{why}");
}

#[test]
fn the_folder_of_records_is_made_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("state/records");
    dump(&ring(), Moment(9), &folder.join("x.record"), Some(&folder)).unwrap();
    assert_eq!(std::fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(Tapes::open(&folder.join("x.record")).is_ok());
}

#[test]
fn a_name_holds_nothing_that_a_path_could_mean() {
    let at = jiff::Timestamp::from_second(1_700_000_000).unwrap();
    assert_eq!(name(Some("../pro d"), at), "switchtower----pro-d-20231114T221320000.record");
    assert_eq!(name(None, at), "switchtower-session-20231114T221320000.record");
}

#[test]
fn a_panic_leaves_the_last_minutes_in_a_file_once_and_one_in_the_ring_itself_waits_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let records = folder.path().join("records");
    let shared = ring();
    keep_for_panic(shared.clone(), records.clone(), Instant::now());
    crate::console::term::install_panic_hook();
    let files = || std::fs::read_dir(&records).map_or(Vec::new(), |all| all.map(|file| file.unwrap().path()).collect());
    let held = shared.clone();
    std::thread::spawn(move || {
        let _guard = held.lock().unwrap();
        panic!("while the ring is held");
    })
    .join()
    .unwrap_err();
    assert_eq!(files().len(), 0);
    shared.clear_poison();
    for _ in 0..2 {
        std::thread::spawn(|| panic!("a defect")).join().unwrap_err();
    }
    let files = files();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(Tapes::open(&files[0]).is_ok());
    assert!(std::fs::read_to_string(&files[0]).unwrap().contains("the program panicked"));
}
