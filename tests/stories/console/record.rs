//! A session of the console is recorded, and played again by somebody who was not there: what is in the file, what is not, and
//! what happens when it cannot be written or is none.

use super::{SHOP, slow};
use crate::support::cluster::{Cluster, PROGRAM, SOON};
use crate::support::console::{Console, How, PLAIN};
use crate::support::wait;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

/// A console that plays a record.
#[track_caller]
fn replayed(record: &Path) -> Console {
    Console::program(&[PROGRAM, "console", "--replay", record.to_str().unwrap()], &PLAIN)
}

/// Leaves a console, which ends well.
#[track_caller]
fn leave(console: &mut Console) {
    console.keys(&["q"]);
    assert_eq!(console.wait_exit(SOON).code(), Some(0), "{}", console.text());
}

#[test]
fn a_switchover_that_was_recorded_goes_by_again_and_any_moment_of_it_can_be_looked_at() {
    let cluster = slow(Duration::from_secs(3));
    let mut monitor = cluster.monitor();
    let file = cluster.lab.dir().join("night.record");
    let mut console = Console::of(&cluster, &How { args: &["--record", file.to_str().unwrap()], ..PLAIN });
    console.wait_header("it is recorded", |header| header.contains("REC") && header.contains("◉ OK"));
    console.plan("switchover south", "south");
    console.keys(&["tab"]);
    console.send("zebra crossing");
    console.wait_text("reason, may be left out: zebra crossing");
    console.keys(&["tab"]);
    console.confirm("south");
    console.wait_line(&["done (run r"]);
    console.keys(&["esc"]);
    console.wait_gone("esc closes");
    console.wait_header("it moved", |header| header.contains("◉ OK") && header.contains("south ACTIVE"));
    leave(&mut console);
    monitor.kill();

    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(text.starts_with("{\"format\":\"switchtower session record\",\"version\":1,\"cluster\":\"shop\""), "{text:.200}");
    assert!(text.contains("{\"asked\":\"switchover south\"}"), "what was done is in it");
    assert!(text.contains("\"kind\":\"run-opened\"") && !text.contains("zebra"), "what was typed is not");
    assert!(text.trim_end().ends_with("{\"end\":\"the console was left\"}}"));

    // Nothing runs any more that could answer.
    let mut replay = replayed(&file);
    replay.wait_header("the beginning", |header| header.contains("REPLAY") && header.contains("◉ OK") && header.contains("north ACTIVE"));
    assert!(replay.acts().starts_with("not live, recorded 20") && replay.acts().contains("OBSERVES ONLY"), "{}", replay.acts());
    replay.keys(&["end"]);
    replay.wait_header("its end", |header| header.contains("south ACTIVE") && header.contains("PAUSED"));
    replay.wait_line(&["run r", "done"]);
    replay.keys(&["home"]);
    replay.wait_header("before the switchover", |header| header.contains("north ACTIVE") && header.contains(" 0:00/"));
    assert!(!replay.line_of("run r").contains("done"), "{}", replay.text());
    replay.keys(&["]"]);
    replay.wait_text("a run was opened");
    replay.keys(&["space"]);
    replay.wait_header("the run goes by", |header| header.contains("MOVING") && header.contains("» "));
    replay.wait_header("it has moved", |header| header.contains("◉ OK") && header.contains("south ACTIVE"));
    replay.wait_header("it stops at its end", |header| header.contains("PAUSED"));
    replay.keys(&["["; 12]);
    replay.wait_header("back at its opening", |header| header.contains("north ACTIVE"));

    replay.command("switchover south");
    replay.wait_text("this is a record");
    replay.keys(&["esc"]);
    replay.wait_gone("enter runs, esc closes");
    replay.keys(&["end", "4", "enter"]);
    replay.wait_text("\"index\":");
    leave(&mut replay);
}

#[test]
fn the_last_minutes_are_written_when_somebody_asks_for_them_and_can_be_played() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let folder = cluster.lab.dir().join("here");
    std::fs::create_dir(&folder).unwrap();
    let chdir = format!("--chdir={}", folder.display());
    let mut console = Console::started(&["env", &chdir, PROGRAM], &cluster.lab.dir().join("run"), &PLAIN);
    console.wait_header("it has a picture", |header| header.contains("◉ OK") && !header.contains("REC"));
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    console.wait_header("it moved", |header| header.contains("◉ OK") && header.contains("south ACTIVE"));
    console.command("dump");
    console.wait_text("written: switchtower console --replay ");
    let kept = console.home().join("state/switchtower/records");
    let only = || std::fs::read_dir(&kept).ok()?.next()?.ok().map(|file| file.path());
    let dumped = wait::until_some("the file in the folder of records", SOON, only);
    std::fs::copy(&dumped, folder.join("dumped.record")).unwrap();
    console.command("dump mine.record");
    console.wait_text("written: switchtower console --replay mine.record");
    console.command("dump mine.record");
    console.wait_text("mine.record is there already");
    leave(&mut console);

    let files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 2, "{files:?}");
    for file in files {
        let mut replay = replayed(&file);
        replay.wait_header("the beginning", |header| header.contains("REPLAY") && header.contains("north ACTIVE"));
        replay.keys(&["end"]);
        replay.wait_header("its end", |header| header.contains("◉ OK") && header.contains("south ACTIVE"));
        leave(&mut replay);
    }
}

#[test]
fn a_full_disk_ends_the_record_and_not_the_console() {
    let cluster = Cluster::boot(&SHOP);
    let _monitor = cluster.monitor();
    let disk = cluster.lab.tmpfs("disk", 64 * 1024);
    let file = disk.join("night.record");
    let mut console = Console::of(&cluster, &How { args: &["--record", file.to_str().unwrap()], size: (120, 40), ..PLAIN });
    console.wait_header("it is recorded", |header| header.contains("REC") && header.contains("◉ OK"));
    std::fs::write(disk.join("filler"), vec![0; 64 * 1024]).unwrap_err();
    console.wait_line(&["no longer recorded: No space left on device"]);
    console.wait_header("the mark is gone", |header| !header.contains("REC") && header.contains("◉ OK"));
    console.plan("switchover south", "south");
    console.confirm("south");
    console.wait_line(&["done (run r"]);
    console.keys(&["esc"]);
    console.wait_gone("esc closes");
    console.wait_header("it lives on", |header| header.contains("south ACTIVE") && header.contains("data "));
    leave(&mut console);
    let mut replay = replayed(&file);
    replay.wait_header("what fitted is played", |header| header.contains("REPLAY") && header.contains("north ACTIVE"));
    replay.wait_text("cut off");
    leave(&mut replay);
}

/// A console that does not start, and says these words.
#[track_caller]
fn is_refused(args: &[&str], words: &[&str]) {
    let all: Vec<&str> = [PROGRAM, "console"].into_iter().chain(args.iter().copied()).collect();
    let mut console = Console::program(&all, &How { size: (200, 50), ..PLAIN });
    assert_eq!(console.wait_exit(SOON).code(), Some(2), "{}", console.text());
    for word in words {
        console.wait_text(word);
    }
}

#[test]
fn what_cannot_be_recorded_into_or_played_is_refused_in_words_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (mine, new) = (path("mine"), path("new"));
    std::fs::write(&mine, "precious\n").unwrap();
    is_refused(&["--record", &mine], &["is there already", "name another file for the record"]);
    is_refused(&["--replay", &mine], &["cannot be played: it is not a record", "--record FILE"]);
    is_refused(&["--replay", &path("gone")], &["cannot be read"]);
    is_refused(&["--replay", &mine, "--record", &new], &["cannot be used with"]);
    is_refused(&["--replay", &mine, "--run-dir", "x"], &["cannot be used with"]);
    is_refused(&["--record-limit", "5"], &["--record <FILE>"]);
    is_refused(&["--record", &path("no/folder")], &["name a file in a folder that is there"]);
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "precious\n");
    assert!(!Path::new(&new).exists());
}
