//! Command lines for a remote shell, made only by quoting. Called by everybody who runs something on a host.
//!
//! There is no way to make one from a ready-made string: a word from a user is always one word for the remote shell.

use std::fmt;

use super::janitor::MARK;

/// A remote command line longer than this is refused: the kernel takes 128 KiB for one argument.
const LONGEST: usize = 100 * 1024;

/// One command for a remote shell, with every word quoted.
///
/// Making one never fails; a command that cannot be sent (a NUL byte in a word, no word, too long) is refused with
/// [`SshError::BadCommand`](super::SshError::BadCommand) when it is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    line: String,
    problem: Option<&'static str>,
}

impl CommandLine {
    /// A program and its arguments: `CommandLine::new(["systemctl", "show", unit])`. The program is looked up by the
    /// remote `PATH`; shell built-ins and `VAR=value` prefixes are not understood (use `env`).
    pub fn new<I, W>(words: I) -> Self
    where
        I: IntoIterator<Item = W>,
        W: AsRef<str>,
    {
        let mut line = String::new();
        let mut problem = Some("it has no words");
        for word in words {
            let word = word.as_ref();
            problem = if line.is_empty() { None } else { problem };
            if word.contains('\0') {
                problem = Some("a word holds a NUL byte");
            }
            if !line.is_empty() {
                line.push(' ');
            }
            quote_into(&mut line, word);
        }
        if line.len() > LONGEST {
            problem = Some("it is longer than 100 KiB");
        }
        Self { line, problem }
    }

    /// A fixed script of ours, run as `sh -c TEXT sh ARG...`: the arguments are `$1`, `$2`, ... in it.
    ///
    /// The text is `'static` so that nobody puts it together from what a user typed.
    pub fn script<I, W>(text: &'static str, args: I) -> Self
    where
        I: IntoIterator<Item = W>,
        W: AsRef<str>,
    {
        let fixed = ["sh", "-c", text, "sh"].into_iter().map(str::to_owned);
        Self::new(fixed.chain(args.into_iter().map(|arg| arg.as_ref().to_owned())))
    }

    /// Why it cannot be sent, if so.
    pub(super) fn problem(&self) -> Option<&'static str> {
        self.problem
    }

    /// What the remote shell is given for a bounded command: it replaces itself by `timeout`, which ends the command's
    /// process group after `seconds` (TERM, two seconds later KILL). `mark` is on every process that comes of it.
    pub(super) fn bounded(&self, seconds: u64, mark: &str) -> String {
        format!("exec env {MARK}={mark}.0 timeout -k 2 {seconds} {}", self.line)
    }

    /// What the remote shell is given for a command without an end of its own; the mark names its process group.
    pub(super) fn unbounded(&self, mark: &str) -> String {
        format!("exec sh -c '{MARK}={mark}.$$ exec \"$@\"' sh {}", self.line)
    }

    /// What the remote shell is given for a command of our own that ends by itself.
    pub(super) fn bare(&self) -> String {
        format!("exec {}", self.line)
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./:=,+@%".contains(c)
}

/// Quotes a word for `sh`, and so that other login shells read the same: backslash and `'` stand outside single quotes,
/// since fish gives `\'` and `\\` a meaning inside them.
fn quote_into(line: &mut String, word: &str) {
    // A leading `=` or `%` means something to zsh and job control.
    if !word.is_empty() && word.chars().all(is_plain) && !word.starts_with(['=', '%']) {
        line.push_str(word);
        return;
    }
    let mut open = false;
    for c in word.chars() {
        let special = c == '\'' || c == '\\';
        if special == open {
            line.push('\'');
            open = !open;
        }
        match c {
            '\'' => line.push_str("\"'\""),
            '\\' => line.push_str("\"\\\\\""),
            c => line.push(c),
        }
    }
    if open {
        line.push('\'');
    }
    if word.is_empty() {
        line.push_str("''");
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What a real shell makes of a command line that prints its words, each followed by a NUL.
    fn words_seen_by(shell: &str, words: &[String]) -> Vec<String> {
        let fixed = ["printf".to_owned(), "%s\\0".to_owned()];
        let line = CommandLine::new(fixed.iter().chain(words));
        let out = Command::new(shell).arg("-c").arg(line.unbounded("7")).output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn words_with_shell_syntax_arrive_as_they_are() {
        let words = ["a b", "$(id)", "`id`", "'", "\"", "\\", "\\'", "a'; touch /x; '", "", "*", "~", "%1", "=x", "a\nb", "-n", "é"];
        let words = words.map(str::to_owned);
        for shell in ["sh", "bash"] {
            assert_eq!(words_seen_by(shell, &words), words, "{shell}");
        }
    }

    #[test]
    fn plain_words_are_not_quoted() {
        assert_eq!(CommandLine::new(["systemctl", "show", "a@1.service"]).to_string(), "systemctl show a@1.service");
    }

    #[test]
    fn a_script_gets_its_arguments_as_parameters() {
        let line = CommandLine::script("echo \"$2-$1\"", ["it's", "$HOME"]);
        let out = Command::new("sh").arg("-c").arg(line.bare()).output().unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), "$HOME-it's\n");
    }

    #[test]
    fn commands_that_cannot_be_sent_say_why() {
        assert!(CommandLine::new(Vec::<String>::new()).problem().unwrap().contains("no words"));
        assert!(CommandLine::new(["a", "b\0"]).problem().unwrap().contains("NUL"));
        assert!(CommandLine::new(["a\0", "b"]).problem().unwrap().contains("NUL"));
        assert!(CommandLine::new(["x".repeat(LONGEST + 1)]).problem().unwrap().contains("100 KiB"));
        assert_eq!(CommandLine::new(["true", ""]).problem(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_words_survive_the_shell(words in proptest::collection::vec("[^\0]{0,12}", 1..5)) {
            prop_assert_eq!(words_seen_by("sh", &words), words);
        }
    }
}
