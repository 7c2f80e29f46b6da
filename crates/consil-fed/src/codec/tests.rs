//! The laws of the module's documentation on arbitrary values and arbitrary bytes, and one message byte by byte.

use std::fmt::Debug;
use std::sync::Arc;

use consil_random::Key;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{CodecError, MAGIC, VERSION, Wire};
use crate::metrics::Metrics;
use crate::payload::{Control, Payload};
use crate::task::{ClientId, ClientTask, Update};

fn values() -> impl Strategy<Value = Vec<f32>> {
    vec(any::<u32>().prop_map(f32::from_bits), 0..20)
}

fn payloads() -> impl Strategy<Value = Payload> {
    let some_values = |n: usize| vec(any::<f32>(), n);
    prop_oneof![
        values().prop_map(Payload::Delta),
        (vec(any::<u64>(), 0..5), 0u32..4).prop_flat_map(move |(rows, n_classes)| {
            some_values(rows.len() * n_classes as usize).prop_map(move |values| Payload::Logits {
                rows: rows.clone(),
                n_classes,
                values,
            })
        }),
        vec(0u32..4, 0..4).prop_flat_map(move |shape| {
            some_values(shape.iter().product::<u32>() as usize)
                .prop_map(move |values| Payload::Activations { shape: shape.clone(), values })
        }),
        ".*".prop_map(|reason| Payload::Control(Control::Decline { reason })),
        Just(Payload::Control(Control::Cancel)),
        Just(Payload::Control(Control::Finished)),
    ]
}

fn metrics() -> impl Strategy<Value = Metrics> {
    vec((".{0,8}", any::<f64>()), 0..4).prop_map(|pairs| pairs.into_iter().collect())
}

fn updates() -> impl Strategy<Value = Update> {
    (any::<u64>(), any::<u32>(), payloads(), any::<u64>(), metrics()).prop_map(
        |(round, client, payload, n_samples, metrics)| Update {
            round,
            client: ClientId(client),
            payload,
            n_samples,
            metrics,
        },
    )
}

fn keys() -> impl Strategy<Value = Key> {
    any::<[u64; 4]>().prop_map(Key::from_words)
}

fn tasks() -> impl Strategy<Value = ClientTask> {
    let correction = proptest::option::of(values().prop_map(Arc::new));
    (any::<u64>(), any::<u32>(), values(), any::<u32>(), any::<f32>(), correction, keys()).prop_map(
        |(round, client, global, epochs, proximal, correction, key)| ClientTask {
            round,
            client: ClientId(client),
            global: Arc::new(global),
            epochs,
            proximal,
            correction,
            key,
        },
    )
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
    fn payloads_come_back(payload in payloads()) {
        round_trip(&payload)?;
        ends_where_it_says(&payload)?;
    }

    #[test]
    fn updates_come_back(update in updates()) {
        round_trip(&update)?;
        ends_where_it_says(&update)?;
    }

    #[test]
    fn tasks_come_back(task in tasks()) {
        round_trip(&task)?;
        ends_where_it_says(&task)?;
    }

    #[test]
    fn arbitrary_bytes_never_panic(body in vec(any::<u8>(), 0..200), kind in 0u8..8) {
        let bytes = [&MAGIC[..], &[VERSION, kind], &body].concat();
        is_canonical::<Payload>(&bytes)?;
        is_canonical::<Update>(&bytes)?;
        is_canonical::<ClientTask>(&bytes)?;
        is_canonical::<Payload>(&body)?;
    }

    #[test]
    fn damaged_messages_never_panic(update in updates(), task in tasks(), at in any::<prop::sample::Index>(), byte: u8) {
        for mut bytes in [update.to_bytes(), task.to_bytes()] {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            is_canonical::<Update>(&bytes)?;
            is_canonical::<ClientTask>(&bytes)?;
        }
    }
}

#[test]
fn a_delta_byte_by_byte() {
    let bytes = Payload::Delta(vec![1.0, -2.0]).to_bytes();
    let expected = [
        b'C', b'F', b'E', b'D', 1, 1, // magic, version, kind
        0, // a delta
        2, 0, 0, 0, 0, 0, 0, 0, // two values
        0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, // 1.0 and -2.0
    ];
    assert_eq!(bytes, expected);
}

#[test]
fn each_defect_has_its_error() {
    let good = Payload::Delta(vec![1.0]).to_bytes();
    let read = |edit: fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        edit(&mut bytes);
        Payload::from_bytes(&bytes).unwrap_err()
    };
    assert_eq!(read(|b| b[0] = b'X'), CodecError::Magic);
    assert_eq!(read(|b| b[4] = 9), CodecError::Version { found: 9 });
    assert_eq!(read(|b| b[5] = 3), CodecError::Kind { expected: 1, found: 3 });
    assert_eq!(read(|b| b[6] = 200), CodecError::Tag { what: "payload", tag: 200 });
    // A list that claims 2⁶³ values of four bytes is refused by arithmetic, before any allocation.
    assert_eq!(read(|b| b[14] = 0x80), CodecError::Truncated { needed: u64::MAX, left: 4 });
    assert_eq!(read(|b| b[10] = 1), CodecError::Truncated { needed: 4 * ((1 << 24) + 1), left: 4 });

    let logits = Payload::Logits { rows: vec![0], n_classes: 3, values: vec![0.0; 2] };
    let error = Payload::from_bytes(&logits.to_bytes()).unwrap_err();
    assert_eq!(error, CodecError::Shape { what: "a table of logits", expected: 3, found: 2 });
}

#[test]
fn a_map_has_one_order() {
    let update = Update {
        round: 0,
        client: ClientId(0),
        payload: Payload::Control(Control::Cancel),
        n_samples: 1,
        metrics: Metrics::from_iter([("a", 1.0), ("b", 2.0)]),
    };
    let mut bytes = update.to_bytes();
    let [a, b] = [b'a', b'b'].map(|name| bytes.iter().rposition(|byte| *byte == name).unwrap());
    bytes.swap(a, b);
    assert_eq!(Update::from_bytes(&bytes).unwrap_err(), CodecError::Order);
}
