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
    /// `[bands, T]`; the bands of audio are mel bands and may be masked.
    Series {
        bands: usize,
        time: usize,
        mel: bool,
    },
    Row,
    /// Word numbers, which no change here makes sense for.
    Words,
}

impl Augmenter {
    pub fn new(config: Augment, preparation: &Preparation) -> Self {
        let layout = match preparation {
            Preparation::Vision(p) => Layout::Planes { height: p.shape()[1], width: p.shape()[2], black: p.black() },
            Preparation::Video(p) => Layout::Planes { height: p.shape()[1], width: p.shape()[2], black: p.black() },
            Preparation::Audio(p) => Layout::Series { bands: p.shape()[1], time: p.shape()[2], mel: true },
            Preparation::Sensor(p) => Layout::Series { bands: p.shape()[0], time: p.shape()[1], mel: false },
            Preparation::Table(_) => Layout::Row,
            Preparation::Text(_) => Layout::Words,
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

    /// Changes a prepared value with `n_steps` steps before its padding; returns the new number of steps.
    pub fn apply(&self, values: &mut [f32], mut n_steps: usize, stream: &mut Stream) -> usize {
        match &self.layout {
            Layout::Words => return n_steps,
            Layout::Row => {}
            Layout::Planes { height, width, black } => {
                if self.config.shift > 0 {
                    let [down, right] = [0; 2].map(|_: usize| symmetric(stream, self.config.shift));
                    for (plane, black) in values.chunks_exact_mut(height * width).zip(black) {
                        shift_plane(plane, *width, down, right, *black);
                    }
                }
            }
            Layout::Series { bands, time, mel } => {
                if self.config.shift > 0 {
                    let by = symmetric(stream, self.config.shift);
                    values.chunks_exact_mut(*time).for_each(|row| shift_row(row, by, 0.0));
                    n_steps = n_steps.saturating_add_signed(by).min(*time);
                }
                if self.config.time_mask > 0 && n_steps > 0 {
                    let length = stream.below(self.config.time_mask.min(n_steps) + 1);
                    let begin = stream.below(n_steps - length + 1);
                    values.chunks_exact_mut(*time).for_each(|row| row[begin..begin + length].fill(0.0));
                }
                if self.config.band_mask > 0 && *mel {
                    let length = stream.below(self.config.band_mask.min(*bands) + 1);
                    let begin = stream.below(bands - length + 1);
                    values[begin * time..(begin + length) * time].fill(0.0);
                }
            }
        }
        if self.config.scale > 0.0 {
            let factor = 1.0 + stream.between(-1.0, 1.0) as f32 * self.config.scale;
            values.iter_mut().for_each(|x| *x *= factor);
        }
        if self.config.jitter > 0.0 {
            // Padding stays as it is: its mask says that there is nothing.
            let time = if let Layout::Series { time, .. } = self.layout { time } else { 0 };
            let real = values.iter_mut().enumerate().filter(|(i, _)| time == 0 || i % time < n_steps);
            real.for_each(|(_, x)| *x += stream.normal() as f32 * self.config.jitter);
        }
        n_steps
    }
}

/// A uniform whole number within ±`most`.
fn symmetric(stream: &mut Stream, most: usize) -> isize {
    stream.below(2 * most + 1) as isize - most as isize
}

fn shift_plane(plane: &mut [f32], width: usize, down: isize, right: isize, fill: f32) {
    shift_row(plane, down * width as isize, fill);
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
    fn symmetric_draws_reach_both_ends_and_no_further() {
        let mut stream = consil_random::Key::new(1).stream();
        let draws: std::collections::BTreeSet<isize> = (0..200).map(|_| symmetric(&mut stream, 2)).collect();
        assert_eq!(draws.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2]);
    }
}
