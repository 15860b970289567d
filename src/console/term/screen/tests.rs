use ratatui::text::Line as Words;
use ratatui::widgets::Paragraph;

use super::*;
use crate::console::term::testing::{Line, until};

fn enter(line: &Line) -> Screen {
    let screen = Screen::enter(&line.tty, Options::default()).unwrap();
    line.take_until("25l");
    screen
}

fn say(screen: &mut Screen, text: &str) -> Result<Drawn, TermError> {
    screen.draw(|frame| frame.render_widget(Paragraph::new(Words::from(text)), frame.area()))
}

#[test]
fn a_frame_is_one_synchronized_update_and_asks_the_terminal_nothing() {
    let line = Line::new(80, 24);
    let mut screen = enter(&line);
    assert_eq!(say(&mut screen, "ready").unwrap(), Drawn::Shown);
    let text = line.take_until("\x1b[?2026l");
    assert!(text.starts_with("\x1b[?2026h\x1b[2J") && text.contains("ready"), "{text:?}");
    assert_eq!(text.matches("\x1b[?2026").count(), 2);
    // Cursor, attributes, keyboard, size, colours: every question ends like one of these.
    for question in ["6n", "5n", "c\x1b", "?u", "18t", "14t", "\x1b]"] {
        assert!(!text.contains(question), "{question:?} in {text:?}");
    }
    assert_eq!(screen.counts(), Counts { frames: 1, same: 0, behind: 0, bytes: text.len() as u64 });
}

#[test]
fn a_frame_like_the_one_before_writes_no_byte_and_another_only_its_difference() {
    let line = Line::new(200, 50);
    let mut screen = enter(&line);
    say(&mut screen, "age 1s").unwrap();
    let bytes = screen.counts().bytes;
    for _ in 0..10 {
        assert_eq!(say(&mut screen, "age 1s").unwrap(), Drawn::Same);
    }
    assert_eq!(screen.counts(), Counts { frames: 1, same: 10, behind: 0, bytes });
    assert_eq!(say(&mut screen, "age 2s").unwrap(), Drawn::Shown);
    assert!(screen.counts().bytes - bytes < 60, "{} bytes for a digit", screen.counts().bytes - bytes);
}

#[test]
fn a_cursor_that_stays_where_it_is_costs_nothing() {
    let line = Line::new(80, 24);
    let mut screen = enter(&line);
    let typing = |frame: &mut Frame<'_>| frame.set_cursor_position((3, 4));
    screen.draw(typing).unwrap();
    assert!(line.take_until("\x1b[?2026l").contains("\x1b[?25h\x1b[5;4H"));
    assert_eq!(screen.draw(typing).unwrap(), Drawn::Same);
    screen.draw(|_| ()).unwrap();
    assert_eq!(line.take_until("\x1b[?2026l"), "\x1b[?2026h\x1b[?25l\x1b[?2026l");
}

#[test]
fn a_full_redraw_is_one_frame_and_needs_no_answer() {
    let line = Line::new(80, 24);
    let mut screen = enter(&line);
    say(&mut screen, "same").unwrap();
    line.take_until("\x1b[?2026l");
    screen.clear();
    assert_eq!(say(&mut screen, "same").unwrap(), Drawn::Shown);
    let text = line.take_until("\x1b[?2026l");
    assert!(text.contains("\x1b[2J") && text.contains("same") && !text.contains("6n"), "{text:?}");
}

#[test]
fn a_new_size_is_drawn_in_full_and_a_terminal_without_one_counts_as_80x24() {
    let line = Line::new(80, 24);
    let mut screen = enter(&line);
    say(&mut screen, "x").unwrap();
    for (cols, rows, width, height) in [(100, 30, 100, 30), (1, 1, 1, 1), (0, 0, 80, 24)] {
        line.resize(cols, rows);
        assert_eq!(screen.size().unwrap(), Size { width, height });
        let mut drawn = Size::ZERO;
        screen.draw(|frame| drawn = frame.area().as_size()).unwrap();
        assert_eq!(drawn, Size { width, height });
    }
}

#[test]
fn without_synchronization_no_mark_is_written() {
    let line = Line::new(80, 24);
    let mut screen = Screen::enter(&line.tty, Options { synchronized: false, title: false }).unwrap();
    assert_eq!(line.take_until("25l"), "\x1b[?1049h\x1b[?2004h\x1b[?25l");
    say(&mut screen, "plain").unwrap();
    let text = line.take_until("25l");
    assert!(text.contains("plain") && !text.contains("2026"), "{text:?}");
}

#[tokio::test]
async fn a_terminal_that_takes_nothing_gets_no_new_frame_and_never_blocks_the_loop() {
    let line = Line::new(80, 24);
    let mut screen = enter(&line);
    line.stall(true);
    assert_eq!(say(&mut screen, "waits").unwrap(), Drawn::Shown);
    assert!(screen.is_behind());
    assert_eq!(say(&mut screen, "not made").unwrap(), Drawn::Behind);
    assert!(matches!(screen.raw(&vec![0; MOST_WAITING]), Err(TermError::Behind(1..))));
    line.stall(false);
    let mut text = String::new();
    let read = async {
        while !text.ends_with("\x1b[?2026l") {
            text += &line.take();
            tokio::task::yield_now().await;
        }
    };
    let (caught_up, ()) = tokio::join!(screen.catch_up(), read);
    caught_up.unwrap();
    assert!(!screen.is_behind() && text.contains("waits") && !text.contains("not made"));
    assert_eq!(say(&mut screen, "made").unwrap(), Drawn::Shown);
    assert_eq!(screen.counts().behind, 1);
}

#[test]
fn a_terminal_that_was_given_back_or_is_gone_is_an_error_not_a_panic() {
    let line = Line::new(80, 24);
    let mut screen = enter(&line);
    crate::console::term::restore();
    assert!(matches!(say(&mut screen, "no"), Err(TermError::Left)));
    assert!(matches!(screen.raw(b"no"), Err(TermError::Left)));
    screen.enter_again().unwrap();
    assert_eq!(say(&mut screen, "yes").unwrap(), Drawn::Shown);
    drop(line);
    until("an error", || say(&mut screen, "gone").is_err());
    assert!(screen.raw(b"gone").is_err() && screen.size().is_err());
}

#[test]
fn a_terminal_entered_again_has_the_mouse_as_before_and_a_full_frame() {
    let line = Line::new(80, 24);
    let mut screen = enter(&line);
    screen.set_mouse(true).unwrap();
    say(&mut screen, "same").unwrap();
    line.take_until("\x1b[?2026l");
    crate::console::term::restore();
    assert!(line.take_until("23;0t").contains("\x1b[?1006l\x1b[?1000l"));
    screen.enter_again().unwrap();
    say(&mut screen, "same").unwrap();
    let text = line.take_until("\x1b[?2026l");
    assert!(text.contains("\x1b[?1049h") && text.contains("\x1b[?1000h\x1b[?1006h") && text.contains("same"), "{text:?}");
    assert!(!line.is_cooked());
}
