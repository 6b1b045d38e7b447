//! A whole association under arbitrary input and arbitrary wishes of its user.

use std::time::{Duration, Instant};

use dicomwire_proto::{
    AbortPdu, AssociateRj, Association, BodyLength, CommandSet, Pdu, PduType, Priority, Transmit,
};

use crate::script::Script;
use crate::stream::{ECHO, Role, STORE, Seen, answer_request, next, response_to, settings};

/// The most that is written for one look; whoever asks for more is not asked again.
const MOST_WRITTEN: usize = 1 << 16;

/// The input is a script: one byte chooses the role, then instructions follow, each one byte and
/// its arguments: bytes of the peer, commands of the user, time, the end of the stream. Whatever
/// they are:
///
/// - nothing panics, and no more is held back than the limits allow;
/// - after an error only `Closed` comes, and `Closed` comes once;
/// - what is written is a row of whole PDUs, and P-DATA-TF PDUs keep the peer's maximum length;
/// - an association that is closed has nothing more to write.
///
/// # Panics
/// When that does not hold.
pub fn association(input: &[u8]) {
    let mut script = Script::new(input);
    let role = match script.byte() % 4 {
        0 => Role::Acceptor,
        1 => Role::Requestor,
        2 => Role::EstablishedAcceptor,
        _ => Role::EstablishedRequestor,
    };
    let mut user = User::new(role);
    while !script.is_over() {
        user.obey(&mut script);
    }
    user.end();
}

/// The user of an association, and what was seen of it.
struct User {
    association: Association,
    now: Instant,
    written: Vec<u8>,
    has_failed: bool,
    is_closed: bool,
    requests: Vec<CommandSet>,
}

impl User {
    fn new(role: Role) -> Self {
        let now = Instant::now();
        Self {
            association: crate::stream::Driver::new(role, now).association,
            now,
            written: Vec::new(),
            has_failed: false,
            is_closed: false,
            requests: Vec::new(),
        }
    }

    /// Carries out one instruction. What the association refuses changes nothing, so refusals are
    /// not looked at.
    fn obey(&mut self, script: &mut Script<'_>) {
        let now = self.now;
        let association = &mut self.association;
        match script.byte() % 14 {
            0 => self.take(script.bytes()),
            1 => self.write(),
            2 => self.send(script),
            3 => association.body_available(u64::from(script.number()), script.byte() & 1 == 1),
            4 => {
                let _ = association.release(now);
            }
            5 => {
                let _ = association.respond_release(now);
            }
            6 => association.abort(AbortPdu::SERVICE_USER, script.byte(), now),
            7 if association.associate_rq().is_some() => {
                let _ = answer_request(association, now);
            }
            8 => {
                let rj = AssociateRj {
                    result: AssociateRj::PERMANENT,
                    source: AssociateRj::SERVICE_PROVIDER_ACSE,
                    reason: script.byte(),
                };
                let _ = association.reject_request(rj, now);
            }
            9 => {
                self.now += Duration::from_secs(u64::from(script.byte()));
                association.handle_timeout(self.now);
                self.take(&[]);
            }
            10 => {
                association.handle_eof(now);
                self.take(&[]);
            }
            11 => association.skip_body(u64::from(script.number())),
            12 => self.respond(),
            _ => check_getters(association),
        }
    }

    /// Takes bytes of the peer.
    fn take(&mut self, mut input: &[u8]) {
        while let Some(seen) = next(&mut self.association, &mut input, self.now) {
            let is_end = matches!(seen, Seen::Closed(_));
            assert!(
                !self.has_failed || is_end,
                "after an error there was {seen:?}"
            );
            assert!(!self.is_closed, "after the end there was {seen:?}");
            self.has_failed |= matches!(seen, Seen::Failed(_));
            self.is_closed |= is_end;
            if let Seen::Command(_, command) = seen
                && command.is_request()
            {
                self.requests.push(*command);
            }
        }
        assert!(
            input.is_empty(),
            "no event, and yet {} bytes are left",
            input.len()
        );
    }

    fn send(&mut self, script: &mut Script<'_>) {
        let body = match script.byte() % 3 {
            0 => BodyLength::None,
            1 => BodyLength::Known(u64::from(script.number())),
            _ => BodyLength::Streaming,
        };
        let has_data_set = body != BodyLength::None;
        let message_id = self.association.next_message_id();
        let command = CommandSet {
            command_field: if has_data_set { 0x0001 } else { 0x0030 },
            message_id: Some(message_id),
            affected_sop_class_uid: Some("1.2.840.10008.1.1".to_owned()),
            priority: has_data_set.then_some(Priority::Medium.into()),
            has_data_set,
            ..CommandSet::default()
        };
        let context_id = if has_data_set { STORE } else { ECHO };
        let before = self.association.outstanding();
        let sent = self.association.send(context_id, &command, body, self.now);
        let after = self.association.outstanding();
        assert_eq!(
            after,
            before + usize::from(sent.is_ok()),
            "requests that await a response"
        );
    }

    fn respond(&mut self) {
        let Some(request) = self.requests.pop() else {
            return;
        };
        let response = response_to(&request);
        let _ = self
            .association
            .send(ECHO, &response, BodyLength::None, self.now);
    }

    /// Takes what there is to write, with bodies of zeros.
    fn write(&mut self) {
        let start = self.written.len();
        while self.written.len() - start < MOST_WRITTEN {
            let wants_output = self.association.wants_output();
            let transmit = self.association.poll_transmit(&mut self.written, self.now);
            assert_eq!(transmit.is_some(), wants_output, "whether there is output");
            match transmit {
                Some(Transmit::Body { take }) => self.written.resize(self.written.len() + take, 0),
                Some(Transmit::Bytes) => {}
                None => break,
            }
        }
        assert!(
            !self.is_closed || self.written.len() == start,
            "output after the end"
        );
    }

    fn end(mut self) {
        self.write();
        self.association.handle_eof(self.now);
        self.take(&[]);
        assert!(self.is_closed, "the end of the stream is the end");
        self.write();
        check_output(&self.written, self.association.peer_max_pdu_length());
    }
}

fn check_getters(association: &Association) {
    assert!(association.body_remaining() == 0 || association.is_receiving_body());
    assert!(!association.is_established() || association.associate_ac().is_some());
    let announced = association.peer_max_pdu_length();
    let most = settings().unlimited_fragment.max(announced);
    assert!(association.max_fragment() as u64 <= u64::from(most));
}

/// What we write must be what we would read.
fn check_output(mut written: &[u8], max_pdu_length: u32) {
    while !written.is_empty() {
        let pdu = Pdu::decode(written, 0).expect("a PDU of our own");
        let header = written.first_chunk::<6>().expect("six bytes of header");
        let [.., l0, l1, l2, l3] = *header;
        let length = u32::from_be_bytes([l0, l1, l2, l3]);
        if pdu.pdu_type() == PduType::PDataTf {
            assert!(
                max_pdu_length == 0 || length <= max_pdu_length,
                "P-DATA-TF of {length}"
            );
        }
        let end = usize::try_from(length).expect("64 bits") + header.len();
        written = written.get(end..).expect("a whole PDU");
    }
}
