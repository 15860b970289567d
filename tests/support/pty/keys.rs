//! The bytes that a terminal sends for a key, by the name that the console's help gives it. Used by the terminal of stories.

/// The bytes of a key: a character, or a name such as `enter`, `ctrl-c`, `alt-x`, `f1`.
pub fn key(name: &str) -> String {
    let named = match name {
        "enter" => "\r",
        "esc" => "\x1b",
        "tab" => "\t",
        "shift-tab" => "\x1b[Z",
        "space" => " ",
        "backspace" => "\x7f",
        "up" => "\x1b[A",
        "down" => "\x1b[B",
        "right" => "\x1b[C",
        "left" => "\x1b[D",
        "home" => "\x1b[H",
        "end" => "\x1b[F",
        "insert" => "\x1b[2~",
        "delete" => "\x1b[3~",
        "pageup" => "\x1b[5~",
        "pagedown" => "\x1b[6~",
        _ => "",
    };
    if !named.is_empty() || name.chars().count() == 1 {
        return if named.is_empty() { name.to_owned() } else { named.to_owned() };
    }
    if let Some(held) = name.strip_prefix("ctrl-") {
        let byte = *held.as_bytes().first().expect("a letter");
        return char::from(byte & 0x1f).to_string();
    }
    if let Some(held) = name.strip_prefix("alt-") {
        return format!("\x1b{}", key(held));
    }
    let number: usize = name.strip_prefix('f').and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("no key is called {name}"));
    let codes = ["OP", "OQ", "OR", "OS", "[15~", "[17~", "[18~", "[19~", "[20~", "[21~", "[23~", "[24~"];
    format!("\x1b{}", codes[number - 1])
}
