//! PS3.8 Table 9-10, cell by cell.

use dicomwire_proto::State;
use dicomwire_proto::state::{Action, Input, Next, cell};

/// The table as the standard prints it, column by column of its four parts: input, state, action, next state.
/// `*` in the next state stands for a choice.
const FILLED: &str = "
    Evt1 Sta1 AE-1 4
    Evt2 Sta4 AE-2 5
    Evt3 Sta2 AA-1 13, Evt3 Sta3 AA-8 13, Evt3 Sta5 AE-3 6, Evt3 Sta6-12 AA-8 13, Evt3 Sta13 AA-6 13
    Evt4 Sta2 AA-1 13, Evt4 Sta3 AA-8 13, Evt4 Sta5 AE-4 1, Evt4 Sta6-12 AA-8 13, Evt4 Sta13 AA-6 13
    Evt5 Sta1 AE-5 2
    Evt6 Sta2 AE-6 *, Evt6 Sta3 AA-8 13, Evt6 Sta5-12 AA-8 13, Evt6 Sta13 AA-7 13
    Evt7 Sta3 AE-7 6
    Evt8 Sta3 AE-8 13
    Evt9 Sta6 DT-1 6, Evt9 Sta8 AR-7 8
    Evt10 Sta2 AA-1 13, Evt10 Sta3 AA-8 13, Evt10 Sta5 AA-8 13, Evt10 Sta6 DT-2 6, Evt10 Sta7 AR-6 7
    Evt10 Sta8-12 AA-8 13, Evt10 Sta13 AA-6 13
    Evt11 Sta6 AR-1 7
    Evt12 Sta2 AA-1 13, Evt12 Sta3 AA-8 13, Evt12 Sta5 AA-8 13, Evt12 Sta6 AR-2 8, Evt12 Sta7 AR-8 *
    Evt12 Sta8-12 AA-8 13, Evt12 Sta13 AA-6 13
    Evt13 Sta2 AA-1 13, Evt13 Sta3 AA-8 13, Evt13 Sta5-6 AA-8 13, Evt13 Sta7 AR-3 1, Evt13 Sta8-9 AA-8 13
    Evt13 Sta10 AR-10 12, Evt13 Sta11 AR-3 1, Evt13 Sta12 AA-8 13, Evt13 Sta13 AA-6 13
    Evt14 Sta8 AR-4 13, Evt14 Sta9 AR-9 11, Evt14 Sta12 AR-4 13
    Evt15 Sta3 AA-1 13, Evt15 Sta4 AA-2 1, Evt15 Sta5-12 AA-1 13
    Evt16 Sta2 AA-2 1, Evt16 Sta3 AA-3 1, Evt16 Sta5-12 AA-3 1, Evt16 Sta13 AA-2 1
    Evt17 Sta2 AA-5 1, Evt17 Sta3-12 AA-4 1, Evt17 Sta13 AR-5 1
    Evt18 Sta2 AA-2 1, Evt18 Sta13 AA-2 1
    Evt19 Sta2 AA-1 13, Evt19 Sta3 AA-8 13, Evt19 Sta5-12 AA-8 13, Evt19 Sta13 AA-7 13";

/// "AA-8" for `Action::Aa8`.
fn name(action: Action) -> String {
    let name = format!("{action:?}").to_uppercase();
    let (letters, number) = name.split_at(2);
    format!("{letters}-{number}")
}

fn next_name(next: Next) -> String {
    match next {
        Next::To(state) => (state as usize + 1).to_string(),
        _ => "*".to_owned(),
    }
}

#[test]
fn every_cell_is_the_standards() {
    let mut expected = std::collections::HashMap::new();
    for entry in FILLED
        .split([',', '\n'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
    {
        let fields: Vec<&str> = entry.split_whitespace().collect();
        let [input, states, action, next] = fields[..] else {
            panic!("bad entry {entry}")
        };
        let input: usize = input.strip_prefix("Evt").unwrap().parse().unwrap();
        let states = states.strip_prefix("Sta").unwrap();
        let (first, last) = states.split_once('-').unwrap_or((states, states));
        for state in first.parse::<usize>().unwrap()..=last.parse().unwrap() {
            let before = expected.insert((input, state), (action.to_owned(), next.to_owned()));
            assert!(before.is_none(), "Evt{input} Sta{state} twice");
        }
    }
    for (row, input) in Input::ALL.into_iter().enumerate() {
        for (column, state) in State::ALL.into_iter().enumerate() {
            let found = cell(state, input).map(|(action, next)| (name(action), next_name(next)));
            let wanted = expected.remove(&(row + 1, column + 1));
            assert_eq!(found, wanted, "Evt{} Sta{}", row + 1, column + 1);
        }
    }
    assert!(expected.is_empty());
}

#[test]
fn two_cells_leave_a_choice() {
    let (action, next) = cell(State::Sta2, Input::AssociateRqPdu).unwrap();
    let choice = Next::IfAcceptable {
        acceptable: State::Sta3,
        otherwise: State::Sta13,
    };
    assert_eq!((action, next), (Action::Ae6, choice));
    let (action, next) = cell(State::Sta7, Input::ReleaseRqPdu).unwrap();
    let choice = Next::ByRole {
        requestor: State::Sta9,
        acceptor: State::Sta10,
    };
    assert_eq!((action, next), (Action::Ar8, choice));
}

#[test]
fn every_state_but_idle_can_end() {
    for state in State::ALL.into_iter().filter(|state| *state != State::Sta1) {
        let (_, next) = cell(state, Input::TransportClosed).unwrap();
        assert_eq!(next, Next::To(State::Sta1), "{state}");
    }
}
