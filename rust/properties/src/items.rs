//! A-ASSOCIATE PDUs and their items: decoding and encoding agree.

use dicomwire_proto::{AcceptPolicy, Pdu, describe};

use crate::script::Script;

/// The fixed part of an A-ASSOCIATE-RQ or -AC: version, reserved, titles, reserved.
const FIXED: usize = 2 + 2 + 16 + 16 + 32;

/// The input is one byte that chooses what follows: the body of an A-ASSOCIATE-RQ (0) or -AC (1),
/// or only the sub-items of the user information in a request (2) or acceptance (3). What is
/// decoded can be encoded, decodes to the same again, and can be described and answered.
///
/// # Panics
/// When that does not hold.
pub fn association_items(input: &[u8]) {
    let mut script = Script::new(input);
    let kind = script.byte() % 4;
    let rest = script.rest();
    let mut body = Vec::new();
    if kind < 2 {
        body.extend_from_slice(rest);
    } else {
        let rest = rest.get(..usize::from(u16::MAX)).unwrap_or(rest);
        let length = u16::try_from(rest.len()).expect("cut to 16 bits");
        body.extend_from_slice(&[0, 1, 0, 0]);
        body.extend_from_slice(&[b'T'; 32]);
        body.resize(FIXED, 0);
        body.extend_from_slice(&[0x50, 0]);
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(rest);
    }
    let length = u32::try_from(body.len()).expect("inputs are short");
    let mut pdu = vec![1 + kind % 2, 0];
    pdu.extend_from_slice(&length.to_be_bytes());
    pdu.extend_from_slice(&body);
    check_pdu(&pdu);
}

/// If a whole PDU can be decoded: encoding gives one that decodes to the same.
pub(crate) fn check_pdu(bytes: &[u8]) {
    let Ok(pdu) = Pdu::decode(bytes, 0) else {
        return;
    };
    describe_and_answer(&pdu);
    // Bytes that are no UTF-8 were replaced, and the replacement takes more room: perhaps more
    // than an AE title or a length field has.
    let is_replaced = format!("{pdu:?}").contains(char::REPLACEMENT_CHARACTER);
    let mut encoded = Vec::new();
    if let Err(error) = pdu.encode(&mut encoded) {
        assert!(is_replaced, "what was decoded cannot be encoded: {error}");
        return;
    }
    let decoded = Pdu::decode(&encoded, 0).expect("our own PDU");
    if is_replaced {
        return;
    }
    assert_eq!(decoded, pdu);
    let mut again = Vec::new();
    decoded
        .encode(&mut again)
        .expect("once encoded, always encoded");
    assert_eq!(again, encoded, "encoding is not stable");
}

fn describe_and_answer(pdu: &Pdu) {
    let lines = match pdu {
        Pdu::AssociateRq(rq) => {
            if let Ok(ac) = AcceptPolicy::default().decide(rq) {
                assert_eq!(
                    ac.presentation_contexts.len(),
                    rq.presentation_contexts.len(),
                    "every context is answered"
                );
            }
            describe::associate_rq(rq)
        }
        Pdu::AssociateAc(ac) => describe::associate_ac(ac, None),
        Pdu::AssociateRj(rj) => describe::associate_rj(rj),
        Pdu::Abort(abort) => describe::abort(abort),
        Pdu::PDataTf { .. } | Pdu::ReleaseRq | Pdu::ReleaseRp => Vec::new(),
    };
    check_lines(&lines);
}

/// Lines for a log stay lines.
pub(crate) fn check_lines(lines: &[String]) {
    for line in lines {
        assert!(
            !line.contains(char::is_control),
            "a control character in {line:?}"
        );
    }
}
