//! The laws of the module's documentation on arbitrary values and arbitrary bytes, and one message byte by byte.

use std::fmt::Debug;
use std::sync::Arc;

use consil_random::Key;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{CodecError, MAGIC, VERSION, Wire};
use crate::contribution::{Contribution, Effort, Reply, Vector};
use crate::cover::Cover;
use crate::metrics::Metrics;
use crate::sites::{ClientId, SiteName};
use crate::work::{Task, Train, Work};

fn values() -> impl Strategy<Value = Vec<f32>> {
    vec(any::<u32>().prop_map(f32::from_bits), 0..20)
}

fn metrics() -> impl Strategy<Value = Metrics> {
    vec((".{0,8}", any::<f64>()), 0..4).prop_map(|pairs| pairs.into_iter().collect())
}

fn vectors() -> impl Strategy<Value = Vector> {
    prop_oneof![values().prop_map(Vector::F32), vec(any::<u8>(), 0..20).prop_map(Vector::Bytes)]
}

fn covers() -> impl Strategy<Value = Cover> {
    prop_oneof![Just(Cover::All), vec(any::<u32>(), 0..5).prop_map(Cover::Entries)]
}

fn efforts() -> impl Strategy<Value = Effort> {
    (any::<u64>(), any::<u64>(), any::<f64>()).prop_map(|(n_samples, steps, gradient_weight)| Effort {
        n_samples,
        steps,
        gradient_weight,
    })
}

fn contributions() -> impl Strategy<Value = Contribution> {
    let vectors = vec((".{0,8}", vectors()), 0..4);
    (any::<u64>(), any::<u32>(), vectors, covers(), efforts(), metrics()).prop_map(
        |(round, client, vectors, cover, effort, metrics)| Contribution {
            round,
            client: ClientId(client),
            vectors: vectors.into_iter().collect(),
            cover,
            effort,
            metrics,
        },
    )
}

fn replies() -> impl Strategy<Value = Reply> {
    prop_oneof![
        contributions().prop_map(Reply::Contribution),
        (any::<u64>(), any::<u32>(), ".*").prop_map(|(round, client, reason)| Reply::Decline {
            round,
            client: ClientId(client),
            reason
        }),
    ]
}

fn keys() -> impl Strategy<Value = Key> {
    any::<u64>().prop_map(|seed| Key::new(seed).child("test"))
}

fn works() -> impl Strategy<Value = Work> {
    let model = || values().prop_map(Arc::new);
    prop_oneof![
        (model(), any::<u32>(), any::<f64>(), any::<f32>(), proptest::option::of(model())).prop_map(
            |(model, epochs, rate, proximal, correction)| {
                Work::Train(Train { model, epochs, rate, proximal, correction })
            }
        ),
        model().prop_map(|model| Work::Evaluate { model }),
        vec(any::<u8>(), 0..20).prop_map(|of| Work::Statistics { of: Arc::new(of) }),
    ]
}

fn tasks() -> impl Strategy<Value = Task> {
    (any::<u64>(), any::<u32>(), ".{0,8}", works(), keys()).prop_map(|(round, client, site, work, key)| Task {
        round,
        client: ClientId(client),
        site: SiteName::new(&site),
        work,
        key,
    })
}

/// Reading gives the value back: compared as bytes, since a NaN is not equal to itself, and as the text of its fields.
fn round_trip<T: Wire + Debug>(value: &T) -> Result<(), TestCaseError> {
    let bytes = value.to_bytes();
    let back = T::from_bytes(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(format!("{back:?}"), format!("{value:?}"));
    prop_assert_eq!(back.to_bytes(), bytes);
    Ok(())
}

/// Each strict prefix, and each message with a byte more, is an error.
fn ends_where_it_says<T: Wire + Debug>(value: &T) -> Result<(), TestCaseError> {
    let mut bytes = value.to_bytes();
    for end in 0..bytes.len() {
        prop_assert!(T::from_bytes(&bytes[..end]).is_err(), "a prefix of {} of {} bytes was read", end, bytes.len());
    }
    bytes.push(0);
    prop_assert_eq!(T::from_bytes(&bytes).unwrap_err(), CodecError::Trailing { left: 1 });
    Ok(())
}

/// What can be read has exactly these bytes.
fn is_canonical<T: Wire>(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(value) = T::from_bytes(bytes) {
        prop_assert_eq!(value.to_bytes(), bytes);
    }
    Ok(())
}

proptest! {
    #[test]
    fn replies_come_back(reply in replies()) {
        round_trip(&reply)?;
        ends_where_it_says(&reply)?;
    }

    #[test]
    fn tasks_come_back(task in tasks()) {
        round_trip(&task)?;
        ends_where_it_says(&task)?;
    }

    #[test]
    fn arbitrary_bytes_never_panic(body in vec(any::<u8>(), 0..200), kind in 0u8..9) {
        let bytes = [&MAGIC[..], &[VERSION, kind], &body].concat();
        is_canonical::<Reply>(&bytes)?;
        is_canonical::<Task>(&bytes)?;
        is_canonical::<Reply>(&body)?;
    }

    #[test]
    fn damaged_messages_never_panic(reply in replies(), task in tasks(), at in any::<prop::sample::Index>(), byte: u8) {
        for mut bytes in [reply.to_bytes(), task.to_bytes()] {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            is_canonical::<Reply>(&bytes)?;
            is_canonical::<Task>(&bytes)?;
        }
    }
}

fn declined() -> Reply {
    Reply::Decline { round: 2, client: ClientId(1), reason: "no".into() }
}

#[test]
fn a_reply_byte_by_byte() {
    let expected = [
        b'C', b'F', b'E', b'D', 2, 3, // magic, version, kind
        1, // declined
        2, 0, 0, 0, 0, 0, 0, 0, // round
        1, 0, 0, 0, // client
        2, 0, 0, 0, 0, 0, 0, 0, b'n', b'o', // two bytes of reason
    ];
    assert_eq!(declined().to_bytes(), expected);
}

#[test]
fn each_defect_has_its_error() {
    let good = declined().to_bytes();
    let read = |edit: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        edit(&mut bytes);
        Reply::from_bytes(&bytes).unwrap_err()
    };
    assert_eq!(read(|b| b[0] = b'X'), CodecError::Magic);
    assert_eq!(read(|b| b[4] = 9), CodecError::Version { found: 9 });
    assert_eq!(read(|b| b[5] = 2), CodecError::Kind { expected: 3, found: 2 });
    assert_eq!(read(|b| b[6] = 200), CodecError::Tag { what: "reply", tag: 200 });
    assert_eq!(read(|b| b[27] = 0xff), CodecError::Utf8);
    // A text that claims 2⁶³ bytes is refused by arithmetic, before any allocation.
    assert_eq!(read(|b| b[26] = 0x80), CodecError::Truncated { needed: (1 << 63) + 2, left: 2 });

    let Work::Train(train) = work() else { unreachable!() };
    let task =
        Task { round: 0, client: ClientId(0), site: SiteName::new("a"), work: Work::Train(train), key: Key::new(0) };
    let mut bytes = task.to_bytes();
    let tag = bytes.len() - 26;
    assert_eq!(bytes[tag], 0);
    bytes[tag] = 77;
    assert_eq!(Task::from_bytes(&bytes).unwrap_err(), CodecError::Tag { what: "kind of work", tag: 77 });
    // A list that claims 2⁶³ values of four bytes.
    bytes[tag] = 0;
    bytes[tag + 8] = 0x80;
    assert_eq!(Task::from_bytes(&bytes).unwrap_err(), CodecError::Truncated { needed: u64::MAX, left: 17 });
}

/// Training of 8 + 4 + 8 + 4 + 1 bytes, with its tag 26: no values, no correction.
fn work() -> Work {
    Work::Train(Train { model: Arc::new(Vec::new()), epochs: 1, rate: 1.0, proximal: 0.0, correction: None })
}

fn two_metrics() -> Vec<u8> {
    let task = Task { round: 0, client: ClientId(0), site: SiteName::new("s"), work: work(), key: Key::new(0) };
    let metrics = Metrics::from_iter([("a", 1.0), ("b", 2.0)]);
    Reply::Contribution(Contribution::evaluated(&task, 1, Vec::new(), metrics)).to_bytes()
}

#[test]
fn a_map_has_one_order() {
    let mut bytes = two_metrics();
    let [a, b] = [b'a', b'b'].map(|name| bytes.iter().rposition(|byte| *byte == name).unwrap());
    bytes.swap(a, b);
    assert_eq!(Reply::from_bytes(&bytes).unwrap_err(), CodecError::Order);
}

#[test]
fn a_message_has_no_more_names_than_any_needs() {
    let mut bytes = two_metrics();
    // The number of metrics stands before the two, each a length, a letter and a number.
    let count = bytes.len() - 2 * (8 + 1 + 8) - 8;
    assert_eq!(bytes[count], 2);
    bytes[count + 2] = 1;
    assert_eq!(Reply::from_bytes(&bytes).unwrap_err(), CodecError::TooMany { found: (1 << 16) + 2, most: 1024 });
}
