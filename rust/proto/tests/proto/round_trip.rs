//! Decoding what was encoded gives it back.

use dicomwire_proto::{AssociateRq, CommandSet, LocalError, Pdu, UserIdentity};
use proptest::prelude::*;

use crate::strategies;

proptest! {
    #[test]
    fn every_pdu_comes_back(pdu in strategies::pdu()) {
        let mut bytes = Vec::new();
        pdu.encode(&mut bytes).unwrap();
        prop_assert_eq!(Pdu::decode(&bytes, 0).unwrap(), pdu);
    }

    #[test]
    fn the_pdu_length_counts_what_follows_the_header(pdu in strategies::pdu()) {
        let mut bytes = Vec::new();
        pdu.encode(&mut bytes).unwrap();
        if !matches!(pdu, Pdu::PDataTf { .. }) {
            let length = u32::from_be_bytes(bytes[2..6].try_into().unwrap());
            prop_assert_eq!(length as usize, bytes.len() - 6);
        }
    }

    #[test]
    fn every_command_set_comes_back(command in strategies::command_set()) {
        let mut bytes = Vec::new();
        command.encode(&mut bytes);
        prop_assert_eq!(CommandSet::decode(&bytes).unwrap(), command);
    }

    #[test]
    fn command_sets_are_well_formed(command in strategies::command_set()) {
        let mut bytes = Vec::new();
        command.encode(&mut bytes);
        let mut rest = &bytes[..];
        let mut tags = Vec::new();
        while !rest.is_empty() {
            let tag = (u16::from_le_bytes([rest[0], rest[1]]), u16::from_le_bytes([rest[2], rest[3]]));
            let length = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
            prop_assert!(length.is_multiple_of(2), "odd length of {:04x?}", tag);
            tags.push(tag);
            rest = &rest[8 + length..];
        }
        prop_assert_eq!(tags[0], (0, 0));
        prop_assert!(tags.is_sorted_by(|one, next| one < next), "tags do not ascend: {:04x?}", tags);
        let group_length = u32::from_le_bytes(bytes[8..12].try_into().unwrap()) as usize;
        prop_assert_eq!(group_length, bytes.len() - 12);
    }
}

#[test]
fn an_item_too_long_for_its_length_is_refused_not_garbled() {
    let mut rq = AssociateRq::default();
    rq.user_information.user_identity = Some(UserIdentity {
        identity_type: UserIdentity::SAML,
        response_requested: false,
        primary: vec![b'x'; 65536],
        secondary: Vec::new(),
    });
    let error = rq.encode(&mut Vec::new()).unwrap_err();
    assert_eq!(
        error,
        LocalError::ItemTooLong {
            item: "primary field of the user identity"
        }
    );

    // Each field fits, but the item around them does not.
    rq.user_information.user_identity = Some(UserIdentity {
        identity_type: UserIdentity::USERNAME_AND_PASSCODE,
        response_requested: false,
        primary: vec![b'x'; 40000],
        secondary: vec![b'x'; 40000],
    });
    let error = rq.encode(&mut Vec::new()).unwrap_err();
    assert_eq!(
        error,
        LocalError::ItemTooLong {
            item: "user identity"
        }
    );
}
