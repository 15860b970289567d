use crossterm::event::{KeyCode, KeyEvent};
use tokio::time::timeout;

use super::*;
use crate::console::term::Guard;
use crate::console::term::testing::{Line, SOON};

fn key(code: KeyCode) -> Raw {
    Raw::Key(KeyEvent::from(code))
}

async fn next(input: &mut Input) -> Option<Raw> {
    timeout(SOON, input.next()).await.unwrap()
}

#[tokio::test]
async fn what_is_typed_arrives_also_a_lone_escape() {
    let line = Line::new(80, 24);
    let _guard = Guard::enter(&line.tty, false).unwrap();
    let mut input = Input::start(&line.tty).unwrap();
    line.type_in("q");
    assert_eq!(next(&mut input).await, Some(key(KeyCode::Char('q'))));
    line.type_in("\x1b");
    assert_eq!(next(&mut input).await, Some(key(KeyCode::Esc)));
    line.type_in("\x1b[200~two\nlines\x1b[201~");
    assert_eq!(next(&mut input).await, Some(Raw::Paste("two lines".to_owned())));
}

#[tokio::test]
async fn nothing_that_is_typed_ahead_is_lost_while_the_loop_is_slow() {
    let line = Line::new(80, 24);
    let _guard = Guard::enter(&line.tty, false).unwrap();
    let mut input = Input::start(&line.tty).unwrap();
    line.type_in(&"abc".repeat(1000));
    for n in 0..1000 {
        for c in "abc".chars() {
            assert_eq!(next(&mut input).await, Some(key(KeyCode::Char(c))), "round {n}");
        }
    }
}

#[tokio::test]
async fn a_change_of_size_is_told_with_the_size_of_now() {
    let line = Line::new(80, 24);
    let mut input = Input::start(&line.tty).unwrap();
    line.resize(100, 30);
    line.resize(101, 31);
    // The kernel tells the terminal's session, which this process is not in.
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::WINCH).unwrap();
    assert_eq!(next(&mut input).await, Some(Raw::Resize(101, 31)));
}

#[tokio::test]
async fn a_hang_up_is_the_end_of_the_input_and_of_its_thread() {
    let Line { master, tty } = Line::new(80, 24);
    let mut input = Input::start(&tty).unwrap();
    drop(master);
    assert_eq!(next(&mut input).await, None);
    assert_eq!(next(&mut input).await, None);
}

#[tokio::test]
async fn the_reader_ends_when_nobody_listens_any_more() {
    let line = Line::new(80, 24);
    let _guard = Guard::enter(&line.tty, false).unwrap();
    let input = Input::start(&line.tty).unwrap();
    drop(input);
    // What is typed now is left for whoever reads next.
    let mut next_input = Input::start(&line.tty).unwrap();
    line.type_in("x");
    assert_eq!(next(&mut next_input).await, Some(key(KeyCode::Char('x'))));
}
