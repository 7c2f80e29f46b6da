//! WAV files: integers of 8 to 32 bits or 32-bit floats, channels averaged into one.

use std::io::Cursor;
use std::path::Path;

use hound::{SampleFormat, WavReader};

use crate::error::Fault;
use crate::{ModalityKind, Value};

pub(super) fn read(path: &Path) -> Result<Value, Fault> {
    let kind = ModalityKind::Audio;
    let bytes = super::bytes(path, kind)?;
    let corrupt = |error: hound::Error| Fault::Corrupt { path: path.to_owned(), kind, message: error.to_string() };
    let mut reader = WavReader::new(Cursor::new(bytes)).map_err(corrupt)?;
    let spec = reader.spec();
    let interleaved: Vec<f32> = match spec.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect::<Result<_, _>>().map_err(corrupt)?,
        SampleFormat::Int => {
            // A sample of b bits spans −2^(b−1) … 2^(b−1) − 1.
            let scale = 1.0 / (1u64 << (spec.bits_per_sample - 1)) as f32;
            reader.samples::<i32>().map(|s| s.map(|s| s as f32 * scale)).collect::<Result<_, _>>().map_err(corrupt)?
        }
    };
    if interleaved.is_empty() {
        return Err(Fault::NoContent { path: path.to_owned(), what: "samples" });
    }
    let channels = usize::from(spec.channels);
    let samples = if channels == 1 {
        interleaved
    } else {
        interleaved.chunks_exact(channels).map(|frame| frame.iter().sum::<f32>() / channels as f32).collect()
    };
    Ok(Value::Audio { rate: spec.sample_rate, samples })
}

#[cfg(test)]
mod tests {
    use hound::{WavSpec, WavWriter};

    use super::*;

    fn write(path: &Path, bits: u16, channels: u16, samples: &[i32]) {
        let spec = WavSpec { channels, sample_rate: 8_000, bits_per_sample: bits, sample_format: SampleFormat::Int };
        let mut writer = WavWriter::create(path, spec).unwrap();
        samples.iter().for_each(|s| writer.write_sample(*s).unwrap());
        writer.finalize().unwrap();
    }

    #[test]
    fn every_integer_width_reaches_the_same_levels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        for bits in [8u16, 16, 24, 32] {
            let half = 1i32 << (bits - 2);
            write(&path, bits, 1, &[half, -half, 0]);
            assert_eq!(
                read(&path).unwrap(),
                Value::Audio { rate: 8_000, samples: vec![0.5, -0.5, 0.0] },
                "{bits} bits"
            );
        }
    }

    #[test]
    fn floats_are_taken_as_they_are_and_channels_are_averaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let spec =
            WavSpec { channels: 2, sample_rate: 44_100, bits_per_sample: 32, sample_format: SampleFormat::Float };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        [0.25f32, 0.75, -1.0, 0.0].iter().for_each(|s| writer.write_sample(*s).unwrap());
        writer.finalize().unwrap();
        assert_eq!(read(&path).unwrap(), Value::Audio { rate: 44_100, samples: vec![0.5, -0.5] });
    }

    #[test]
    fn a_truncated_or_empty_wav_names_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.wav");
        write(&path, 16, 1, &[100; 200]);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 101]).unwrap();
        let fault = read(&path).unwrap_err();
        assert!(matches!(&fault, Fault::Corrupt { .. }) && fault.to_string().contains("cut.wav"), "{fault}");
        write(&path, 16, 1, &[]);
        assert!(matches!(read(&path), Err(Fault::NoContent { .. })));
        assert!(matches!(read(&folder.path().join("no.wav")), Err(Fault::MissingFile { .. })));
    }
}
