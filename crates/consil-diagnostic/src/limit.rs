//! Sizes, estimated before anything is allocated, and refused with the figure and the limit.
//!
//! A width in a spec, a shape in a file's header, a count on the command line: each is a number that somebody wrote, and none may reach the
//! allocator as it is. Whoever makes something of such a number first says how large it would be ([`Size::of`], checked arithmetic throughout) and
//! asks whether that is allowed ([`Size::within`]). A size that no computer can hold is a size like any other: [`Size::BEYOND`].
//!
//! ```
//! use consil_diagnostic::limit::Size;
//!
//! let weights = Size::of::<f32>(&[784, 1_000_000_000]);
//! let error = weights.within(Size::gibibytes(16), "the weights of `digit.0.linear`").unwrap_err();
//! assert_eq!(error.to_string(), "the weights of `digit.0.linear` would take 2.9 TiB, and the limit is 16 GiB");
//! assert_eq!(Size::of::<f32>(&[1 << 40, 1 << 40]), Size::BEYOND);
//! ```

use std::fmt;

use thiserror::Error;

use crate::hint::Hint;

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Size(u64);

/// The most that one value of a spec or file may ask for where nobody said otherwise. It is far above every model and data set that one
/// machine trains on, and far below what makes an allocator abort.
pub const DEFAULT: Size = Size::gibibytes(16);

impl Size {
    /// More than can be addressed.
    pub const BEYOND: Self = Self(u64::MAX);

    /// A number of bytes.
    pub const fn bytes(n: u64) -> Self {
        Self(n)
    }

    /// A number of mebibytes, 2²⁰ bytes.
    pub const fn mebibytes(n: u64) -> Self {
        Self(n.saturating_mul(1 << 20))
    }

    /// A number of gibibytes, 2³⁰ bytes.
    pub const fn gibibytes(n: u64) -> Self {
        Self(n.saturating_mul(1 << 30))
    }

    /// What an array of `T` with these axes takes; [`Size::BEYOND`] when that cannot be addressed.
    pub fn of<T>(shape: &[usize]) -> Self {
        let product = |size: Self, axis: &usize| size.times(*axis as u64);
        let size = shape.iter().fold(Self(size_of::<T>() as u64), product);
        if size.0 > isize::MAX as u64 && !shape.contains(&0) { Self::BEYOND } else { size }
    }

    /// As often as `n` says.
    #[must_use]
    pub const fn times(self, n: u64) -> Self {
        Self(self.0.saturating_mul(n))
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The number of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The size again, if it is not above a limit.
    ///
    /// # Errors
    /// [`TooLarge`], which says what would take so much.
    pub fn within(self, limit: Self, what: &str) -> Result<Self, TooLarge> {
        if self <= limit { Ok(self) } else { Err(TooLarge { what: what.to_owned(), size: self, limit }) }
    }
}

/// The number of elements of an array with these axes, if it can be addressed.
pub fn n_elements(shape: &[usize]) -> Option<usize> {
    if shape.contains(&0) {
        return Some(0);
    }
    let n = shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis))?;
    (n <= isize::MAX as usize).then_some(n)
}

impl fmt::Display for Size {
    /// In the largest unit that leaves a number of at least one, with one decimal where that is needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if *self == Self::BEYOND {
            return f.write_str("more than any memory");
        }
        if self.0 < 1024 {
            return write!(f, "{} bytes", self.0);
        }
        let power = (self.0.ilog2() / 10) as usize;
        let value = self.0 as f64 / 1024f64.powi(power as i32);
        let decimals = usize::from(value < 100.0 && value.fract() >= 0.05);
        write!(f, "{value:.decimals$} {}", UNITS[power - 1])
    }
}

/// Something would be larger than it may be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what} would take {size}, and the limit is {limit}")]
pub struct TooLarge {
    /// What, as the subject of a sentence.
    pub what: String,
    /// How large it would be.
    pub size: Size,
    /// How large it may be.
    pub limit: Size,
}

impl Hint for TooLarge {
    fn help(&self) -> Option<String> {
        Some("give smaller numbers: a width, a size, a count or a length is far beyond what is meant".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sizes_are_shown_in_their_unit() {
        let sizes =
            [0, 1023, 1024, 1536, 100 * 1024, 16 << 30, 3_136_000_000_000, u64::MAX - 1].map(|n| Size(n).to_string());
        assert_eq!(sizes, ["0 bytes", "1023 bytes", "1 KiB", "1.5 KiB", "100 KiB", "16 GiB", "2.9 TiB", "16 EiB"]);
    }

    #[test]
    fn a_limit_is_allowed_and_one_more_is_not() {
        assert_eq!(Size(7).within(Size(7), "it"), Ok(Size(7)));
        let error = Size(8).within(Size(7), "the picture").unwrap_err();
        assert_eq!(error.to_string(), "the picture would take 8 bytes, and the limit is 7 bytes");
    }

    proptest! {
        /// The estimate is the exact product wherever that can be addressed, and beyond otherwise; never a wrapped one.
        #[test]
        fn products_do_not_wrap(shape in prop::collection::vec(prop_oneof![0usize..10, any::<usize>()], 0..5)) {
            let exact = shape.iter().try_fold(1u128, |n, axis| n.checked_mul(*axis as u128)).unwrap_or(u128::MAX);
            let exact = if shape.contains(&0) { 0 } else { exact };
            let bytes = exact.saturating_mul(4);
            let expected = if bytes > isize::MAX as u128 { Size::BEYOND } else { Size(bytes as u64) };
            prop_assert_eq!(Size::of::<f32>(&shape), expected);
            let expected = (exact <= isize::MAX as u128).then_some(exact as usize);
            prop_assert_eq!(n_elements(&shape), expected);
        }
    }
}
