use super::*;
use crate::console::record::Line;
use std::os::unix::fs::PermissionsExt;

async fn ended(events: &mut mpsc::Receiver<Event>) -> String {
    match tokio::time::timeout(Duration::from_secs(20), events.recv()).await {
        Ok(Some(Event::Record(RecordEvent::Ended { why, .. }))) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn lines_are_in_the_file_and_its_last_one_says_why_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a record");
    let (out, _events) = mpsc::channel(4);
    let mut writer = Writer::start(NewFile::create(&path, 1).unwrap(), "header\n".into(), out).unwrap();
    assert!(writer.write(3, &"{\"action\":\"zoom\"}".into()));
    writer.finish(Duration::from_secs(20)).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(text, "header\n{\"ms\":3,\"what\":{\"action\":\"zoom\"}}\n{\"ms\":3,\"what\":{\"end\":\"the console was left\"}}\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn nothing_is_written_over_and_what_was_never_begun_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine");
    std::fs::write(&path, "precious").unwrap();
    let error = NewFile::create(&path, 1).unwrap_err().to_string();
    assert!(error.contains("is there already") && error.contains("name another file"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
    assert!(NewFile::create(&link, 1).is_err(), "not through a link either");
    let new = folder.path().join("new");
    drop(NewFile::create(&new, 1).unwrap());
    assert!(!new.exists());
    let nowhere = NewFile::create(&folder.path().join("no/folder"), 1).unwrap_err().to_string();
    assert!(nowhere.contains("a folder that is there"), "{nowhere}");
}

#[tokio::test]
async fn a_file_ends_at_its_limit_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r");
    let (out, mut events) = mpsc::channel(4);
    let mut writer = Writer::start(NewFile::create(&path, 1).unwrap(), "h\n".into(), out).unwrap();
    let large: Arc<str> = format!("{{\"action\":\"{}\"}}", "x".repeat(100_000)).into();
    for ms in 0..30 {
        while !writer.write(ms, &large) {
            tokio::task::yield_now().await;
        }
    }
    assert!(ended(&mut events).await.contains("limit of 1 MiB"));
    writer.finish(Duration::from_secs(20)).await;
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.len() <= 1024 * 1024 && text.len() > 800_000, "{}", text.len());
    let last = Line::read(text.lines().last().unwrap().as_bytes()).unwrap();
    assert!(matches!(&last.what, Entry::End(why) if why.contains("limit of 1 MiB")), "{last:?}");
}

#[tokio::test]
async fn a_disk_that_is_full_ends_the_record_and_says_so() {
    let (out, mut events) = mpsc::channel(4);
    let file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let to = NewFile { file: Some(file), path: "/dev/full".into(), limit: MIB };
    let mut writer = Writer::start(to, "h\n".into(), out).unwrap();
    assert!(ended(&mut events).await.contains("No space left"));
    assert!(writer.write(1, &"{}".into()), "what comes later is nobody's concern");
    writer.finish(Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_disk_that_does_not_keep_up_leaves_entries_out_and_says_how_many() {
    // A pipe that nobody reads takes 64 KiB and then nothing.
    let (reader, writing) = io::pipe().unwrap();
    let file = File::from(std::os::fd::OwnedFd::from(writing));
    let (out, _events) = mpsc::channel(4);
    let to = NewFile { file: Some(file), path: "pipe".into(), limit: 256 * MIB };
    let mut writer = Writer::start(to, "h\n".into(), out).unwrap();
    let one: Arc<str> = format!("{{\"action\":\"{}\"}}", "x".repeat(80_000)).into();
    let taken = (0..200).filter(|ms| writer.write(*ms, &one)).count();
    assert!((100..200).contains(&taken), "{taken}: no more waits than {QUEUED} bytes");
    let missing = 200 - taken;
    let reading = std::thread::spawn(move || io::read_to_string(reader).unwrap());
    let mut ms = 200;
    let mut refused = 0;
    while !writer.write(ms, &"{\"action\":\"zoom\"}".into()) {
        (ms, refused) = (ms + 1, refused + 1);
        tokio::task::yield_now().await;
    }
    writer.finish(Duration::from_secs(20)).await;
    let text = tokio::task::spawn_blocking(move || reading.join().unwrap()).await.unwrap();
    let left_out: u64 =
        text.lines().filter_map(|line| Line::read(line.as_bytes())).map(|line| if let Entry::LeftOut(n) = line.what { n } else { 0 }).sum();
    assert_eq!(left_out, u64::try_from(missing + refused).unwrap());
    assert!(text.contains("\"zoom\""));
}
