//! Completions and manual pages, made from the table of the command line.

use super::args::{CompletionsArgs, ManArgs, command};
use super::end;
use super::out::Out;
use crate::core::command::Exit;
use std::path::Path;

/// Prints the completion script of a shell.
pub(super) fn completions(args: &CompletionsArgs, out: &mut Out) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "switchtower", &mut script);
    out.raw(&String::from_utf8_lossy(&script));
    Exit::Done
}

/// Prints the manual page, or writes all of them.
pub(super) async fn manual(args: ManArgs, out: &mut Out) -> Exit {
    let Some(dir) = args.dir else { return print(out) };
    let shown = dir.display().to_string();
    match tokio::task::spawn_blocking(move || write(&dir)).await {
        Ok(Ok(())) => Exit::Done,
        Ok(Err(error)) => end::reason(
            Exit::Internal,
            format!("the pages could not be written to {shown}: {error}"),
            "name a folder that can be written",
            out,
        ),
        Err(error) => end::reason(Exit::Internal, error.to_string(), "", out),
    }
}

fn print(out: &mut Out) -> Exit {
    let mut page = Vec::new();
    match clap_mangen::Man::new(command()).render(&mut page) {
        Ok(()) => {
            out.raw(&String::from_utf8_lossy(&page));
            Exit::Done
        }
        Err(error) => end::reason(Exit::Internal, format!("the page could not be made: {error}"), "", out),
    }
}

fn write(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    clap_mangen::generate_to(command(), dir)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Look;
    use crate::cli::testing::{Caught, caught};

    #[tokio::test]
    async fn every_verb_gets_a_page() {
        let dir = tempfile::tempdir().unwrap();
        let Caught { mut out, .. } = caught(Look::PIPE);
        assert_eq!(manual(ManArgs { dir: Some(dir.path().join("man1")) }, &mut out).await, Exit::Done);
        for verb in command().get_subcommands() {
            let page = dir.path().join("man1").join(format!("switchtower-{}.1", verb.get_name()));
            assert!(std::fs::read_to_string(&page).is_ok_and(|text| text.starts_with(".")), "{}", page.display());
        }
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_an_error_that_names_it() {
        let Caught { mut out, stderr, .. } = caught(Look::PIPE);
        assert_eq!(manual(ManArgs { dir: Some("/dev/null/x".into()) }, &mut out).await, Exit::Internal);
        assert!(stderr.text().contains("/dev/null/x"), "{}", stderr.text());
    }

    #[test]
    fn completions_know_the_verbs() {
        let Caught { mut out, stdout, .. } = caught(Look::PIPE);
        completions(&CompletionsArgs { shell: clap_complete::Shell::Bash }, &mut out);
        assert!(stdout.text().contains("switchover"));
    }
}
