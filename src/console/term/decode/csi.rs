//! What the sequences of keys and mouse buttons mean. Pure; called by `decode`, which finds where they begin and end.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::Raw;

/// The key of ESC O and this byte.
pub(super) fn single(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        _ => return cursor(byte),
    })
}

/// The key of ESC [ [ and this byte.
pub(super) fn console(byte: u8) -> Option<KeyCode> {
    matches!(byte, b'A'..=b'E').then(|| KeyCode::F(byte - b'A' + 1))
}

/// What ESC [, these bytes and this last one mean.
pub(super) fn control(bytes: &[u8], last: u8) -> Option<Raw> {
    if let Some(report) = bytes.strip_prefix(b"<") {
        return mouse(&numbers(report)?, last).map(Raw::Mouse);
    }
    match (bytes, last) {
        ([], b'I') => return Some(Raw::Focus(true)),
        ([], b'O') => return Some(Raw::Focus(false)),
        _ => {}
    }
    // Also refuses what begins with `?`, `>` or `=`: answers.
    let (numbers, released) = key_numbers(bytes)?;
    let (first, second) = (numbers.first().copied().unwrap_or(1), numbers.get(1).copied());
    let (code, held) = match last {
        b'~' if first == 27 => (typed(*numbers.get(2)?)?, second),
        b'~' => (numbered(first)?, second),
        b'u' => (typed(first)?, second),
        b'Z' => return (!released).then(|| with(KeyCode::BackTab, KeyModifiers::SHIFT)),
        // `ESC [ row ; column R` is where the cursor is, and row 1 cannot be told from f3 with a modifier.
        b'P'..=b'S' if first == 1 => (KeyCode::F(last - b'P' + 1), second),
        _ if first == 1 => (cursor(last)?, second),
        _ => return None,
    };
    let mut held = modifiers(held.unwrap_or(1))?;
    if matches!(code, KeyCode::Char(c) if c.is_uppercase()) {
        held |= KeyModifiers::SHIFT;
    }
    (!released).then(|| with(code, held))
}

fn with(code: KeyCode, held: KeyModifiers) -> Raw {
    Raw::Key(KeyEvent::new(code, held))
}

fn cursor(byte: u8) -> Option<KeyCode> {
    Some(match byte {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        _ => return None,
    })
}

fn numbered(number: u16) -> Option<KeyCode> {
    let function = |base: u16| u8::try_from(number - base).ok().map(KeyCode::F);
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => function(10),
        17..=21 => function(11),
        23..=26 => function(12),
        28..=29 => function(13),
        31..=34 => function(14),
        _ => None,
    }
}

/// A key that is told by its character.
fn typed(number: u16) -> Option<KeyCode> {
    Some(match number {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        8 | 127 => KeyCode::Backspace,
        // Where keys without a character stand.
        0xe000..=0xf8ff => return None,
        _ => KeyCode::Char(char::from_u32(u32::from(number)).filter(|c| !c.is_control())?),
    })
}

/// Modifiers are told as one more than the sum of their bits.
fn modifiers(number: u16) -> Option<KeyModifiers> {
    let bits = number.checked_sub(1)?;
    let mut held = KeyModifiers::NONE;
    for (bit, modifier) in [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL), (8, KeyModifiers::SUPER)] {
        if bits & bit != 0 {
            held |= modifier;
        }
    }
    Some(held)
}

/// The numbers of a key, and whether it was released: `1;5:3` is the third kind of event, with modifiers 5.
fn key_numbers(bytes: &[u8]) -> Option<(Vec<u16>, bool)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let heads: Option<Vec<u16>> = if text.is_empty() { Some(Vec::new()) } else { text.split(';').map(head).collect() };
    let released = text.split(';').nth(1).and_then(|part| part.split(':').nth(1)) == Some("3");
    Some((heads?, released))
}

fn head(part: &str) -> Option<u16> {
    let digits = part.split(':').next().unwrap_or_default();
    if digits.is_empty() { Some(1) } else { digits.parse().ok() }
}

fn numbers(bytes: &[u8]) -> Option<Vec<u16>> {
    std::str::from_utf8(bytes).ok()?.split(';').map(|part| part.parse().ok()).collect()
}

fn mouse(report: &[u16], last: u8) -> Option<MouseEvent> {
    let [what, column, row] = report else { return None };
    // 32 marks a move, 128 buttons that nobody has.
    if what & (32 | 128) != 0 || !matches!(last, b'M' | b'm') {
        return None;
    }
    let button = match what & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (what & 64 != 0, what & 3) {
        (false, 3) => return None,
        (false, _) if last == b'M' => MouseEventKind::Down(button),
        (false, _) => MouseEventKind::Up(button),
        (true, 0) => MouseEventKind::ScrollUp,
        (true, 1) => MouseEventKind::ScrollDown,
        (true, 2) => MouseEventKind::ScrollLeft,
        (true, _) => MouseEventKind::ScrollRight,
    };
    let modifiers = modifiers(((what >> 2) & 7) + 1)?;
    Some(MouseEvent { kind, column: column.saturating_sub(1), row: row.saturating_sub(1), modifiers })
}
