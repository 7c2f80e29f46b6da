//! Saliency: which pixels an answer depends on.
//!
//! The map of a picture x is `|∂ log p(answer) / ∂ x|`, summed over colours (Simonyan et al., 2014, §3), smoothed by a binomial window of 3 × 3, and scaled so that its largest value is 1. It says where a small change would change
//! the answer most, not whether what is there speaks for the answer or against it.

use serde::Serialize;

use super::Image;

/// How much an answer depends on each pixel of a prepared picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Saliency {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// `[height, width]` row-major, in 0–1; all zero where no pixel matters.
    pub values: Vec<f32>,
}

/// Rows and columns of the map in a terminal.
const CELLS: (usize, usize) = (8, 16);

impl Saliency {
    /// From the gradient of a log-probability by a picture `[C, H, W]`.
    pub(super) fn of_gradient(shape: &[usize], gradient: &[f32]) -> Option<Self> {
        let &[channels, height, width] = shape else { return None };
        if gradient.len() != channels * height * width || gradient.is_empty() {
            return None;
        }
        let size = height * width;
        let summed: Vec<f32> =
            (0..size).map(|i| (0..channels).map(|c| gradient[c * size + i].abs()).sum::<f32>()).collect();
        let mut values = smooth(&smooth(&summed, height, width, 1), height, width, width);
        let largest = values.iter().copied().fold(0.0, f32::max);
        if largest > 0.0 {
            values.iter_mut().for_each(|value| *value /= largest);
        }
        Some(Self { height, width, values })
    }

    /// The value at a place in 0–1 × 0–1, from the top left.
    fn at(&self, y: f64, x: f64) -> f32 {
        let nearest = |place: f64, n: usize| ((place * n as f64) as usize).min(n - 1);
        self.values[nearest(y, self.height) * self.width + nearest(x, self.width)]
    }

    /// The picture in grey with what the answer depends on in red, three channels.
    pub fn over(&self, picture: &Image) -> Image {
        let Image { width, height, channels, pixels } = picture;
        let mut coloured = Vec::with_capacity(width * height * 3);
        for (i, pixel) in pixels.chunks(*channels).enumerate() {
            let (y, x) = ((i / width) as f64 + 0.5, (i % width) as f64 + 0.5);
            let red = self.at(y / *height as f64, x / *width as f64);
            let grey = pixel.iter().map(|p| f32::from(*p)).sum::<f32>() / pixel.len() as f32;
            // Dark pictures stay readable: red is laid over, not multiplied.
            let mix = |colour: f32| (grey + 0.8 * red * (colour - grey)).round().clamp(0.0, 255.0) as u8;
            coloured.extend([mix(255.0), mix(40.0), mix(40.0)]);
        }
        Image { width: *width, height: *height, channels: 3, pixels: coloured }
    }

    /// Lines of shades for a terminal, darker where the answer depends on more.
    pub(super) fn lines(&self) -> Vec<String> {
        const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
        let (rows, columns) = (CELLS.0.min(self.height), CELLS.1.min(2 * self.width));
        let shade = |row: usize, column: usize| {
            let value = self.at((row as f64 + 0.5) / rows as f64, (column as f64 + 0.5) / columns as f64);
            SHADES[((value * SHADES.len() as f32) as usize).min(SHADES.len() - 1)]
        };
        (0..rows).map(|row| (0..columns).map(|column| shade(row, column)).collect()).collect()
    }
}

/// The binomial window ¼ ½ ¼ along one axis, whose neighbours are `stride` apart; at an edge the value itself stands in for what is beyond.
fn smooth(values: &[f32], height: usize, width: usize, stride: usize) -> Vec<f32> {
    let (along, n) = if stride == 1 { (1, width) } else { (stride, height) };
    let position = |i: usize| if stride == 1 { i % width } else { i / width };
    let at = |i: usize| {
        let before = if position(i) > 0 { values[i - along] } else { values[i] };
        let after = if position(i) + 1 < n { values[i + along] } else { values[i] };
        0.25 * before + 0.5 * values[i] + 0.25 * after
    };
    (0..values.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_of_a_gradient_does_not_matter_and_the_largest_is_one() {
        let mut gradient = vec![0.0; 2 * 9];
        (gradient[4], gradient[9 + 4]) = (-3.0, 1.0);
        let saliency = Saliency::of_gradient(&[2, 3, 3], &gradient).unwrap();
        // The binomial window of 3 × 3, scaled to its middle.
        assert_eq!(saliency.values, [0.25, 0.5, 0.25, 0.5, 1.0, 0.5, 0.25, 0.5, 0.25]);
        assert!(Saliency::of_gradient(&[9], &[0.0; 9]).is_none());
        assert_eq!(Saliency::of_gradient(&[1, 1, 2], &[0.0; 2]).unwrap().values, [0.0, 0.0]);
    }

    #[test]
    fn smoothing_keeps_what_is_even() {
        let values = vec![2.0; 12];
        assert_eq!(smooth(&smooth(&values, 3, 4, 1), 3, 4, 4), values);
    }

    #[test]
    fn red_lies_over_what_matters_and_leaves_the_rest() {
        let saliency = Saliency { height: 1, width: 2, values: vec![0.0, 1.0] };
        let picture = Image { width: 4, height: 1, channels: 1, pixels: vec![0, 100, 0, 100] };
        let over = saliency.over(&picture);
        assert_eq!((over.width, over.height, over.channels), (4, 1, 3));
        assert_eq!(over.pixels[..6], [0, 0, 0, 100, 100, 100]);
        assert_eq!(over.pixels[6..], [204, 32, 32, 224, 52, 52]);
        assert_eq!(saliency.lines(), ["  ██"]);
    }
}
