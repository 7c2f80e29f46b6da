//! Readers of files on bytes that no writer wrote: an error or a value, never a panic, and no memory that the bytes do not
//! account for. A bounded number of mutations of whole files; the seed of a failure is in its message.

use consil_data::{IdxArray, ModalityKind, Series, Waveform, decode, infer};
use consil_random::{Key, Stream};

use crate::fixture::Fixture;

/// Mutations of each file.
const ROUNDS: u64 = 400;

/// Changes, cuts, repeats or joins bytes.
fn mutate(bytes: &[u8], stream: &mut Stream) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..1 + stream.below(4) {
        let n = bytes.len().max(1);
        match stream.below(5) {
            0 if !bytes.is_empty() => bytes[stream.below(n)] = stream.word() as u8,
            1 => bytes.truncate(stream.below(n + 1)),
            2 => {
                let at = stream.below(bytes.len() + 1);
                bytes.splice(at..at, [0, 0xff, b'\n', b',', b'"', 0x80][stream.below(6)..].iter().copied());
            }
            3 if bytes.len() >= 4 => {
                // Lengths and counts are where readers trust.
                let at = stream.below(bytes.len() - 3);
                bytes[at..at + 4].copy_from_slice(&[0xff, 0xff, 0xff, [0xff, 0x7f][stream.below(2)]]);
            }
            _ => {
                let at = stream.below(bytes.len() + 1);
                let copy = bytes[at..].to_vec();
                bytes.extend(copy);
            }
        }
    }
    bytes
}

fn fuzz(name: &str, whole: &[u8], read: impl Fn(&std::path::Path, &[u8])) {
    let files = Fixture::new();
    let path = files.path().join(name);
    for round in 0..ROUNDS {
        let bytes = mutate(whole, &mut Key::new(round).child(name).stream());
        std::fs::write(&path, &bytes).unwrap();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| read(&path, &bytes)));
        assert!(outcome.is_ok(), "{name}, seed {round}");
    }
}

#[test]
fn mutated_clips_are_errors_or_clips() {
    let files = Fixture::new();
    files.wav("a.wav", 300);
    let whole = std::fs::read(files.path().join("a.wav")).unwrap();
    fuzz("a.wav", &whole, |path, bytes| {
        if let Ok(consil_data::Value::Audio(Waveform { rate, samples })) = decode(path, ModalityKind::Audio) {
            assert!(rate > 0 && samples.len() <= bytes.len() && samples.iter().all(|x| x.is_finite()));
        }
    });
}

#[test]
fn mutated_arrays_are_errors_or_arrays() {
    let mut whole = vec![0, 0, 0x0d, 2, 0, 0, 0, 3, 0, 0, 0, 4];
    (0..12).for_each(|i| whole.extend((i as f32).to_be_bytes()));
    fuzz("a.idx", &whole, |_, bytes| {
        if let Ok(array) = IdxArray::parse(bytes) {
            assert!(array.shape.iter().product::<usize>() <= bytes.len());
        }
    });
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&whole).unwrap();
    fuzz("a.idx.gz", &packed.finish().unwrap(), |_, bytes| drop(IdxArray::parse(bytes)));
}

#[test]
fn mutated_tables_are_errors_or_tables() {
    let table = b"id,x,city,label\r\n1,2.5,\"a, b\",yes\r\n2,-1e3,c,no\r\n3,,c,no\r\n".as_slice();
    fuzz("a.csv", table, |path, _| drop(infer(path)));
    let lines = b"{\"x\": [[1, 2], [3, null]], \"label\": \"a\"}\n{\"x\": null, \"label\": 2}\n".as_slice();
    fuzz("a.jsonl", lines, |path, _| drop(infer(path)));
    fuzz("s.csv", b"x,y\n1,2\n3,4\n".as_slice(), |path, _| {
        if let Ok(consil_data::Value::Series(Series { channels, values, .. })) = decode(path, ModalityKind::Sensor) {
            assert!(values.len() % channels == 0 && values.iter().all(|x| !x.is_infinite()));
        }
    });
}

#[test]
fn mutated_images_are_errors_or_images() {
    let files = Fixture::new();
    files.png("a.png", 9, 7);
    let whole = std::fs::read(files.path().join("a.png")).unwrap();
    fuzz("a.png", &whole, |path, _| drop(decode(path, ModalityKind::Vision)));
}
