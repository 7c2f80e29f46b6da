//! The windows of a volume, and the matrix that has them side by side.

use crate::kernel::simd::vectorised;

/// Windows that slide over the channels `[C, D, H, W]` of one group.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    pub channels: usize,
    pub size: [usize; 3],
    pub out_size: [usize; 3],
    pub kernel: [usize; 3],
    pub stride: [usize; 3],
    pub padding: [usize; 3],
    pub dilation: [usize; 3],
}

/// Consecutive elements of a row of the matrix of columns.
struct Stretch {
    /// Where it begins in the matrix.
    at: usize,
    /// How many elements it has.
    length: usize,
    /// Where its first element is read from in the volume.
    from: usize,
}

impl Windows {
    /// The values of the volume.
    pub fn volume(&self) -> usize {
        self.channels * self.size.iter().product::<usize>()
    }

    /// The rows of the matrix: one for each element of the kernel.
    pub fn length(&self) -> usize {
        self.channels * self.kernel.iter().product::<usize>()
    }

    /// The columns of the matrix: one for each position of the result.
    pub fn positions(&self) -> usize {
        self.out_size.iter().product()
    }

    /// The windows over the result's gradient, of `out` channels, from which the gradient of the volume is read: those of the kernel turned round. None where
    /// there is a stride, or padding that no window reaches beyond.
    pub fn turned(&self, out: usize) -> Option<Self> {
        let mut padding = [0; 3];
        for (axis, padding) in padding.iter_mut().enumerate() {
            let reach = self.kernel[axis].checked_sub(1)? * self.dilation[axis];
            *padding = reach.checked_sub(self.padding[axis])?;
        }
        let turned = Self { channels: out, size: self.out_size, out_size: self.size, padding, ..self.clone() };
        (self.stride == [1; 3]).then_some(turned)
    }

    /// The position along an axis that element `k` of the kernel reads for position `p` of the result; `None` in the padding.
    fn read(&self, axis: usize, p: usize, k: usize) -> Option<usize> {
        let at = (p * self.stride[axis] + k * self.dilation[axis]).checked_sub(self.padding[axis])?;
        (at < self.size[axis]).then_some(at)
    }

    /// Visits every stretch of the matrix that lies within the volume; what is between them is padding.
    #[inline(always)]
    fn for_each_stretch(&self, mut visit: impl FnMut(Stretch)) {
        let [_, height, width] = self.size;
        let [out_depth, out_height, out_width] = self.out_size;
        let plane = height * width;
        let mut row = 0;
        for channel in 0..self.channels {
            for kz in 0..self.kernel[0] {
                for ky in 0..self.kernel[1] {
                    for kx in 0..self.kernel[2] {
                        let (shift, padding, step) = (kx * self.dilation[2], self.padding[2], self.stride[2]);
                        // Positions x with 0 ≤ x · stride + shift − padding < width.
                        let first = padding.saturating_sub(shift).div_ceil(step);
                        let last = (width + padding).saturating_sub(shift).div_ceil(step).min(out_width);
                        for z in 0..if first < last { out_depth } else { 0 } {
                            let Some(depth) = self.read(0, z, kz) else { continue };
                            let from = (channel * self.size[0] + depth) * plane;
                            for y in 0..out_height {
                                let Some(line) = self.read(1, y, ky) else { continue };
                                visit(Stretch {
                                    at: ((row * out_depth + z) * out_height + y) * out_width + first,
                                    length: last - first,
                                    from: from + line * width + first * step + shift - padding,
                                });
                            }
                        }
                        row += 1;
                    }
                }
            }
        }
    }

    /// Adds the matrix back to the volume: each element where its window read it.
    pub fn scatter(&self, columns: &[f32], volume: &mut [f32]) {
        vectorised(
            #[inline(always)]
            || self.scatter_stretches(columns, volume),
        );
    }

    #[inline(always)]
    fn scatter_stretches(&self, columns: &[f32], volume: &mut [f32]) {
        let step = self.stride[2];
        self.for_each_stretch(|Stretch { at, length, from }| {
            let columns = &columns[at..at + length];
            if step == 1 {
                volume[from..from + length].iter_mut().zip(columns).for_each(|(to, c)| *to += c);
            } else {
                volume[from..].iter_mut().step_by(step).zip(columns).for_each(|(to, c)| *to += c);
            }
        });
    }
}
