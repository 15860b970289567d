use super::*;
use crate::console::term::testing::Line;

const ENTERED: &str = "\x1b[22;0t\x1b[?1049h\x1b[?2004h\x1b[?25l";
const LEFT: &str = "\x1b[?2026l\x1b[?25h\x1b[?2004l\x1b[?1049l\x1b[23;0t";

#[test]
fn the_terminal_is_entered_without_a_question_and_left_in_reverse() {
    let line = Line::new(80, 24);
    let guard = Guard::enter(&line.tty, true).unwrap();
    assert_eq!(line.take_until("25l"), ENTERED);
    assert!(!line.is_cooked());
    drop(guard);
    assert_eq!(line.take_until("23;0t"), LEFT);
    assert!(line.is_cooked());
}

#[test]
fn giving_back_twice_or_without_a_terminal_writes_nothing_more() {
    restore();
    let line = Line::new(80, 24);
    let guard = Guard::enter(&line.tty, true).unwrap();
    std::thread::spawn(restore).join().unwrap();
    assert!(!guard.is_taken());
    restore();
    drop(guard);
    assert_eq!(line.take_until("23;0t"), format!("{ENTERED}{LEFT}"));
}

#[test]
fn the_mouse_is_given_back_when_it_was_taken_and_the_title_only_then() {
    let line = Line::new(80, 24);
    let guard = Guard::enter(&line.tty, false).unwrap();
    assert_eq!(guard.mouse(true), MOUSE_ON);
    drop(guard);
    let text = line.take_until("1049l");
    assert_eq!(text, "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[?2026l\x1b[?1006l\x1b[?1000l\x1b[?25h\x1b[?2004l\x1b[?1049l");
}

#[test]
fn a_terminal_that_takes_nothing_is_left_as_it_was_found() {
    let line = Line::new(80, 24);
    line.stall(true);
    let error = Guard::enter(&line.tty, true).unwrap_err();
    assert!(matches!(&error, TermError::Write(e) if e.kind() == std::io::ErrorKind::TimedOut), "{error}");
    assert!(line.is_cooked() && !held().is_taken());
}

#[test]
fn there_is_one_guard_at_a_time() {
    let line = Line::new(80, 24);
    let guard = Guard::enter(&line.tty, true).unwrap();
    assert!(matches!(Guard::enter(&line.tty, true), Err(TermError::Taken)));
    assert!(guard.is_taken());
}

#[test]
fn modes_that_somebody_else_set_are_set_again_and_those_of_the_operator_are_not_forgotten() {
    let line = Line::new(80, 24);
    let guard = Guard::enter(&line.tty, true).unwrap();
    let cooked = held().before.clone().unwrap();
    tcsetattr(&line.tty, OptionalActions::Now, &cooked).unwrap();
    guard.enter_again().unwrap();
    assert!(!line.is_cooked());
    drop(guard);
    assert!(line.is_cooked());
    let text = line.take_until("23;0t");
    assert_eq!(text.matches("\x1b[22;0t").count(), 1, "{text:?}");
}

#[test]
fn a_part_of_a_frame_is_cancelled_first() {
    assert!(leaving(SCREEN, true).starts_with("\x18\x1b[?2026l"));
    assert!(!leaving(SCREEN, false).contains('\x18'));
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told_of() {
    let line = Line::new(80, 24);
    let told = std::sync::Arc::new(AtomicBool::new(false));
    let (tty, seen) = (line.tty.clone(), told.clone());
    std::panic::set_hook(Box::new(move |_| {
        let cooked = tcgetattr(&tty).unwrap().local_modes.contains(rustix::termios::LocalModes::ICANON);
        seen.store(cooked, Ordering::SeqCst);
    }));
    install_panic_hook();
    let guard = Guard::enter(&line.tty, true).unwrap();
    std::thread::spawn(|| panic!("for the test")).join().unwrap_err();
    assert!(told.load(Ordering::SeqCst) && !guard.is_taken());
    drop(std::panic::take_hook());
}

#[test]
fn a_terminal_that_hung_up_is_given_back_without_a_word() {
    let Line { master, tty } = Line::new(80, 24);
    let guard = Guard::enter(&tty, true).unwrap();
    drop(master);
    drop(guard);
    assert!(matches!(Guard::enter(&tty, true), Err(TermError::Modes(_))));
    assert!(!held().is_taken());
}
