//! The one place where Rust errors become the exceptions of `dicomwire.errors`.

use dicomwire_dataset::Error as DataSetError;
use dicomwire_net::error::Error;
use dicomwire_proto::{Error as ProtocolError, Phase};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Makes an exception of `dicomwire.errors` with its documented attributes.
pub(crate) fn make(
    py: Python<'_>,
    class: &str,
    message: &str,
    attributes: &[(&str, Attribute)],
) -> PyErr {
    let build = || -> PyResult<PyErr> {
        let keywords = PyDict::new(py);
        for (name, value) in attributes {
            match value {
                Attribute::Text(text) => keywords.set_item(name, text)?,
                Attribute::Number(number) => keywords.set_item(name, number)?,
            }
        }
        let class = py.import("dicomwire.errors")?.getattr(class)?;
        Ok(PyErr::from_value(class.call((message,), Some(&keywords))?))
    };
    build().unwrap_or_else(|error| error)
}

pub(crate) enum Attribute {
    Text(String),
    Number(u64),
}

fn text(value: &str) -> Attribute {
    Attribute::Text(value.to_owned())
}

/// Converts an error in what is asked for of a table.
pub(crate) fn table_to_python(py: Python<'_>, error: &dicomwire_table::Error) -> PyErr {
    make(py, "ConfigError", &error.to_string(), &[])
}

/// Makes the error of a call at the wrong moment.
pub(crate) fn state(py: Python<'_>, message: &str) -> PyErr {
    make(py, "StateError", message, &[])
}

/// Converts an error of the data set codec. What the operating system reports stays an `OSError`.
pub(crate) fn dataset(py: Python<'_>, error: &DataSetError) -> PyErr {
    if let DataSetError::Io { source, .. } = error {
        let code = source.raw_os_error();
        return match code {
            Some(code) => PyOSError::new_err((code, error.to_string())),
            None => PyOSError::new_err(error.to_string()),
        };
    }
    let mut attributes = Vec::new();
    if let Some(path) = error.path() {
        attributes.push(("path", text(&path.to_string())));
    }
    if let Some(offset) = error.offset() {
        attributes.push(("offset", Attribute::Number(offset)));
    }
    make(py, "DecodeError", &error.to_string(), &attributes)
}

/// A file was written to between being read and the first look at its elements.
pub(crate) fn changed_file(py: Python<'_>) -> PyErr {
    let message = "the file was changed after it was read, before its large values were: \
                   read it again, or look at an element before changing the file";
    make(py, "DecodeError", message, &[])
}

/// Converts an error of an association. `handler` is what an event handler raised, if one did.
pub(crate) fn to_python(py: Python<'_>, error: &Error, handler: Option<PyErr>) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Resolve { peer, .. } => {
            let message = format!("{message}; check the host name");
            make(
                py,
                "ConnectError",
                &message,
                &[("peer", text(peer)), ("phase", text("connect"))],
            )
        }
        Error::Connect { peer, .. } => {
            let message =
                format!("{message}; check that the server runs and the host and port are right");
            make(
                py,
                "ConnectError",
                &message,
                &[("peer", text(peer)), ("phase", text("connect"))],
            )
        }
        Error::ConnectTimeout { peer, .. } => {
            let message =
                format!("{message}; check the address and any firewall, or raise timeouts.connect");
            make(
                py,
                "DicomTimeout",
                &message,
                &[("peer", text(peer)), ("phase", text("connect"))],
            )
        }
        Error::Unheeded { peer, .. } => make(
            py,
            "DicomTimeout",
            &message,
            &[("peer", text(peer)), ("phase", text("dimse"))],
        ),
        Error::Timeout { peer, phase } => timeout(py, &message, peer, *phase),
        Error::Lost { peer, doing, .. } => make(
            py,
            "ConnectionLost",
            &message,
            &[("peer", text(peer)), ("phase", text(doing))],
        ),
        Error::ReleasedByPeer { peer } => make(
            py,
            "ConnectionLost",
            &message,
            &[("peer", text(peer)), ("phase", text("release"))],
        ),
        Error::Rejected { rj, .. } => make(
            py,
            "AssociationRejected",
            &message,
            &[
                ("result", Attribute::Number(rj.result.into())),
                ("source", Attribute::Number(rj.source.into())),
                ("reason", Attribute::Number(rj.reason.into())),
            ],
        ),
        Error::Aborted { origin, reason, .. } => make(
            py,
            "AssociationAborted",
            &message,
            &[
                ("by", text(if *origin == 0 { "peer" } else { "provider" })),
                ("source", Attribute::Number((*origin).into())),
                ("reason", Attribute::Number((*reason).into())),
            ],
        ),
        Error::Protocol { error, .. } => protocol(py, &message, error),
        Error::DataSetTooLong { limit, .. } => {
            let expected = Attribute::Text(format!("at most {limit} bytes"));
            make(
                py,
                "RemoteProtocolError",
                &message,
                &[("pdu", text("P-DATA-TF")), ("expected", expected)],
            )
        }
        Error::Local(_) => make(py, "LocalProtocolError", &message, &[]),
        Error::Interrupted => make(
            py,
            "AssociationAborted",
            "aborted by this side",
            &[("by", text("local"))],
        ),
        Error::Handler => {
            handler.unwrap_or_else(|| PyRuntimeError::new_err("an event handler failed"))
        }
        Error::Body(_) => PyOSError::new_err(message),
        // The enum may grow; what is not mapped above still is an error of ours.
        _ => make(py, "DicomWireError", &message, &[]),
    }
}

fn timeout(py: Python<'_>, message: &str, peer: &str, phase: Phase) -> PyErr {
    let (phase, advice) = match phase {
        Phase::Acse => ("acse", "raise timeouts.acse if it is only slow"),
        Phase::Dimse => ("dimse", "raise timeouts.dimse if it is only slow"),
        Phase::Idle => ("idle", "raise timeouts.idle to keep it open longer"),
        _ => ("other", "raise the time-out if it is only slow"),
    };
    let message = format!("{message}; {advice}");
    make(
        py,
        "DicomTimeout",
        &message,
        &[("peer", text(peer)), ("phase", text(phase))],
    )
}

fn protocol(py: Python<'_>, message: &str, error: &ProtocolError) -> PyErr {
    let mut attributes = Vec::new();
    match error {
        ProtocolError::UnexpectedPdu { pdu, offset, .. } => {
            attributes.push(("pdu", text(pdu)));
            attributes.push(("offset", Attribute::Number(*offset)));
        }
        ProtocolError::PduTooLong {
            pdu_type,
            offset,
            limit,
            ..
        } => {
            attributes.push(("pdu", Attribute::Text(format!("PDU type {pdu_type:#04x}"))));
            attributes.push(("offset", Attribute::Number(*offset)));
            attributes.push((
                "expected",
                Attribute::Text(format!("at most {limit} bytes")),
            ));
        }
        ProtocolError::InvalidPdu {
            pdu,
            offset,
            expected,
            ..
        } => {
            attributes.push(("pdu", text(pdu)));
            attributes.push(("offset", Attribute::Number(*offset)));
            attributes.push(("expected", text(expected)));
        }
        ProtocolError::InvalidFragment {
            offset, expected, ..
        }
        | ProtocolError::InvalidCommand {
            offset, expected, ..
        } => {
            attributes.push(("pdu", text("P-DATA-TF")));
            attributes.push(("offset", Attribute::Number(*offset)));
            attributes.push(("expected", text(expected)));
        }
        ProtocolError::NotDicom { offset, .. } => {
            attributes.push(("offset", Attribute::Number(*offset)));
            attributes.push(("expected", text("a DICOM PDU")));
        }
        _ => {}
    }
    make(py, "RemoteProtocolError", message, &attributes)
}
