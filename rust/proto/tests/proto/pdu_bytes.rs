//! PDUs byte by byte, built by hand from PS3.8 §9.3 and PS3.7 Annex D.3.3.

use dicomwire_proto::{
    AbortPdu, AnsweredContext, AssociateAc, AssociateRj, AssociateRq, AsynchronousOperations,
    CommonExtendedNegotiation, ContextResult, Error, ExtendedNegotiation, Pdu, ProposedContext,
    RoleSelection, UserIdentity, UserInformation,
};

use crate::support::hex;

/// Both ways: the bytes mean the PDU, and the PDU is written as the bytes.
fn check(bytes: &[u8], pdu: &Pdu) {
    assert_eq!(&Pdu::decode(bytes, 0).unwrap(), pdu);
    let mut written = Vec::new();
    pdu.encode(&mut written).unwrap();
    assert_eq!(written, bytes);
}

/// Protocol version 1, called "PACS", calling "DICOMWIRE", 32 reserved bytes.
const HEAD: &str = "
    0001 0000
    50 41 43 53 20 20 20 20 20 20 20 20 20 20 20 20
    44 49 43 4f 4d 57 49 52 45 20 20 20 20 20 20 20
    00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000";

/// Application context item: type 10H, 21 characters, 1.2.840.10008.3.1.1.1.
const APPLICATION: &str = "
    10 00 0015 312e322e3834302e31303030382e332e312e312e31";

fn head() -> AssociateRq {
    AssociateRq {
        called_ae_title: "PACS".into(),
        calling_ae_title: "DICOMWIRE".into(),
        ..AssociateRq::default()
    }
}

/// An A-ASSOCIATE-RQ or -AC whose user information item (50H) is `items`.
fn associate_bytes(pdu_type: u8, contexts: &str, items: &str) -> Vec<u8> {
    let items = hex(items);
    let mut body = hex(HEAD);
    body.extend(hex(APPLICATION));
    body.extend(hex(contexts));
    body.extend([0x50, 0]);
    body.extend((items.len() as u16).to_be_bytes());
    body.extend(items);
    let mut bytes = vec![pdu_type, 0];
    bytes.extend((body.len() as u32).to_be_bytes());
    bytes.extend(body);
    bytes
}

fn check_user_information(items: &str, user_information: UserInformation) {
    let rq = AssociateRq {
        user_information,
        ..head()
    };
    check(
        &associate_bytes(1, "", items),
        &Pdu::AssociateRq(Box::new(rq)),
    );
}

#[test]
fn request_with_one_context() {
    // Context 1: verification (17 characters) in Implicit VR Little Endian (17 characters).
    let contexts = "
        20 00 002e  01 00 00 00
          30 00 0011 312e322e3834302e31303030382e312e31
          40 00 0011 312e322e3834302e31303030382e312e32";
    // Maximum length 16384, implementation class 1.2.3, version "DW".
    let items = "
        51 00 0004 00004000
        52 00 0005 312e322e33
        55 00 0002 4457";
    let rq = AssociateRq {
        presentation_contexts: vec![ProposedContext {
            id: 1,
            abstract_syntax: "1.2.840.10008.1.1".into(),
            transfer_syntaxes: vec!["1.2.840.10008.1.2".into()],
        }],
        user_information: UserInformation {
            max_pdu_length: 16384,
            implementation_class_uid: "1.2.3".into(),
            implementation_version_name: Some("DW".into()),
            ..UserInformation::default()
        },
        ..head()
    };
    let bytes = associate_bytes(1, contexts, items);
    assert_eq!(bytes.len(), 6 + 68 + 25 + 50 + 4 + 8 + 9 + 6);
    check(&bytes, &Pdu::AssociateRq(Box::new(rq)));
}

#[test]
fn acceptance_with_each_result() {
    let mut contexts = String::new();
    for result in 0..5u8 {
        // ID, reserved, result, reserved; transfer syntax 1.2.840.10008.1.2.
        let id = 1 + 2 * result;
        contexts += &format!("21 00 0019 {id:02x} 00 {result:02x} 00");
        contexts += "40 00 0011 312e322e3834302e31303030382e312e32";
    }
    let results = [
        ContextResult::Acceptance,
        ContextResult::UserRejection,
        ContextResult::NoReason,
        ContextResult::AbstractSyntaxNotSupported,
        ContextResult::TransferSyntaxesNotSupported,
    ];
    let answers = results
        .into_iter()
        .zip([1, 3, 5, 7, 9])
        .map(|(result, id)| AnsweredContext {
            id,
            result,
            transfer_syntax: "1.2.840.10008.1.2".into(),
        });
    let ac = AssociateAc {
        called_ae_title: "PACS".into(),
        calling_ae_title: "DICOMWIRE".into(),
        presentation_contexts: answers.collect(),
        ..AssociateAc::default()
    };
    let bytes = associate_bytes(2, &contexts, "51 00 0004 00000000");
    check(&bytes, &Pdu::AssociateAc(Box::new(ac)));
}

#[test]
fn refused_context_without_transfer_syntax_and_unknown_result() {
    let bytes = associate_bytes(2, "21 00 0004 07 00 63 00", "51 00 0004 00000000");
    let Pdu::AssociateAc(ac) = Pdu::decode(&bytes, 0).unwrap() else {
        panic!("no AC")
    };
    let expected = AnsweredContext {
        id: 7,
        result: ContextResult::NoReason,
        transfer_syntax: String::new(),
    };
    assert_eq!(ac.presentation_contexts, [expected]);
}

#[test]
fn asynchronous_operations_window_item() {
    check_user_information(
        // Type 53H: 5 invoked, no limit performed.
        "51 00 0004 00000000  53 00 0004 0005 0000",
        UserInformation {
            asynchronous_operations: Some(AsynchronousOperations {
                invoked: 5,
                performed: 0,
            }),
            ..UserInformation::default()
        },
    );
}

#[test]
fn role_selection_item() {
    check_user_information(
        // Type 54H: UID length 5, 1.2.3, not SCU, SCP.
        "51 00 0004 00000000  54 00 0009 0005 312e322e33 00 01",
        UserInformation {
            roles: vec![RoleSelection {
                sop_class_uid: "1.2.3".into(),
                scu: false,
                scp: true,
            }],
            ..UserInformation::default()
        },
    );
}

#[test]
fn extended_negotiation_item() {
    check_user_information(
        // Type 56H: UID length 5, 1.2.3, two bytes of application information.
        "51 00 0004 00000000  56 00 0009 0005 312e322e33 01 00",
        UserInformation {
            extended: vec![ExtendedNegotiation {
                sop_class_uid: "1.2.3".into(),
                information: vec![1, 0],
            }],
            ..UserInformation::default()
        },
    );
}

#[test]
fn common_extended_negotiation_item() {
    check_user_information(
        // Type 57H: SOP class 1.2.3, service class 1.4, related classes 1.5 and 1.6.7 in a list of 12 bytes.
        "51 00 0004 00000000
         57 00 001a 0005 312e322e33 0003 312e34 000c 0003 312e35 0005 312e362e37",
        UserInformation {
            common_extended: vec![CommonExtendedNegotiation {
                sop_class_uid: "1.2.3".into(),
                service_class_uid: "1.4".into(),
                related: vec!["1.5".into(), "1.6.7".into()],
            }],
            ..UserInformation::default()
        },
    );
}

#[test]
fn user_identity_items() {
    check_user_information(
        // Type 58H: user name and passcode, response requested, "me", "pw".
        // Type 59H: server response of three bytes.
        "51 00 0004 00000000
         58 00 000a 02 01 0002 6d65 0002 7077
         59 00 0005 0003 616263",
        UserInformation {
            user_identity: Some(UserIdentity {
                identity_type: 2,
                response_requested: true,
                primary: b"me".to_vec(),
                secondary: b"pw".to_vec(),
            }),
            user_identity_response: Some(b"abc".to_vec()),
            ..UserInformation::default()
        },
    );
}

#[test]
fn unknown_sub_items_are_kept_and_unknown_items_passed_over() {
    let bytes = associate_bytes(1, "99 00 0002 abcd", "51 00 0004 00000000  7f 00 0001 2a");
    let Pdu::AssociateRq(rq) = Pdu::decode(&bytes, 0).unwrap() else {
        panic!("no RQ")
    };
    assert_eq!(rq.user_information.unknown, [(0x7f, vec![0x2a])]);
    assert!(rq.presentation_contexts.is_empty());
}

#[test]
fn padding_after_uids_and_titles_is_taken_off() {
    let contexts = "
        20 00 0022  01 00 00 00
          30 00 0006 312e322e33 00
          40 00 0007 312e322e342020
          40 00 0005 312e322e35";
    let mut bytes = associate_bytes(1, contexts, "51 00 0004 00000000");
    // "PACS" padded with NUL instead of spaces.
    bytes[14..26].fill(0);
    let Pdu::AssociateRq(rq) = Pdu::decode(&bytes, 0).unwrap() else {
        panic!("no RQ")
    };
    assert_eq!(rq.called_ae_title, "PACS");
    assert_eq!(rq.presentation_contexts[0].abstract_syntax, "1.2.3");
    assert_eq!(
        rq.presentation_contexts[0].transfer_syntaxes,
        ["1.2.4", "1.2.5"]
    );
}

#[test]
fn reject() {
    // Reserved, permanent, by the application, called AE title not recognized.
    let rj = AssociateRj {
        result: 1,
        source: 1,
        reason: 7,
    };
    check(&hex("03 00 00000004 00 01 01 07"), &Pdu::AssociateRj(rj));
    assert_eq!(rj.result_text(), "rejected permanently");
    assert_eq!(rj.reason_text(), "called AE title not recognized");
    // The same reason number of the presentation provider means something else than the application's.
    let congestion = AssociateRj {
        result: 2,
        source: 3,
        reason: 1,
    };
    assert_eq!(congestion.reason_text(), "temporary congestion");
    assert_eq!(
        AssociateRj {
            result: 1,
            source: 1,
            reason: 1
        }
        .reason_text(),
        "no reason given"
    );
}

#[test]
fn release_and_abort() {
    check(&hex("05 00 00000004 00000000"), &Pdu::ReleaseRq);
    check(&hex("06 00 00000004 00000000"), &Pdu::ReleaseRp);
    // By the service provider, unexpected PDU.
    let abort = AbortPdu {
        source: 2,
        reason: 2,
    };
    check(&hex("07 00 00000004 00 00 02 02"), &Pdu::Abort(abort));
    assert_eq!(abort.reason_text(), "unexpected PDU");
    assert_eq!(
        AbortPdu {
            source: 0,
            reason: 2
        }
        .reason_text(),
        "no reason given"
    );
}

#[test]
fn data_by_its_header() {
    check(&hex("04 00 00010000"), &Pdu::PDataTf { length: 65536 });
}

#[test]
fn faults_are_located() {
    // An item that claims 2 bytes more than the PDU has. It starts at 6 + 68, its value four later.
    let mut bytes = hex("01 00 00000049");
    bytes.extend(hex(HEAD));
    bytes.extend(hex("10 00 0003 31"));
    let error = Pdu::decode(&bytes, 1000).unwrap_err();
    let expected = "as many bytes as the item length says";
    assert_eq!(
        error,
        Error::InvalidItem {
            item_type: 0x10,
            offset: 1078,
            expected
        }
    );

    // A maximum length item of two bytes.
    let bytes = associate_bytes(1, "", "51 00 0002 4000");
    let error = Pdu::decode(&bytes, 0).unwrap_err();
    let offset = bytes.len() as u64 - 2;
    assert_eq!(
        error,
        Error::InvalidItem {
            item_type: 0x51,
            offset,
            expected: "a maximum length"
        }
    );

    // A PDU cut in its fixed part.
    let error = Pdu::decode(&hex("03 00 00000002 00 01"), 0).unwrap_err();
    assert!(
        matches!(
            error,
            Error::InvalidPdu {
                pdu: "A-ASSOCIATE-RJ",
                offset: 8,
                ..
            }
        ),
        "{error}"
    );

    // A context without abstract syntax.
    let bytes = associate_bytes(1, "20 00 0004 01 00 00 00", "51 00 0004 00000000");
    let error = Pdu::decode(&bytes, 0).unwrap_err();
    assert!(
        matches!(
            error,
            Error::InvalidItem {
                item_type: 0x20,
                ..
            }
        ),
        "{error}"
    );
}
