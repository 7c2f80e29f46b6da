//! IMA ADPCM (Interactive Multimedia Association, 1992) with three bits for each sample, in which the embedded clips are
//! stored.
//!
//! The bits, least significant first, are a magnitude of two bits and a sign. They change the predicted sample by
//! `±(2·magnitude + 1)·step / 4`, and then the step size's place in a table of sizes that grow by about 10 %, by −1, −1, 2 or
//! 4. A clip begins at sample 0 and the step size at place 30.

/// The bytes that hold a clip of so many samples.
pub(super) fn n_bytes(n_samples: usize) -> usize {
    (3 * n_samples).div_ceil(8)
}

/// Decodes a clip into samples within −1…1.
pub(super) fn decode(bytes: &[u8], n_samples: usize) -> Vec<f32> {
    let (mut predicted, mut place) = (0i32, FIRST_PLACE);
    let mut samples = Vec::with_capacity(n_samples);
    for n in 0..n_samples {
        let (byte, shift) = (3 * n / 8, 3 * n % 8);
        let pair = u16::from(bytes[byte]) | u16::from(bytes.get(byte + 1).copied().unwrap_or(0)) << 8;
        let code = usize::from(pair >> shift) & 7;
        let magnitude = code & 3;
        let change = (2 * magnitude as i32 + 1) * STEPS[place] / 4;
        predicted = (predicted + if code & 4 == 0 { change } else { -change }).clamp(-32_768, 32_767);
        place = place.saturating_add_signed(PLACE_CHANGE[magnitude]).min(STEPS.len() - 1);
        samples.push(predicted as f32 / 32_768.0);
    }
    samples
}

const FIRST_PLACE: usize = 30;
const PLACE_CHANGE: [isize; 4] = [-1, -1, 2, 4];

/// The step sizes of the IMA recommendation.
const STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10_442, 11_487, 12_635, 13_899, 15_289, 16_818, 18_500, 20_350, 22_385, 24_623,
    27_086, 29_794, 32_767,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The encoder of `generate.py`, so that the decoder is tested against signals and not against itself.
    fn encode(samples: &[i32]) -> Vec<u8> {
        let (mut predicted, mut place) = (0i32, FIRST_PLACE);
        let mut bytes = vec![0u8; n_bytes(samples.len()) + 1];
        for (n, sample) in samples.iter().enumerate() {
            let difference = sample - predicted;
            let magnitude = (difference.abs() * 2 / STEPS[place]).min(3);
            let change = (2 * magnitude + 1) * STEPS[place] / 4;
            predicted = (predicted + if difference < 0 { -change } else { change }).clamp(-32_768, 32_767);
            place = place.saturating_add_signed(PLACE_CHANGE[magnitude as usize]).min(STEPS.len() - 1);
            let code = (magnitude as u16 | if difference < 0 { 4 } else { 0 }) << (3 * n % 8);
            bytes[3 * n / 8] |= code as u8;
            bytes[3 * n / 8 + 1] |= (code >> 8) as u8;
        }
        bytes.truncate(n_bytes(samples.len()));
        bytes
    }

    #[test]
    fn a_tone_survives_with_three_bits() {
        let tone: Vec<i32> = (0..4_000).map(|i| (20_000.0 * (f64::from(i) * 0.2).sin()) as i32).collect();
        let decoded = decode(&encode(&tone), tone.len());
        let power: f64 = tone.iter().map(|x| (f64::from(*x) / 32_768.0).powi(2)).sum();
        let error: f64 =
            tone.iter().zip(&decoded).map(|(x, y)| (f64::from(*x) / 32_768.0 - f64::from(*y)).powi(2)).sum();
        let snr_db = 10.0 * (power / error).log10();
        // Three bits with a step size that follows the signal: about 4 to 5 dB for each bit.
        assert!(snr_db > 12.0, "{snr_db} dB");
    }

    #[test]
    fn codes_are_read_least_significant_bits_first() {
        // Codes 3 and 4: up by 7/4 of step 130, then (four places on, step 190) down by 1/4.
        let samples = decode(&[0b00_100_011], 2);
        assert_eq!(samples, [227.0 / 32_768.0, (227.0 - 47.0) / 32_768.0]);
    }
}
