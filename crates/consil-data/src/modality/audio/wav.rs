//! RIFF WAVE files: integers of 8 to 32 bits or floats of 32 and 64 bits.
//!
//! A file is a list of chunks, each of a name, a length and, where the length is odd, a byte of padding (Multimedia
//! Programming Interface and Data Specifications 1.0, IBM and Microsoft, 1991). A program that streams cannot go back to
//! write lengths, and leaves the largest one: the samples then last to the end of the file. RF64 (EBU Tech 3306) keeps
//! 64-bit lengths in a chunk of its own.

use std::io::{self, Cursor};
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};

use super::Waveform;
use crate::error::Fault;
use crate::limits::{MAX_RATE, MAX_SAMPLES};
use crate::{ModalityKind, Value};

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// Lengths from here on stand for "not known": ffmpeg streams 2³² − 1, sox 2³¹ less its header.
const STREAMED: u64 = 0x7fff_f000;

/// What the chunk `fmt ` says.
struct Format {
    is_float: bool,
    channels: usize,
    rate: u32,
    /// Bytes of one sample of one channel.
    width: usize,
}

/// A clip as a file of 16 bits; samples beyond ±1 are clipped.
pub(super) fn written(clip: &Waveform) -> io::Result<Vec<u8>> {
    let spec = WavSpec { channels: 1, sample_rate: clip.rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut bytes, spec).map_err(io::Error::other)?;
    for sample in &clip.samples {
        let level = (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
        writer.write_sample(level).map_err(io::Error::other)?;
    }
    writer.finalize().map_err(io::Error::other)?;
    Ok(bytes.into_inner())
}

/// Decodes a file; channels are averaged into one.
pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Result<Value, Fault> {
    let corrupt = |message: String| Fault::Corrupt { path: path.to_owned(), kind: ModalityKind::Audio, message };
    let (format, data) = chunks(bytes).map_err(corrupt)?;
    let frame = format.width * format.channels;
    if (data.len() / frame) as u64 > MAX_SAMPLES {
        return Err(corrupt(format!("it has {} samples, and at most {MAX_SAMPLES} are read", data.len() / frame)));
    }
    let mut samples = Vec::with_capacity(data.len() / frame);
    for (nth, frame) in data.chunks_exact(frame).enumerate() {
        let sum: f64 = frame.chunks_exact(format.width).map(|sample| level(sample, format.is_float)).sum();
        let mean = (sum / format.channels as f64) as f32;
        if !mean.is_finite() {
            return Err(corrupt(format!("sample {nth} is not a finite number")));
        }
        samples.push(mean);
    }
    match samples.is_empty() {
        true => Err(Fault::NoContent { path: path.to_owned(), what: "samples" }),
        false => Ok(Value::Audio(Waveform { rate: format.rate, samples })),
    }
}

/// A sample between −1 and 1: an integer of b bits spans −2^(b−1) … 2^(b−1) − 1, and one of 8 bits 0 … 255.
fn level(sample: &[u8], is_float: bool) -> f64 {
    match *sample {
        [a] => (f64::from(a) - 128.0) / 128.0,
        [a, b] => f64::from(i16::from_le_bytes([a, b])) / f64::from(1u32 << 15),
        [a, b, c] => f64::from(i32::from_le_bytes([0, a, b, c])) / f64::from(1u32 << 31),
        [a, b, c, d] if is_float => f64::from(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d] => f64::from(i32::from_le_bytes([a, b, c, d])) / f64::from(1u32 << 31),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    }
}

/// The format and the bytes of the samples.
fn chunks(bytes: &[u8]) -> Result<(Format, &[u8]), String> {
    let is_rf64 = match bytes.get(..12) {
        Some([b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E']) => false,
        Some([b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E']) => true,
        Some([b'R', b'I', b'F', b'X', ..]) => return Err("it is big-endian (RIFX); store it as RIFF".to_owned()),
        _ => return Err("it does not begin as a RIFF WAVE file does".to_owned()),
    };
    let riff = u64::from(u32_at(bytes, 4).unwrap_or(0));
    let (mut format, mut long_data) = (None, None);
    let mut rest = &bytes[12..];
    while rest.len() >= 8 {
        let (name, length) = (&rest[..4], u64::from(u32_at(rest, 4).unwrap_or(0)));
        let body = &rest[8..];
        if name == b"data" {
            let format: Format = format.ok_or("its samples come before their format")?;
            let length = match long_data {
                Some(long) if is_rf64 => long,
                _ => length,
            };
            let data = samples(&format, body, length, riff)?;
            return Ok((format, data));
        }
        let Some(content) = usize::try_from(length).ok().and_then(|length| body.get(..length)) else {
            let name = String::from_utf8_lossy(name).into_owned();
            return Err(format!("its chunk {name:?} promises {length} bytes, but {} follow", body.len()));
        };
        match name {
            b"fmt " => format = Some(parse_format(content)?),
            b"ds64" => long_data = content.get(8..16).and_then(|b| b.try_into().ok()).map(u64::from_le_bytes),
            _ => {}
        }
        // A chunk of odd length is followed by a byte of padding, unless the file ends there.
        let next = content.len() + content.len() % 2;
        rest = body.get(next..).unwrap_or(&[]);
    }
    Err("it has no chunk of samples".to_owned())
}

/// The bytes of the samples, given the length that their chunk promises and that of the whole file.
fn samples<'a>(format: &Format, body: &'a [u8], length: u64, riff: u64) -> Result<&'a [u8], String> {
    let frame = format.width * format.channels;
    let unknown = riff == 0 || riff >= STREAMED;
    // What a recorder did not finish: neither length was written.
    let is_streamed = (length >= STREAMED && length > body.len() as u64) || (length == 0 && unknown);
    if is_streamed {
        // A stream may be cut within a frame.
        return Ok(&body[..body.len() / frame * frame]);
    }
    let Some(data) = usize::try_from(length).ok().and_then(|length| body.get(..length)) else {
        return Err(format!("its samples take {length} bytes by its header, but {} follow", body.len()));
    };
    match data.len() % frame {
        0 => Ok(data),
        rest => Err(format!("its samples end {rest} bytes into a frame of {frame}")),
    }
}

fn parse_format(content: &[u8]) -> Result<Format, String> {
    let u16_at = |at: usize| content.get(at..at + 2).map(|b| u16::from_le_bytes([b[0], b[1]]));
    let (Some(tag), Some(channels), Some(rate), Some(block), Some(bits)) =
        (u16_at(0), u16_at(2), u32_at(content, 4), u16_at(12), u16_at(14))
    else {
        return Err(format!("its format takes {} bytes, too few", content.len()));
    };
    // The extensible form has the plain tag at the head of a longer identifier.
    let tag = if tag == EXTENSIBLE { u16_at(24).unwrap_or(0) } else { tag };
    if channels == 0 {
        return Err("it has 0 channels".to_owned());
    }
    if !(1..=MAX_RATE).contains(&rate) {
        return Err(format!("its rate is {rate} samples per second, which lies outside 1 to {MAX_RATE}"));
    }
    let width = usize::from(block) / usize::from(channels);
    let is_float = tag == FLOAT;
    let holds = match tag {
        PCM => (1..=4).contains(&width),
        FLOAT => width == 4 || width == 8,
        _ => return Err(format!("its samples are coded (format {tag:#06x}); store them as PCM or float")),
    };
    if !holds || usize::from(block) != width * usize::from(channels) || usize::from(bits).div_ceil(8) > width {
        return Err(format!("{bits} bits for {channels} channels in blocks of {block} bytes contradict each other"));
    }
    Ok(Format { is_float, channels: usize::from(channels), rate, width })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests;
