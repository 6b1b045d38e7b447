//! Lines for the message log.

use dicomwire_dataset::tag::Tag;
use dicomwire_proto::{
    AbortPdu, AcceptPolicy, AssociateRj, AsynchronousOperations, CommandSet, Priority,
    RoleSelection, SyntaxFilter, UserIdentity, describe,
};

use crate::support::*;

fn has(lines: &[String], words: &[&str]) {
    let found = lines.iter().any(|line| {
        let mut rest = line.as_str();
        words.iter().all(|word| match rest.split_once(word) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    });
    assert!(found, "no line with {words:?} in\n{}", lines.join("\n"));
}

#[test]
fn request_and_acceptance() {
    let mut rq = request();
    let info = &mut rq.user_information;
    info.max_pdu_length = 0;
    info.implementation_version_name = Some("DW_1".into());
    info.asynchronous_operations = Some(AsynchronousOperations {
        invoked: 4,
        performed: 0,
    });
    info.roles = vec![RoleSelection {
        sop_class_uid: CT.into(),
        scu: false,
        scp: true,
    }];
    info.unknown = vec![(0x7f, vec![1, 2])];
    let lines = describe::associate_rq(&rq);
    assert_eq!(lines[0], "A-ASSOCIATE-RQ from DICOMWIRE to PACS");
    has(&lines, &["maximum length", "unlimited"]);
    has(&lines, &["implementation version", "DW_1"]);
    has(&lines, &["4 invoked", "unlimited performed"]);
    has(&lines, &["role", "SCP of", CT]);
    has(&lines, &["context 1 offered", CT]);
    has(&lines, &["as", EXPLICIT, IMPLICIT]);
    has(&lines, &["unknown item", "0x7f", "2 bytes"]);

    let policy = AcceptPolicy {
        abstract_syntaxes: SyntaxFilter::only([CT]),
        ..AcceptPolicy::default()
    };
    let ac = policy.decide(&rq).unwrap();
    let lines = describe::associate_ac(&ac, Some(&rq));
    assert_eq!(lines[0], "A-ASSOCIATE-AC from PACS to DICOMWIRE");
    has(&lines, &["context 1 answered", CT]);
    has(&lines, &["accepted as", EXPLICIT]);
    has(&lines, &["context 3 answered", VERIFICATION]);
    has(&lines, &["abstract syntax not supported"]);
}

#[test]
fn secrets_appear_nowhere() {
    let identities = [
        (UserIdentity::USERNAME_AND_PASSCODE, "alice", "hunter2"),
        (UserIdentity::KERBEROS, "TICKET", "hunter2"),
        (UserIdentity::SAML, "<assertion/>", ""),
        (UserIdentity::JSON_WEB_TOKEN, "eyJhbGci", ""),
    ];
    for (identity_type, primary, secondary) in identities {
        let mut rq = request();
        rq.user_information.user_identity = Some(UserIdentity {
            identity_type,
            response_requested: true,
            primary: primary.as_bytes().to_vec(),
            secondary: secondary.as_bytes().to_vec(),
        });
        rq.user_information.user_identity_response = Some(b"SERVERTICKET".to_vec());
        let text = describe::associate_rq(&rq).join("\n");
        let debug = format!("{rq:?}");
        let secret_bytes = format!("{:?}", b"SERVERTICKET");
        for shown in [&text, &debug] {
            assert!(!shown.contains("hunter2"));
            assert!(!shown.contains("SERVERTICKET") && !shown.contains(&secret_bytes));
            let is_name = identity_type == UserIdentity::USERNAME_AND_PASSCODE;
            assert_eq!(shown.contains(primary), is_name, "{shown}");
        }
    }
}

#[test]
fn rejection_and_abort() {
    let lines = describe::associate_rj(&AssociateRj {
        result: 2,
        source: 3,
        reason: 2,
    });
    has(&lines, &["result", "2 (rejected for now)"]);
    has(
        &lines,
        &["source", "3 (by the service provider (presentation))"],
    );
    has(&lines, &["reason", "2 (local limit exceeded)"]);
    let lines = describe::abort(&AbortPdu {
        source: 2,
        reason: 6,
    });
    has(&lines, &["source", "by the service provider"]);
    has(&lines, &["reason", "6 (invalid PDU parameter value)"]);
}

#[test]
fn command_sets() {
    let rq = CommandSet::c_move_rq(7, FIND, Priority::Low, "STORE");
    let lines = describe::command_set(QUERY, &rq);
    assert_eq!(lines[0], "C-MOVE-RQ on context 5");
    has(&lines, &["message ID", "7"]);
    has(&lines, &["move destination", "STORE"]);
    has(&lines, &["priority", "low"]);
    has(&lines, &["data set", "follows"]);

    let rsp = CommandSet {
        number_of_failed_sub_operations: Some(3),
        offending_elements: vec![Tag::new(0x0010, 0x0020)],
        error_comment: Some("no\nsuch\u{1b}[31mstudy".into()),
        ..rq.response_to(0xA801)
    };
    let lines = describe::command_set(QUERY, &rsp);
    has(&lines, &["responds to message ID", "7"]);
    has(&lines, &["status", "0xA801 (failure)"]);
    has(&lines, &["failed", "3"]);
    has(&lines, &["offending elements", "(0010,0020)"]);
    has(&lines, &["data set", "none"]);
    let text = lines.join("");
    assert!(
        !text.contains(['\n', '\u{1b}']),
        "a peer cannot forge lines of the log"
    );
}

#[test]
fn statuses_by_class() {
    let cases = [
        (0x0000, "0x0000 (success)"),
        (0xFF01, "0xFF01 (pending)"),
        (0xFE00, "0xFE00 (cancel)"),
        (0xB007, "0xB007 (warning)"),
        (0x0107, "0x0107 (warning)"),
        (0xC123, "0xC123 (failure)"),
        (0x0122, "0x0122 (failure)"),
    ];
    for (status, text) in cases {
        let rsp = CommandSet::c_echo_rq(1).response_to(status);
        has(&describe::command_set(ECHO, &rsp), &["status", text]);
    }
}
