//! How many colours, and which signs, the terminal can show, told from flags, configuration and environment.
//!
//! Called once at the start, with a function that looks a variable up: over SSH that is the client's environment and not
//! ours. It asks the terminal nothing, so it cannot hang on one that does not answer.

use super::Colours;

/// Looks up one variable of the environment of the one who sits at the terminal.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The colours to use: flag, else configuration, else `NO_COLOR`, else `COLORTERM`, else `TERM`, else sixteen.
///
/// `TERM=dumb` means none even beside a `COLORTERM`, which shells inside an editor inherit from the terminal around it.
pub fn colours(flag: Option<Colours>, config: Option<Colours>, env: Env<'_>) -> Colours {
    let said = |name: &str| env(name).filter(|value| !value.is_empty()).map(|value| value.to_ascii_lowercase());
    if let Some(wanted) = flag.or(config) {
        return wanted;
    }
    let term = said("TERM");
    if said("NO_COLOR").is_some() || term.as_deref() == Some("dumb") {
        return Colours::None;
    }
    if said("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit") {
        return Colours::True;
    }
    term.map_or(Colours::Ansi16, |term| by_term(&term))
}

/// What the name of a terminal promises.
fn by_term(term: &str) -> Colours {
    // These always have all colours, and are often reached over SSH, which does not pass COLORTERM on.
    const TRUE: [&str; 8] = ["xterm-kitty", "alacritty", "foot", "foot-extra", "xterm-ghostty", "ghostty", "wezterm", "contour"];
    const NONE: [&str; 5] = ["vt52", "vt100", "vt102", "vt220", "vt320"];
    if TRUE.contains(&term) || term.ends_with("-direct") || term.ends_with("-truecolor") {
        Colours::True
    } else if term.contains("256color") {
        Colours::Ansi256
    } else if NONE.contains(&term) || term.ends_with("-mono") || term.ends_with("-m") {
        Colours::None
    } else {
        Colours::Ansi16
    }
}

/// Whether signs beyond ASCII can be drawn: not asked otherwise, and the locale (`LC_ALL`, else `LC_CTYPE`, else `LANG`) is UTF-8.
pub fn unicode(flag_ascii: bool, env: Env<'_>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env(name).filter(|value| !value.is_empty()));
    let utf8 = |locale: String| {
        let charset = locale.rsplit_once('.').map_or(locale.as_str(), |(_, charset)| charset);
        let charset = charset.split('@').next().unwrap_or_default().to_ascii_lowercase();
        charset == "utf-8" || charset == "utf8"
    };
    !flag_ascii && locale.is_some_and(utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(flag: Option<Colours>, config: Option<Colours>, env: &[(&str, &str)]) -> Colours {
        colours(flag, config, &|name| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_first_who_says_something_about_colours_is_believed() {
        use Colours::{Ansi16, Ansi256, None as Mono, True};
        let full = [("NO_COLOR", "1"), ("COLORTERM", "truecolor"), ("TERM", "xterm-256color")];
        assert_eq!(told(Some(Ansi256), Some(Ansi16), &full), Ansi256, "flag before configuration");
        assert_eq!(told(None, Some(Ansi16), &full), Ansi16, "configuration before environment");
        assert_eq!(told(None, Some(True), &[("TERM", "dumb")]), True, "configuration before TERM");
        assert_eq!(told(None, None, &full), Mono, "NO_COLOR before COLORTERM");
        assert_eq!(told(None, None, &[("NO_COLOR", ""), ("COLORTERM", "truecolor")]), True, "an empty NO_COLOR says nothing");
        assert_eq!(told(None, None, &[("COLORTERM", "24bit"), ("TERM", "linux")]), True, "COLORTERM before TERM");
        assert_eq!(told(None, None, &[("COLORTERM", "yes"), ("TERM", "xterm-256color")]), Ansi256, "COLORTERM without a number");
        assert_eq!(told(None, None, &[("COLORTERM", "truecolor"), ("TERM", "dumb")]), Mono, "dumb is dumb");
        assert_eq!(told(None, None, &[]), Ansi16, "nobody says anything");
    }

    #[test]
    fn the_name_of_a_terminal_tells_its_colours() {
        use Colours::{Ansi16, Ansi256, None as Mono, True};
        for (term, wanted) in [
            ("xterm", Ansi16),
            ("xterm-256color", Ansi256),
            ("screen.xterm-256color", Ansi256),
            ("tmux-256color", Ansi256),
            ("screen", Ansi16),
            ("linux", Ansi16),
            ("xterm-kitty", True),
            ("xterm-direct", True),
            ("dumb", Mono),
            ("vt100", Mono),
            ("xterm-mono", Mono),
            ("", Ansi16),
        ] {
            assert_eq!(told(None, None, &[("TERM", term)]), wanted, "{term}");
        }
    }

    #[test]
    fn only_a_locale_with_utf_8_gets_signs_beyond_ascii() {
        let utf8 = |ascii, env: &[(&str, &str)]| {
            unicode(ascii, &|name| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(utf8(false, &[("LANG", "en_GB.UTF-8")]));
        assert!(utf8(false, &[("LANG", "C.utf8")]));
        assert!(utf8(false, &[("LANG", "de_DE.UTF-8@euro")]));
        assert!(utf8(false, &[("LC_CTYPE", "UTF-8")]), "as one desktop writes it");
        assert!(!utf8(true, &[("LANG", "en_GB.UTF-8")]), "the flag");
        assert!(!utf8(false, &[("LC_ALL", "C"), ("LANG", "en_GB.UTF-8")]), "LC_ALL first");
        assert!(!utf8(false, &[("LC_CTYPE", "de_DE.ISO-8859-1"), ("LANG", "en_GB.UTF-8")]), "then LC_CTYPE");
        assert!(utf8(false, &[("LC_ALL", ""), ("LANG", "en_GB.UTF-8")]), "an empty one says nothing");
        assert!(!utf8(false, &[]));
        assert!(!utf8(false, &[("LANG", "x.not-utf-8")]));
    }

    proptest! {
        #[test]
        fn no_environment_at_all_upsets_it(value in ".{0,40}") {
            let env = |_: &str| Some(value.clone());
            prop_assert!(colours(None, None, &env) <= Colours::True);
            prop_assert!(!unicode(true, &env));
        }
    }
}
