use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use proptest::prelude::*;

use super::*;

fn read(bytes: &[u8]) -> Vec<Raw> {
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    decoder.feed(bytes, &mut events);
    if decoder.patience().is_some() {
        decoder.silence(&mut events);
    }
    assert_eq!(decoder.patience(), None);
    events
}

fn held(code: KeyCode, modifiers: KeyModifiers) -> Raw {
    Raw::Key(KeyEvent::new(code, modifiers))
}

#[test]
fn keys_are_what_terminals_send_for_them() {
    let keys: [(&str, KeyCode); 30] = [
        ("q", KeyCode::Char('q')),
        ("ä", KeyCode::Char('ä')),
        ("漢", KeyCode::Char('漢')),
        ("\r", KeyCode::Enter),
        ("\x1bOM", KeyCode::Enter),
        ("\t", KeyCode::Tab),
        ("\x7f", KeyCode::Backspace),
        ("\x08", KeyCode::Backspace),
        ("\x1b", KeyCode::Esc),
        ("\x1b[A", KeyCode::Up),
        ("\x1bOB", KeyCode::Down),
        ("\x1b[C", KeyCode::Right),
        ("\x1b[D", KeyCode::Left),
        ("\x1b[H", KeyCode::Home),
        ("\x1b[1~", KeyCode::Home),
        ("\x1bOF", KeyCode::End),
        ("\x1b[4~", KeyCode::End),
        ("\x1b[2~", KeyCode::Insert),
        ("\x1b[3~", KeyCode::Delete),
        ("\x1b[5~", KeyCode::PageUp),
        ("\x1b[6~", KeyCode::PageDown),
        ("\x1bOP", KeyCode::F(1)),
        ("\x1b[11~", KeyCode::F(1)),
        ("\x1b[[E", KeyCode::F(5)),
        ("\x1b[15~", KeyCode::F(5)),
        ("\x1b[17~", KeyCode::F(6)),
        ("\x1b[24~", KeyCode::F(12)),
        ("\x1b[34~", KeyCode::F(20)),
        ("\x1b[13u", KeyCode::Enter),
        ("\x1b[113;1:2u", KeyCode::Char('q')),
    ];
    for (bytes, code) in keys {
        assert_eq!(read(bytes.as_bytes()), [key(code)], "{bytes:?}");
    }
}

#[test]
fn modifiers_are_told_where_terminals_tell_them() {
    let (shift, alt, control) = (KeyModifiers::SHIFT, KeyModifiers::ALT, KeyModifiers::CONTROL);
    for (bytes, code, modifiers) in [
        ("G", KeyCode::Char('G'), shift),
        ("\x03", KeyCode::Char('c'), control),
        ("\x0a", KeyCode::Char('j'), control),
        ("\x00", KeyCode::Char(' '), control),
        ("\x1c", KeyCode::Char('4'), control),
        ("\x1bx", KeyCode::Char('x'), alt),
        ("\x1b\r", KeyCode::Enter, alt),
        ("\x1b[Z", KeyCode::BackTab, shift),
        ("\x1b[1;5A", KeyCode::Up, control),
        ("\x1b[1;2P", KeyCode::F(1), shift),
        ("\x1b[3;3~", KeyCode::Delete, alt),
        ("\x1b[27;5;99~", KeyCode::Char('c'), control),
        ("\x1b[99;5u", KeyCode::Char('c'), control),
    ] {
        assert_eq!(read(bytes.as_bytes()), [held(code, modifiers)], "{bytes:?}");
    }
}

#[test]
fn answers_releases_and_what_is_unknown_become_nothing() {
    for bytes in [
        "\x1b[24;80R",
        "\x1b[?62;1;4c",
        "\x1b[>41;354;0c",
        "\x1b[?2026;2$y",
        "\x1b[?0u",
        "\x1b[0n",
        "\x1b[8;24;80t",
        "\x1b]11;rgb:0000/0000/0000\x07",
        "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        "\x1bP>|xterm(388)\x1b\\",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b[113;1:3u",
        "\x1b[1;1:3A",
        "\x1b[99~",
        "\x1b[M !!",
        "\x1b[<35;1;1M",
        "\x1b[<32;4;5M",
        "\x1b[57441u",
        "\x1b[",
        "\x1bO",
        "\x1b]11;rgb:",
        "\u{85}",
    ] {
        assert_eq!(read(bytes.as_bytes()), [], "{bytes:?}");
    }
    assert_eq!(read(b"\xff\xc0\x80q"), [key(KeyCode::Char('q'))]);
    assert_eq!(read(b"\xc3q"), [key(KeyCode::Char('q'))]);
    let endless = [b"\x1b[".as_slice(), &b"1;".repeat(5000), b"Aq"].concat();
    assert_eq!(read(&endless), [key(KeyCode::Char('q'))]);
}

#[test]
fn a_key_that_comes_in_pieces_is_one_key() {
    let (mut decoder, mut events) = (Decoder::default(), Vec::new());
    for byte in "\x1b[15~ä".as_bytes() {
        decoder.feed(&[*byte], &mut events);
    }
    assert_eq!(events, [key(KeyCode::F(5)), key(KeyCode::Char('ä'))]);
}

#[test]
fn an_escape_before_another_key_is_a_key() {
    assert_eq!(read(b"\x1b\x1b[A"), [key(KeyCode::Esc), key(KeyCode::Up)]);
    assert_eq!(read(b"\x1b[1\x03"), [held(KeyCode::Char('c'), KeyModifiers::CONTROL)]);
    assert_eq!(read(b"\x1b[1\x1b[B"), [key(KeyCode::Down)]);
}

#[test]
fn buttons_wheel_and_focus_are_told() {
    let mouse = |kind, column, row| Raw::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE });
    assert_eq!(read(b"\x1b[<0;10;5M"), [mouse(MouseEventKind::Down(MouseButton::Left), 9, 4)]);
    assert_eq!(read(b"\x1b[<2;1;1m"), [mouse(MouseEventKind::Up(MouseButton::Right), 0, 0)]);
    assert_eq!(read(b"\x1b[<64;3;300M\x1b[<65;3;300M").len(), 2);
    assert_eq!(read(b"\x1b[I\x1b[O"), [Raw::Focus(true), Raw::Focus(false)]);
}

#[test]
fn a_paste_is_one_safe_line_and_never_a_key() {
    let paste = |text: &[u8]| read(&[b"\x1b[200~", text, b"\x1b[201~"].concat());
    assert_eq!(paste(b"one\r\ntwo\tthree\n"), [Raw::Paste("one two three ".to_owned())]);
    assert_eq!(paste(b"q\x1b[31m\x03\x1b[201\x1b"), [Raw::Paste("q[31m[201".to_owned())]);
    assert_eq!(paste("a\u{202e}b\u{9b}ä".as_bytes()), [Raw::Paste("abä".to_owned())]);
    // Its end got lost: silence ends it.
    assert_eq!(read(b"\x1b[200~lost"), [Raw::Paste("lost".to_owned())]);
}

#[test]
fn a_long_paste_is_cut_between_two_characters() {
    let text = format!("\x1b[200~x{}\x1b[201~q", "ä".repeat(100_000));
    let events = read(text.as_bytes());
    let [Raw::Paste(kept), last] = events.as_slice() else { panic!("{} events", events.len()) };
    assert_eq!((kept.len(), *last == key(KeyCode::Char('q'))), (64 * 1024 - 1, true));
    assert!(kept.ends_with('ä') && !kept.contains('\u{fffd}'));
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_give_the_same_events_and_a_bounded_state(
        bytes in proptest::collection::vec(prop_oneof![Just(0x1b), Just(b'['), Just(b';'), Just(b'2'), Just(b'0'), Just(b'~'), any::<u8>()], 0..300),
        cut in 0usize..300,
    ) {
        let mut whole = Vec::new();
        Decoder::default().feed(&bytes, &mut whole);
        let (mut decoder, mut pieces) = (Decoder::default(), Vec::new());
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        decoder.feed(first, &mut pieces);
        decoder.feed(second, &mut pieces);
        prop_assert_eq!(whole, pieces);
    }
}
