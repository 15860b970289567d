//! Words as a person can paste them into a shell.

/// `word` in quotes where a shell would otherwise read something else in it.
pub fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "._-/:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(harmless) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_is_quoted() {
        for (word, shown) in [("south", "south"), ("/etc/a b", "'/etc/a b'"), ("$(id)", "'$(id)'"), ("a'b", r"'a'\''b'"), ("", "''")] {
            assert_eq!(quoted(word), shown);
        }
    }
}
