use sha2::{Digest, Sha256};

use super::*;
use crate::cache::ByteCache;

#[test]
fn the_embedded_files_are_those_of_the_checksums_and_small() {
    let listed: BTreeMap<&str, &str> = include_str!("../../../demo/SHA256SUMS")
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(s, f)| (f, s))
        .collect();
    assert_eq!(listed.len(), FILES.len());
    for (name, bytes) in FILES {
        let sum: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(listed.get(name), Some(&sum.as_str()), "{name}");
    }
    let total: usize = FILES.iter().map(|(_, bytes)| bytes.len()).sum();
    assert!(total <= 600_000, "{total} bytes");
}

#[test]
fn the_pools_hold_what_their_documentation_says() {
    let cache = ByteCache::new(0);
    let count = |pool: &Pool| (pool.part(Part::Train).len(), pool.part(Part::Test).len());

    let digits = pool(Embedded::Digits);
    assert_eq!(count(&digits), (1_348, 449));
    // scikit-learn's load_digits().target counts.
    let mut counts = [0; 10];
    (0..1_797).for_each(|i| counts[digits.label(i).unwrap().parse::<usize>().unwrap()] += 1);
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    let mut brightest = 0;
    for i in 0..100 {
        let Value::Image(image) = digits.value(i, &cache).unwrap() else { panic!("an image") };
        assert_eq!((image.height, image.width, image.channels), (8, 8, 1));
        brightest = brightest.max(*image.pixels.iter().max().unwrap());
    }
    assert_eq!(brightest, 255, "the highest of sixteen levels is white");

    let gestures = pool(Embedded::Gestures);
    assert_eq!(count(&gestures), (400, 120));
    let Value::Series(Series { channels: 6, values, .. }) = gestures.value(3, &cache).unwrap() else {
        panic!("a series")
    };
    assert_eq!(values.len(), 32 * 6);
    // The mean acceleration of a hand that returns is gravity, turned by the grip and shifted by the bias.
    let mean = |axis: usize| values.iter().skip(axis).step_by(6).sum::<f64>() / 32.0;
    let gravity = (mean(0).powi(2) + mean(1).powi(2) + mean(2).powi(2)).sqrt();
    assert!((gravity - 9.81).abs() < 1.5, "{gravity}");
}

#[test]
fn voices_and_people_of_the_test_part_are_unknown_to_training() {
    for (embedded, attribute, n_train, n_test) in
        [(Embedded::Spoken, "voice", N_TRAIN_VOICES, N_TEST_VOICES), (Embedded::Gestures, "person", 20, 6)]
    {
        let pool = pool(embedded);
        let of = |part: Part| -> std::collections::BTreeSet<String> {
            let items = pool.part(part).iter();
            items.map(|i| pool.attribute(*i as usize, attribute).unwrap().to_owned()).collect()
        };
        let (train, test) = (of(Part::Train), of(Part::Test));
        assert!(train.is_disjoint(&test), "{embedded:?}");
        assert_eq!((train.len(), test.len()), (n_train, n_test), "{embedded:?}");
    }
}

const N_TRAIN_VOICES: usize = 28;
const N_TEST_VOICES: usize = 9;

#[test]
fn each_voice_says_each_word_once_and_audibly() {
    let pool = pool(Embedded::Spoken);
    let cache = ByteCache::new(0);
    let n = (N_TRAIN_VOICES + N_TEST_VOICES) * 10;
    let mut said = std::collections::BTreeSet::new();
    for i in 0..n {
        assert!(said.insert((pool.attribute(i, "voice").unwrap().to_owned(), pool.label(i).unwrap().to_owned())));
        let Value::Audio(Waveform { rate: 8_000, samples }) = pool.value(i, &cache).unwrap() else {
            panic!("a clip at 8 kHz")
        };
        assert!((1_200..6_000).contains(&samples.len()), "clip {i}: {} samples", samples.len());
        // Peaks were set to 0.9; three bits lose at most 6 dB of the steepest of them.
        let peak = samples.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!((0.45..=1.0).contains(&peak), "clip {i}: peak {peak}");
    }
    assert_eq!(pool.part(Part::Train).len() + pool.part(Part::Test).len(), n);
}
