//! What Python says about an association, read from `dicomwire.association.AssociateSpec`.

use std::time::Duration;

use dicomwire_dataset::limits::Limits as DataSetLimits;
use dicomwire_net::lifecycle::Endpoint;
use dicomwire_proto::{
    APPLICATION_CONTEXT, AssociateRq, AsynchronousOperations, ExtendedNegotiation, Limits,
    ProposedContext, RoleSelection, Settings, Timeouts, UserIdentity, UserInformation,
};
use pyo3::prelude::*;

/// (identifier, abstract syntax, transfer syntaxes)
pub(crate) type Context = (u8, String, Vec<String>);

/// The editable part of an A-ASSOCIATE-RQ, as `before_associate_request` sees it.
#[derive(FromPyObject)]
pub(crate) struct RequestSpec {
    pub(crate) called_ae_title: String,
    pub(crate) calling_ae_title: String,
    pub(crate) contexts: Vec<Context>,
    pub(crate) max_pdu_length: u32,
    pub(crate) asynchronous_operations: Option<(u16, u16)>,
    pub(crate) roles: Vec<(String, bool, bool)>,
    pub(crate) extended: Vec<(String, Vec<u8>)>,
    pub(crate) user_identity: Option<(u8, bool, Vec<u8>, Vec<u8>)>,
}

/// Everything about an association that is not on the wire.
#[derive(FromPyObject)]
pub(crate) struct AssociateSpec {
    name: String,
    host: String,
    port: u16,
    request: RequestSpec,
    implementation_class_uid: String,
    implementation_version_name: String,
    timeouts: TimeoutSpec,
    limits: LimitSpec,
}

/// Seconds, as in `dicomwire.Timeouts`.
#[derive(FromPyObject)]
pub(crate) struct TimeoutSpec {
    connect: Option<f64>,
    acse: Option<f64>,
    dimse: Option<f64>,
    idle: Option<f64>,
    release: Option<f64>,
}

/// As in `dicomwire.Limits`.
#[derive(FromPyObject)]
pub(crate) struct LimitSpec {
    max_control_pdu: u32,
    max_data_pdu: u32,
    max_command_set: u32,
    max_depth: u16,
    max_identifier: u64,
}

fn seconds(value: Option<f64>) -> Option<Duration> {
    value.and_then(|number| Duration::try_from_secs_f64(number).ok())
}

impl RequestSpec {
    /// Puts what may be edited into a request.
    pub(crate) fn apply(self, request: &mut AssociateRq) {
        request.called_ae_title = self.called_ae_title;
        request.calling_ae_title = self.calling_ae_title;
        request.presentation_contexts = self
            .contexts
            .into_iter()
            .map(|(id, abstract_syntax, transfer_syntaxes)| ProposedContext {
                id,
                abstract_syntax,
                transfer_syntaxes,
            })
            .collect();
        let user = &mut request.user_information;
        user.max_pdu_length = self.max_pdu_length;
        user.asynchronous_operations = self
            .asynchronous_operations
            .map(|(invoked, performed)| AsynchronousOperations { invoked, performed });
        user.roles = self
            .roles
            .into_iter()
            .map(|(sop_class_uid, scu, scp)| RoleSelection {
                sop_class_uid,
                scu,
                scp,
            })
            .collect();
        user.extended = self
            .extended
            .into_iter()
            .map(|(sop_class_uid, information)| ExtendedNegotiation {
                sop_class_uid,
                information,
            })
            .collect();
        user.user_identity =
            self.user_identity
                .map(
                    |(identity_type, response_requested, primary, secondary)| UserIdentity {
                        identity_type,
                        response_requested,
                        primary,
                        secondary,
                    },
                );
    }
}

impl LimitSpec {
    /// Bytes of the largest identifier, attribute list or event information to accept.
    pub(crate) fn max_identifier(&self) -> usize {
        usize::try_from(self.max_identifier).unwrap_or(usize::MAX)
    }
}

impl AssociateSpec {
    /// Bytes of the largest identifier to accept.
    pub(crate) fn max_identifier(&self) -> usize {
        self.limits.max_identifier()
    }

    /// The peer, the request, the settings, and the limits for data sets.
    pub(crate) fn into_parts(self) -> (Endpoint, AssociateRq, Settings, DataSetLimits) {
        let endpoint = Endpoint {
            name: self.name,
            host: self.host,
            port: self.port,
            connect_timeout: seconds(self.timeouts.connect),
        };
        let mut request = AssociateRq {
            protocol_version: 1,
            called_ae_title: String::new(),
            calling_ae_title: String::new(),
            application_context: APPLICATION_CONTEXT.to_owned(),
            presentation_contexts: Vec::new(),
            user_information: UserInformation {
                implementation_class_uid: self.implementation_class_uid,
                implementation_version_name: Some(self.implementation_version_name),
                ..UserInformation::default()
            },
        };
        let max_pdu_length = self.request.max_pdu_length;
        self.request.apply(&mut request);
        let settings = settings(max_pdu_length, &self.timeouts, &self.limits);
        let limits = data_set_limits(&self.limits);
        (endpoint, request, settings, limits)
    }
}

pub(crate) fn settings(
    max_pdu_length: u32,
    timeouts: &TimeoutSpec,
    limits: &LimitSpec,
) -> Settings {
    let defaults = Settings::default();
    Settings {
        max_pdu_length,
        timeouts: Timeouts {
            acse: seconds(timeouts.acse),
            dimse: seconds(timeouts.dimse),
            idle: seconds(timeouts.idle),
            release: seconds(timeouts.release),
            artim: seconds(timeouts.acse).map_or(defaults.timeouts.artim, |acse| {
                acse.min(defaults.timeouts.artim)
            }),
        },
        limits: Limits {
            max_control_pdu: limits.max_control_pdu,
            max_data_pdu: limits.max_data_pdu,
            max_command_set: limits.max_command_set,
        },
        ..defaults
    }
}

fn data_set_limits(limits: &LimitSpec) -> DataSetLimits {
    let mut all = DataSetLimits::default();
    all.max_depth = limits.max_depth;
    all
}
