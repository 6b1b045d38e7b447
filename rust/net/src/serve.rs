//! The acceptor's side of one association: C-ECHO and C-STORE.

use std::sync::Arc;

use crate::connection::{Connection, Signal};
use crate::desk::{Desk, Receipt, Side};
use crate::error::Error;
use crate::sink::Sink;

/// Serves until the peer releases, aborts or vanishes.
///
/// # Errors
/// How the association ended, if not by a release.
pub fn serve(
    mut connection: Connection,
    sink: Arc<dyn Sink>,
    receipt: Arc<dyn Receipt>,
) -> Result<(), Error> {
    let mut desk = Desk::new(&connection, sink, receipt, Side::Acceptor);
    match converse(&mut connection, &mut desk) {
        Ok(()) => {
            connection.end_as_acceptor();
            Ok(())
        }
        Err(error) => Err(connection.fail(error)),
    }
}

fn converse(connection: &mut Connection, desk: &mut Desk) -> Result<(), Error> {
    loop {
        match connection.receive_until(desk, Desk::has_answers)? {
            None => {}
            Some(Signal::ReleaseRequested) => return Ok(()),
            Some(_) => {
                return Err(Error::Lost {
                    peer: connection.peer().to_owned(),
                    doing: "serving",
                    cause: "closed by the peer".to_owned(),
                });
            }
        }
        connection.send_answers(desk, |desk| desk)?;
    }
}
