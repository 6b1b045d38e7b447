//! Answers of an acceptor.

use dicomwire_proto::{
    AcceptPolicy, AssociateRj, AsynchronousOperations, ContextResult, RoleSelection, SyntaxFilter,
    TransferPreference, UserIdentity,
};

use crate::support::*;

fn results(policy: &AcceptPolicy) -> Vec<(ContextResult, String)> {
    let ac = policy.decide(&request()).unwrap();
    assert_eq!(
        ac.presentation_contexts
            .iter()
            .map(|context| context.id)
            .collect::<Vec<_>>(),
        [STORE, ECHO, QUERY]
    );
    let answers = ac.presentation_contexts.into_iter();
    answers
        .map(|context| (context.result, context.transfer_syntax))
        .collect()
}

#[test]
fn everything_is_accepted_as_first_proposed_by_default() {
    let expected = vec![(ContextResult::Acceptance, EXPLICIT.to_owned()); 3];
    assert_eq!(results(&AcceptPolicy::default()), expected);
}

#[test]
fn abstract_syntaxes_by_list_and_by_predicate() {
    let listed = AcceptPolicy {
        abstract_syntaxes: SyntaxFilter::only([VERIFICATION]),
        ..AcceptPolicy::default()
    };
    let storage = AcceptPolicy {
        abstract_syntaxes: SyntaxFilter::any_storage(),
        ..AcceptPolicy::default()
    };
    let accepted = |policy| -> Vec<bool> {
        let results = results(policy);
        let refused = ContextResult::AbstractSyntaxNotSupported;
        assert!(
            results
                .iter()
                .all(|(r, _)| *r == ContextResult::Acceptance || *r == refused)
        );
        results
            .iter()
            .map(|(result, _)| *result == ContextResult::Acceptance)
            .collect()
    };
    assert_eq!(accepted(&listed), [false, true, false]);
    assert_eq!(accepted(&storage), [true, false, false]);
    assert!(
        SyntaxFilter::any_storage().accepts("1.3.46.670589.2.4.1.1"),
        "a private class"
    );
}

#[test]
fn transfer_syntaxes_by_filter_and_ranking() {
    let implicit_only = AcceptPolicy {
        transfer_syntaxes: SyntaxFilter::only([IMPLICIT]),
        ..AcceptPolicy::default()
    };
    let expected = (ContextResult::Acceptance, IMPLICIT.to_owned());
    assert_eq!(results(&implicit_only)[0], expected);

    let ranked = AcceptPolicy {
        preference: TransferPreference::Ranked(vec![
            "1.2.840.10008.1.2.4.50".into(),
            IMPLICIT.into(),
        ]),
        ..AcceptPolicy::default()
    };
    assert_eq!(results(&ranked)[0], expected);

    let unranked = AcceptPolicy {
        preference: TransferPreference::Ranked(vec!["1.2.840.10008.1.2.4.50".into()]),
        ..AcceptPolicy::default()
    };
    assert_eq!(results(&unranked)[0].1, EXPLICIT);

    let neither = AcceptPolicy {
        transfer_syntaxes: SyntaxFilter::only(["1.2.840.10008.1.2.2"]),
        ..AcceptPolicy::default()
    };
    assert_eq!(
        results(&neither)[0].0,
        ContextResult::TransferSyntaxesNotSupported
    );
}

#[test]
fn titles_and_application_context() {
    let reject = |reason| AssociateRj {
        result: 1,
        source: 1,
        reason,
    };
    let policy = AcceptPolicy {
        ae_title: Some("OTHER".into()),
        ..AcceptPolicy::default()
    };
    assert_eq!(policy.decide(&request()), Err(reject(7)));
    let policy = AcceptPolicy {
        ae_title: Some("PACS".into()),
        ..AcceptPolicy::default()
    };
    assert!(policy.decide(&request()).is_ok());

    let titles = |title: &str| Some([title.to_owned()].into());
    let policy = AcceptPolicy {
        calling_ae_titles: titles("FRIEND"),
        ..AcceptPolicy::default()
    };
    assert_eq!(policy.decide(&request()), Err(reject(3)));
    let policy = AcceptPolicy {
        calling_ae_titles: titles("DICOMWIRE"),
        ..AcceptPolicy::default()
    };
    assert!(policy.decide(&request()).is_ok());

    let mut rq = request();
    rq.application_context = "1.2.3".into();
    assert_eq!(AcceptPolicy::default().decide(&rq), Err(reject(2)));
}

#[test]
fn roles_window_and_identity() {
    let mut rq = request();
    let info = &mut rq.user_information;
    info.roles = vec![RoleSelection {
        sop_class_uid: CT.into(),
        scu: true,
        scp: true,
    }];
    info.asynchronous_operations = Some(AsynchronousOperations {
        invoked: 0,
        performed: 8,
    });
    info.user_identity = Some(UserIdentity {
        identity_type: UserIdentity::USERNAME,
        response_requested: true,
        primary: b"me".to_vec(),
        secondary: Vec::new(),
    });
    let answer = |policy: AcceptPolicy| policy.decide(&rq).unwrap().user_information;

    let careful = answer(AcceptPolicy::default());
    assert_eq!((careful.roles[0].scu, careful.roles[0].scp), (true, false));
    let window = AsynchronousOperations {
        invoked: 1,
        performed: 1,
    };
    assert_eq!(careful.asynchronous_operations, Some(window));
    assert_eq!(careful.user_identity_response, Some(Vec::new()));

    let open = answer(AcceptPolicy {
        scp_roles: SyntaxFilter::Any,
        asynchronous_operations: AsynchronousOperations {
            invoked: 16,
            performed: 0,
        },
        ..AcceptPolicy::default()
    });
    assert_eq!((open.roles[0].scu, open.roles[0].scp), (true, true));
    let window = AsynchronousOperations {
        invoked: 16,
        performed: 8,
    };
    assert_eq!(open.asynchronous_operations, Some(window));

    let plain = AcceptPolicy::default()
        .decide(&request())
        .unwrap()
        .user_information;
    assert_eq!(
        plain.asynchronous_operations, None,
        "nothing is answered that was not asked"
    );
    assert_eq!(plain.user_identity_response, None);
}
