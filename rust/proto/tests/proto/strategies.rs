//! Arbitrary PDUs, items and command sets.

use dicomwire_dataset::tag::Tag;
use dicomwire_proto::{
    AbortPdu, AnsweredContext, AssociateAc, AssociateRj, AssociateRq, AsynchronousOperations,
    CommandSet, CommonExtendedNegotiation, ContextResult, ExtendedNegotiation, Pdu,
    ProposedContext, RoleSelection, UserIdentity, UserInformation,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(crate) fn uid() -> impl Strategy<Value = String> {
    "[1-9][0-9]{0,3}(\\.[1-9][0-9]{0,5}){1,8}"
}

fn title() -> impl Strategy<Value = String> {
    "[A-Z0-9]([A-Z0-9 _]{0,14}[A-Z0-9])?"
}

/// Text without the padding that reading takes off.
fn text() -> impl Strategy<Value = String> {
    "[!-~]([ -~]{0,40}[!-~])?"
}

fn tag() -> impl Strategy<Value = Tag> {
    any::<u32>().prop_map(Tag)
}

fn bytes(max: usize) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..max)
}

fn role() -> impl Strategy<Value = RoleSelection> {
    (uid(), any::<bool>(), any::<bool>()).prop_map(|(sop_class_uid, scu, scp)| RoleSelection {
        sop_class_uid,
        scu,
        scp,
    })
}

fn extended() -> impl Strategy<Value = ExtendedNegotiation> {
    (uid(), bytes(20)).prop_map(|(sop_class_uid, information)| ExtendedNegotiation {
        sop_class_uid,
        information,
    })
}

fn common_extended() -> impl Strategy<Value = CommonExtendedNegotiation> {
    (uid(), uid(), vec(uid(), 0..4)).prop_map(|(sop_class_uid, service_class_uid, related)| {
        CommonExtendedNegotiation {
            sop_class_uid,
            service_class_uid,
            related,
        }
    })
}

fn identity() -> impl Strategy<Value = UserIdentity> {
    (any::<u8>(), any::<bool>(), bytes(40), bytes(40)).prop_map(
        |(identity_type, response_requested, primary, secondary)| UserIdentity {
            identity_type,
            response_requested,
            primary,
            secondary,
        },
    )
}

pub(crate) fn user_information() -> impl Strategy<Value = UserInformation> {
    let window = (any::<u16>(), any::<u16>())
        .prop_map(|(invoked, performed)| AsynchronousOperations { invoked, performed });
    let named = (
        any::<u32>(),
        option::of(uid()),
        option::of(text()),
        option::of(window),
    );
    let lists = (
        vec(role(), 0..4),
        vec(extended(), 0..4),
        vec(common_extended(), 0..4),
    );
    let identities = (option::of(identity()), option::of(bytes(40)));
    let unknown = vec((0x60..=0xFFu8, bytes(20)), 0..3);
    (named, lists, identities, unknown).prop_map(|(named, lists, identities, unknown)| {
        UserInformation {
            max_pdu_length: named.0,
            implementation_class_uid: named.1.unwrap_or_default(),
            implementation_version_name: named.2,
            asynchronous_operations: named.3,
            roles: lists.0,
            extended: lists.1,
            common_extended: lists.2,
            user_identity: identities.0,
            user_identity_response: identities.1,
            unknown,
        }
    })
}

fn proposed() -> impl Strategy<Value = ProposedContext> {
    (any::<u8>(), uid(), vec(uid(), 0..5)).prop_map(|(id, abstract_syntax, transfer_syntaxes)| {
        ProposedContext {
            id,
            abstract_syntax,
            transfer_syntaxes,
        }
    })
}

fn answered() -> impl Strategy<Value = AnsweredContext> {
    (any::<u8>(), 0u8..5, uid()).prop_map(|(id, result, transfer_syntax)| AnsweredContext {
        id,
        result: ContextResult::from_byte(result),
        transfer_syntax,
    })
}

pub(crate) fn associate_rq() -> impl Strategy<Value = AssociateRq> {
    (
        any::<u16>(),
        title(),
        title(),
        uid(),
        vec(proposed(), 0..6),
        user_information(),
    )
        .prop_map(
            |(protocol_version, called, calling, application_context, contexts, info)| {
                AssociateRq {
                    protocol_version,
                    called_ae_title: called,
                    calling_ae_title: calling,
                    application_context,
                    presentation_contexts: contexts,
                    user_information: info,
                }
            },
        )
}

pub(crate) fn associate_ac() -> impl Strategy<Value = AssociateAc> {
    (
        any::<u16>(),
        title(),
        title(),
        uid(),
        vec(answered(), 0..6),
        user_information(),
    )
        .prop_map(
            |(protocol_version, called, calling, application_context, contexts, info)| {
                AssociateAc {
                    protocol_version,
                    called_ae_title: called,
                    calling_ae_title: calling,
                    application_context,
                    presentation_contexts: contexts,
                    user_information: info,
                }
            },
        )
}

pub(crate) fn pdu() -> impl Strategy<Value = Pdu> {
    prop_oneof![
        associate_rq().prop_map(|rq| Pdu::AssociateRq(Box::new(rq))),
        associate_ac().prop_map(|ac| Pdu::AssociateAc(Box::new(ac))),
        (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(result, source, reason)| {
            Pdu::AssociateRj(AssociateRj {
                result,
                source,
                reason,
            })
        }),
        any::<u32>().prop_map(|length| Pdu::PDataTf { length }),
        Just(Pdu::ReleaseRq),
        Just(Pdu::ReleaseRp),
        (any::<u8>(), any::<u8>())
            .prop_map(|(source, reason)| Pdu::Abort(AbortPdu { source, reason })),
    ]
}

pub(crate) fn command_set() -> impl Strategy<Value = CommandSet> {
    let number = || option::of(any::<u16>());
    let ids = (
        any::<u16>(),
        number(),
        number(),
        number(),
        any::<bool>(),
        number(),
    );
    let uids = (
        option::of(uid()),
        option::of(uid()),
        option::of(uid()),
        option::of(uid()),
    );
    let titles = (option::of(title()), option::of(title()), number());
    let counts = (number(), number(), number(), number());
    let faults = (vec(tag(), 0..4), option::of(text()), number());
    let types = (number(), number(), vec(tag(), 0..20));
    (ids, uids, titles, counts, faults, types).prop_map(
        |(ids, uids, titles, counts, faults, types)| CommandSet {
            command_field: ids.0,
            message_id: ids.1,
            message_id_being_responded_to: ids.2,
            priority: ids.3,
            has_data_set: ids.4,
            status: ids.5,
            affected_sop_class_uid: uids.0,
            requested_sop_class_uid: uids.1,
            affected_sop_instance_uid: uids.2,
            requested_sop_instance_uid: uids.3,
            move_destination: titles.0,
            move_originator_ae_title: titles.1,
            move_originator_message_id: titles.2,
            number_of_remaining_sub_operations: counts.0,
            number_of_completed_sub_operations: counts.1,
            number_of_failed_sub_operations: counts.2,
            number_of_warning_sub_operations: counts.3,
            offending_elements: faults.0,
            error_comment: faults.1,
            error_id: faults.2,
            event_type_id: types.0,
            action_type_id: types.1,
            attribute_identifier_list: types.2,
        },
    )
}
