//! `status`: the cluster as the monitor sees it.

mod table;
mod view;

use table::{Cell, columns, width};

use super::args::StatusArgs;
use super::end;
use super::out::Out;
use crate::client::{ClientError, Dial};
use crate::core::command::{Exit, Role};
use crate::wire::StatusView;

/// Shows the cluster.
pub(super) async fn status(dial: &dyn Dial, args: &StatusArgs, out: &mut Out) -> Exit {
    match ask(dial, args.fresh).await {
        Err(error) => end::client_error(&error, out),
        Ok(status) if out.look().json => {
            out.document(&status);
            Exit::Done
        }
        Ok(status) => {
            let look = out.look();
            out.say_all(view::lines(&status, look.plain, look.width));
            Exit::Done
        }
    }
}

async fn ask(dial: &dyn Dial, fresh: bool) -> Result<StatusView, ClientError> {
    dial.dial(Role::Observer).await?.status(fresh).await
}

#[cfg(test)]
mod tests;
