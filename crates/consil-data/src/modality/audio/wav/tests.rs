use hound::{SampleFormat, WavSpec, WavWriter};

use super::*;

/// A file written by another implementation, hound.
fn written(bits: u16, channels: u16, write: impl Fn(&mut WavWriter<&mut std::io::Cursor<Vec<u8>>>)) -> Vec<u8> {
    let sample_format = if bits == 64 { SampleFormat::Float } else { SampleFormat::Int };
    let bits_per_sample = if bits == 64 { 32 } else { bits };
    let spec = WavSpec { channels, sample_rate: 8_000, bits_per_sample, sample_format };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
    write(&mut writer);
    writer.finalize().unwrap();
    bytes.into_inner()
}

fn integers(bits: u16, samples: &[i32]) -> Vec<u8> {
    written(bits, 1, |writer| samples.iter().for_each(|s| writer.write_sample(*s).unwrap()))
}

fn read(bytes: &[u8]) -> Result<Vec<f32>, String> {
    match parse(Path::new("a.wav"), bytes) {
        Ok(Value::Audio(Waveform { rate: 8_000, samples })) => Ok(samples),
        Ok(other) => panic!("{other:?}"),
        Err(fault) => Err(fault.to_string()),
    }
}

/// A file of 16-bit samples with other chunks before and after them.
fn made(riff: u32, before: &[(&[u8; 4], &[u8])], data: u32, samples: &[i16], after: &[u8]) -> Vec<u8> {
    let mut bytes = [b"RIFF".as_slice(), &riff.to_le_bytes(), b"WAVEfmt ", &16u32.to_le_bytes()].concat();
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(8_000u32.to_le_bytes());
    bytes.extend(16_000u32.to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    for (name, content) in before {
        bytes.extend(*name);
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend(*content);
        bytes.extend(vec![0; content.len() % 2]);
    }
    bytes.extend(b"data");
    bytes.extend(data.to_le_bytes());
    samples.iter().for_each(|s| bytes.extend(s.to_le_bytes()));
    bytes.extend(after);
    bytes
}

#[test]
fn every_integer_width_reaches_the_same_levels() {
    for bits in [8u16, 16, 24, 32] {
        let half = 1i32 << (bits - 2);
        assert_eq!(read(&integers(bits, &[half, -half, 0])).unwrap(), [0.5, -0.5, 0.0], "{bits} bits");
    }
}

#[test]
fn floats_are_taken_as_they_are_and_channels_are_averaged() {
    let floats = written(64, 2, |writer| {
        [0.25f32, 0.75, -1.0, 0.0].iter().for_each(|s| writer.write_sample(*s).unwrap());
    });
    assert_eq!(read(&floats).unwrap(), [0.5, -0.5]);
    for bad in [f32::NAN, f32::INFINITY] {
        let bytes = written(64, 1, |writer| [0.5, bad].iter().for_each(|s| writer.write_sample(*s).unwrap()));
        assert!(read(&bytes).unwrap_err().contains("sample 1 is not a finite number"));
    }
}

#[test]
fn an_odd_chunk_has_a_byte_of_padding() {
    let samples = [16_384, -16_384, 0];
    let list: &[(&[u8; 4], &[u8])] = &[(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0")];
    assert_eq!(list[0].1.len() % 2, 1);
    assert_eq!(read(&made(60, list, 6, &samples, b"")).unwrap(), [0.5, -0.5, 0.0]);
    // And other chunks may follow the samples.
    assert_eq!(read(&made(60, list, 6, &samples, b"id3 \x02\0\0\0ab")).unwrap(), [0.5, -0.5, 0.0]);
}

#[test]
fn streamed_samples_last_to_the_end() {
    let samples = [16_384, -16_384, 0];
    for (riff, data) in [(u32::MAX, u32::MAX), (0x7fff_f024, 0x7fff_f000), (u32::MAX, 0), (0, 0)] {
        let bytes = made(riff, &[(b"LIST", b"abc")], data, &samples, b"");
        assert_eq!(read(&bytes).unwrap(), [0.5, -0.5, 0.0], "{riff:#x} {data:#x}");
        // Cut within a sample, as a broken connection cuts.
        assert_eq!(read(&bytes[..bytes.len() - 1]).unwrap(), [0.5, -0.5]);
    }
}

#[test]
fn contradictions_are_named() {
    let whole = integers(16, &[100; 200]);
    assert!(read(&whole[..whole.len() - 101]).unwrap_err().contains("a.wav"));
    assert!(read(&integers(16, &[])).unwrap_err().contains("holds no samples"));
    let patched = |at: usize, bytes: &[u8]| {
        let mut whole = made(60, &[], 6, &[1, 2, 3], b"");
        whole[at..at + bytes.len()].copy_from_slice(bytes);
        read(&whole).unwrap_err()
    };
    assert!(patched(24, &[0; 4]).contains("rate is 0 samples per second"));
    assert!(patched(24, &[0xff; 4]).contains("outside 1 to 768000"));
    assert!(patched(22, &[0; 2]).contains("0 channels"));
    assert!(patched(20, &[6]).contains("coded (format 0x0006)"));
    assert!(patched(32, &[5]).contains("contradict each other"));
    assert!(patched(40, &[5]).contains("end 1 bytes into a frame of 2"));
    assert!(patched(0, b"RIFX").contains("big-endian") && patched(0, b"OggS").contains("RIFF WAVE"));
    assert!(read(b"RIFF????WAVE").unwrap_err().contains("no chunk of samples"));
}
