//! Records of the console's sessions: the file that one is written into, and the one that is played.

use crate::cli::{Code, ConsoleArgs, Out};
use crate::console::Origin;
use crate::console::record::{LIMIT_MIB, NewFile};
use crate::console::replay::Tapes;
use crate::core::command::Exit;

/// The file that the session is recorded into, made before anything is shown; nothing where none was named.
///
/// # Errors
/// The exit code, after it was told why there is no such file.
pub(super) fn file(args: &ConsoleArgs, out: &mut Out) -> Result<Option<NewFile>, Code> {
    let Some(path) = &args.record else { return Ok(None) };
    NewFile::create(path, args.record_limit.unwrap_or(LIMIT_MIB)).map(Some).map_err(|error| refused(&error.to_string(), out))
}

/// The record that is to be played; nothing where none was named.
///
/// # Errors
/// The exit code, after it was told why it is not played.
pub(super) fn tapes(args: &ConsoleArgs, out: &mut Out) -> Result<Option<Origin>, Code> {
    let Some(path) = &args.replay else { return Ok(None) };
    let tapes = Tapes::open(path).map_err(|error| refused(&error.to_string(), out))?;
    Ok(Some(Origin::Record(Box::new(tapes))))
}

/// A demo shows its own cluster.
///
/// # Errors
/// The exit code, after it was told where records are played.
pub(super) fn no_replay(args: &ConsoleArgs, out: &mut Out) -> Result<(), Code> {
    match &args.replay {
        None => Ok(()),
        Some(_) => Err(refused("a demo shows its own cluster: play the record with `switchtower console --replay FILE`", out)),
    }
}

fn refused(why: &str, out: &mut Out) -> Code {
    out.raw_complaint(&format!("error: {why}\n"));
    Exit::Usage.into()
}
