//! Random changes of prepared training samples.

use consil_random::Stream;

use crate::{Augment, Preparation};

/// The changes of one modality, with what they need to know of its shape.
#[derive(Clone, Debug)]
pub(crate) struct Augmenter {
    config: Augment,
    layout: Layout,
}

#[derive(Clone, Debug)]
enum Layout {
    /// `[C, H, W]`, with what a black pixel of each channel is.
    Planes {
        height: usize,
        width: usize,
        black: Vec<f32>,
    },
    /// `[bands, T]` at the row's own T; mel bands may be masked.
    Series {
        bands: usize,
        most: usize,
        mel: bool,
    },
    Row,
    /// Word numbers, which no change here is meant for.
    Words,
}

impl Augmenter {
    pub fn new(config: Augment, preparation: &Preparation) -> Self {
        let (inner, shape) = (preparation.inner(), preparation.shape());
        let black = inner.black();
        let layout = match (inner.vocabulary(), inner.time(), shape.as_slice()) {
            (Some(_), ..) => Layout::Words,
            (None, Some(time), [.., bands, _]) => {
                Layout::Series { bands: *bands, most: time.most(), mel: inner.is_mel() }
            }
            (None, None, [_, height, width]) => Layout::Planes { height: *height, width: *width, black },
            _ => Layout::Row,
        };
        Self { config, layout }
    }

    /// No changes.
    pub fn none(preparation: &Preparation) -> Self {
        Self::new(Augment::default(), preparation)
    }

    pub fn is_none(&self) -> bool {
        self.config.is_none()
    }

    /// Changes a prepared value at its own length, which a shift may change too.
    pub fn apply(&self, values: &mut Vec<f32>, steps: &mut Option<usize>, stream: &mut Stream) {
        match &self.layout {
            Layout::Words => return,
            Layout::Row => {}
            Layout::Planes { height, width, black } => {
                if self.config.shift > 0 {
                    let [down, right] = [0; 2].map(|_: usize| symmetric(stream, self.config.shift));
                    for (plane, black) in values.chunks_exact_mut(height * width).zip(black) {
                        shift_plane(plane, *width, down, right, *black);
                    }
                }
            }
            Layout::Series { bands, most, mel } => {
                if let Some(n) = steps.as_mut().filter(|n| **n > 0) {
                    self.change_series(values, n, (*bands, *most, *mel), stream);
                }
            }
        }
        if self.config.scale > 0.0 {
            let factor = 1.0 + stream.between(-1.0, 1.0) as f32 * self.config.scale;
            values.iter_mut().for_each(|x| *x *= factor);
        }
        if self.config.jitter > 0.0 {
            values.iter_mut().for_each(|x| *x += stream.normal() as f32 * self.config.jitter);
        }
    }

    fn change_series(
        &self,
        values: &mut Vec<f32>,
        steps: &mut usize,
        (bands, most, mel): (usize, usize, bool),
        stream: &mut Stream,
    ) {
        if self.config.shift > 0 {
            let by = symmetric(stream, self.config.shift);
            (*values, *steps) = shift_series(values, *steps, by, most);
        }
        if self.config.time_mask > 0 {
            let length = stream.below(self.config.time_mask.min(*steps) + 1);
            let begin = stream.below(*steps - length + 1);
            values.chunks_exact_mut(*steps).for_each(|row| row[begin..begin + length].fill(0.0));
        }
        if self.config.band_mask > 0 && mel {
            let length = stream.below(self.config.band_mask.min(bands) + 1);
            let begin = stream.below(bands - length + 1);
            values[begin * *steps..(begin + length) * *steps].fill(0.0);
        }
    }
}

/// A uniform whole number within ±`most`.
fn symmetric(stream: &mut Stream, most: usize) -> isize {
    let most = most.min(isize::MAX as usize / 2);
    stream.below(2 * most + 1) as isize - most as isize
}

/// Moves all bands by a number of steps, and returns them with the new number of steps, at least one: later begins with the
/// mean (zero) and ends at the limit, earlier loses its first steps.
fn shift_series(values: &[f32], steps: usize, by: isize, most: usize) -> (Vec<f32>, usize) {
    let (lead, lost) = if by >= 0 { (by.unsigned_abs().min(most), 0) } else { (0, by.unsigned_abs().min(steps - 1)) };
    let kept = (steps - lost).min(most - lead.min(most));
    let new_steps = lead + kept;
    let mut moved = Vec::with_capacity(values.len() / steps.max(1) * new_steps);
    for band in values.chunks_exact(steps) {
        moved.resize(moved.len() + lead, 0.0);
        moved.extend_from_slice(&band[lost..lost + kept]);
    }
    (moved, new_steps)
}

fn shift_plane(plane: &mut [f32], width: usize, down: isize, right: isize, fill: f32) {
    shift_row(plane, down.saturating_mul(width as isize), fill);
    plane.chunks_exact_mut(width).for_each(|row| shift_row(row, right, fill));
}

/// Moves a row's values by a number of places; places that become free are filled.
fn shift_row(row: &mut [f32], by: isize, fill: f32) {
    let n = by.unsigned_abs().min(row.len());
    if by >= 0 {
        row.copy_within(..row.len() - n, n);
        row[..n].fill(fill);
    } else {
        row.copy_within(n.., 0);
        let end = row.len();
        row[end - n..].fill(fill);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shifted_plane_moves_whole_and_fills_with_black() {
        let plane = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let shifted = |down, right| {
            let mut moved = plane;
            shift_plane(&mut moved, 3, down, right, -9.0);
            moved
        };
        assert_eq!(shifted(1, 1), [-9.0, -9.0, -9.0, -9.0, 1.0, 2.0]);
        assert_eq!(shifted(-1, -1), [5.0, 6.0, -9.0, -9.0, -9.0, -9.0]);
        assert_eq!(shifted(0, 0), plane);
        assert_eq!(shifted(5, 0), [-9.0; 6]);
    }

    #[test]
    fn a_shifted_series_keeps_to_its_limit() {
        let bands = [1.0, 2.0, 3.0, 10.0, 20.0, 30.0];
        assert_eq!(shift_series(&bands, 3, 1, 9), (vec![0.0, 1.0, 2.0, 3.0, 0.0, 10.0, 20.0, 30.0], 4));
        assert_eq!(shift_series(&bands, 3, 1, 3), (vec![0.0, 1.0, 2.0, 0.0, 10.0, 20.0], 3));
        assert_eq!(shift_series(&bands, 3, -2, 9), (vec![3.0, 30.0], 1));
        assert_eq!(shift_series(&bands, 3, -9, 9), (vec![3.0, 30.0], 1));
        assert_eq!(shift_series(&bands, 3, 9, 2), (vec![0.0; 4], 2));
    }

    #[test]
    fn symmetric_draws_reach_both_ends_and_no_further() {
        let mut stream = consil_random::Key::new(1).stream();
        let draws: std::collections::BTreeSet<isize> = (0..200).map(|_| symmetric(&mut stream, 2)).collect();
        assert_eq!(draws.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
    }
}
