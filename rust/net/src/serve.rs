//! The acceptor's side of one association: C-ECHO, C-STORE and N-EVENT-REPORT.

use std::sync::Arc;

use dicomwire_proto::SyntaxFilter;

use crate::connection::{Connection, Signal};
use crate::desk::{Desk, Receipt, Side};
use crate::error::Error;
use crate::reports::Reports;
use crate::sink::Sink;

/// Serves until the peer releases, aborts or vanishes. Event reports are taken if there is somebody to answer them,
/// with as many bytes of event information and in presentation contexts of those SOP classes as is said there.
///
/// # Errors
/// How the association ended, if not by a release.
pub fn serve(
    mut connection: Connection,
    sink: Arc<dyn Sink>,
    receipt: Arc<dyn Receipt>,
    reports: Option<(Arc<dyn Reports>, usize, SyntaxFilter)>,
) -> Result<(), Error> {
    let mut desk = Desk::new(&connection, sink, receipt, Side::Acceptor);
    if let Some((reports, max_data_set, sop_classes)) = reports {
        desk = desk.taking_reports(&connection, reports, max_data_set, sop_classes);
    }
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
