use super::*;

#[test]
fn a_copy_is_base64_in_osc_52() {
    assert_eq!(osc52("node-a", Wrap::None).unwrap(), b"\x1b]52;c;bm9kZS1h\x07");
    assert_eq!(osc52("", Wrap::None).unwrap(), b"\x1b]52;c;\x07");
}

#[test]
fn a_copy_keeps_lines_and_loses_other_control_characters() {
    let sequence = osc52("a\n\tb\x1b]0;x\x07\u{202e}\u{9b}", Wrap::None).unwrap();
    let text = sequence.strip_prefix(b"\x1b]52;c;").unwrap().strip_suffix(b"\x07").unwrap();
    assert_eq!(STANDARD.decode(text).unwrap(), b"a\n\tb]0;x");
}

#[test]
fn a_copy_is_refused_from_the_byte_on_that_is_too_much() {
    let most = MOST_COPIED / 4 * 3;
    let longest = osc52(&"x".repeat(most), Wrap::None).unwrap();
    assert!(longest.len() - b"\x1b]52;c;\x07".len() <= MOST_COPIED);
    assert_eq!(osc52(&"x".repeat(most + 1), Wrap::None), Err(TooLong { bytes: most + 1 }));
    assert!(TooLong { bytes: 1 }.to_string().contains("56244 at most"));
}

#[test]
fn tmux_gets_the_sequence_with_doubled_escapes() {
    assert_eq!(osc52("hi", Wrap::Tmux).unwrap(), b"\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\");
}

#[test]
fn screen_gets_it_in_pieces_that_it_can_hold() {
    assert_eq!(osc52("hi", Wrap::Screen).unwrap(), b"\x1bP\x1b]52;c;aGk=\x07\x1b\\");
    let long = osc52(&"x".repeat(3000), Wrap::Screen).unwrap();
    let text = String::from_utf8(long).unwrap();
    let pieces: Vec<&str> = text.split_terminator("\x1b\\").collect();
    assert!(pieces.len() > 4 && pieces.iter().all(|piece| piece.starts_with("\x1bP") && piece.len() < 766));
    let joined: String = pieces.iter().map(|piece| &piece[2..]).collect();
    assert_eq!(joined.into_bytes(), osc52(&"x".repeat(3000), Wrap::None).unwrap());
}

#[test]
fn the_environment_says_what_stands_between() {
    assert_eq!(Wrap::of(Some("/tmp/tmux-0/default,1,0"), Some("screen-256color")), Wrap::Tmux);
    assert_eq!(Wrap::of(None, Some("screen.xterm-256color")), Wrap::Screen);
    assert_eq!(Wrap::of(Some(""), Some("xterm")), Wrap::None);
    assert_eq!(Wrap::of(None, None), Wrap::None);
}

#[test]
fn title_and_notice_are_one_line_of_bounded_length() {
    assert_eq!(title("ha-prod: node-a\x07\x1b\\ active\n"), b"\x1b]2;ha-prod: node-a\\ active\x07");
    assert_eq!(notify_osc9("link\u{2028} lost\r", Wrap::None), b"\x1b]9;link lost\x07");
    assert_eq!(notify_osc9("x", Wrap::Tmux), b"\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\");
    assert_eq!(title(&"ä".repeat(500)).len(), 2 * MOST_SAID + 5);
    assert_eq!(bell(), b"\x07");
}
