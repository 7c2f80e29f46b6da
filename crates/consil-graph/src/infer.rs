//! Shape inference: the shape each op gives for the shapes it is given, or why it refuses them.

use std::fmt;

use crate::op::{Conv, Op, Pool};

/// Why an op refuses its operands.
///
/// `Display` reads as the predicate of a sentence about the node, such as ``needs an input of at least 5×5, but …``.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Misfit {
    /// The op takes another number of operands.
    Operands {
        /// What it takes.
        takes: &'static str,
        /// How many it was given.
        given: usize,
    },
    /// The operand has the wrong number of axes.
    Rank {
        /// What the op takes, such as ``an image [C, H, W]``.
        needs: &'static str,
        /// The operand's shape.
        given: Vec<usize>,
        /// How to mend it.
        mend: &'static str,
    },
    /// The window is longer than what it slides over.
    TooSmall {
        /// The least lengths of the sliding axes.
        least: Vec<usize>,
        /// The operand's shape.
        given: Vec<usize>,
    },
    /// An attribute that must divide a length does not.
    Indivisible {
        /// The attribute, such as ``heads = 5``.
        attribute: String,
        /// The length's meaning, such as ``the width of a token``.
        of: &'static str,
        /// The length.
        length: usize,
    },
    /// An attribute is outside of its range.
    Attribute {
        /// What the op needs, such as ``a kernel of at least 1``.
        needs: &'static str,
    },
    /// Two operands that must agree do not.
    Disagree {
        /// What must agree.
        rule: &'static str,
        /// The shapes.
        shapes: Vec<Vec<usize>>,
    },
    /// The new shape has another size.
    Size {
        /// The operand's shape.
        given: Vec<usize>,
        /// The shape asked for.
        asked: Vec<usize>,
    },
    /// The layer cannot be told apart from padding under a time mask.
    Unmaskable {
        /// Why, and how to mend it.
        reason: &'static str,
    },
    /// Another node has the same name.
    NameTaken,
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.explain(f, "it is given")
    }
}

impl std::error::Error for Misfit {}

impl Misfit {
    /// Writes the predicate, `source` being the phrase that introduces the operand: ``the layer before it gives``.
    pub(crate) fn explain(&self, f: &mut fmt::Formatter<'_>, source: &str) -> fmt::Result {
        match self {
            Self::Operands { takes, given } => write!(f, "takes {takes}, but it has {given}"),
            Self::Rank { needs, given, mend } => write!(f, "needs {needs}, but {source} {given:?}; {mend}"),
            Self::TooSmall { least, given } => {
                let least: Vec<String> = least.iter().map(usize::to_string).collect();
                let least = least.join("×");
                let unit = if given.len() == 2 { " steps" } else { "" };
                write!(
                    f,
                    "needs an input of at least {least}{unit}, but {source} {given:?}; use a smaller kernel or padding"
                )
            }
            Self::Indivisible { attribute, of, length } => {
                write!(f, "has {attribute}, which does not divide {of}, {length}; choose a divisor of {length}")
            }
            Self::Attribute { needs } => write!(f, "needs {needs}"),
            Self::Disagree { rule, shapes } => {
                write!(f, "needs {rule}, but its operands have the shapes ")?;
                for (i, shape) in shapes.iter().enumerate() {
                    write!(f, "{}{shape:?}", if i == 0 { "" } else { " and " })?;
                }
                Ok(())
            }
            Self::Size { given, asked } => {
                let (from, to) = (size(given), size(asked));
                write!(f, "asks for the shape {asked:?} of {to} values, but {source} {given:?} of {from} values")
            }
            Self::Unmaskable { reason } => write!(f, "{reason}"),
            Self::NameTaken => write!(f, "has a name that another node has; rename one of them"),
        }
    }
}

impl Op {
    /// The per-sample shape of the result for operands of the given per-sample shapes.
    ///
    /// # Errors
    /// If the operands do not fit the op.
    pub fn infer(&self, operands: &[&[usize]]) -> Result<Vec<usize>, Misfit> {
        match self {
            Op::Concat { axis } => return concat(*axis, operands),
            Op::Stack => return stack(operands),
            Op::Add => {
                let [a, b] = pair(operands)?;
                return if a == b { Ok(a.to_vec()) } else { Err(disagree("two operands of one shape", operands)) };
            }
            Op::Mul => return mul(operands),
            Op::Attention { heads, masked, .. } => return attention(*heads, *masked, operands),
            Op::MeanTokens => return mean_tokens(operands),
            _ => {}
        }
        let &[x] = operands else {
            return Err(Misfit::Operands { takes: "one operand", given: operands.len() });
        };
        match self {
            Op::Linear { out, .. } => {
                positive(*out, "an output of at least 1 value")?;
                let mut shape = at_least_rank_1(x)?.to_vec();
                *last_mut(&mut shape) = *out;
                Ok(shape)
            }
            Op::Conv1d(conv) => convolve(conv, x, "a series [C, T]"),
            Op::Conv2d(conv) => convolve(conv, x, "an image [C, H, W]"),
            Op::Pool1d(window) => pool(window, x, "a series [C, T]"),
            Op::Pool2d(window) => pool(window, x, "an image [C, H, W]"),
            Op::GlobalAveragePool if (2..=3).contains(&x.len()) => Ok(vec![x[0]]),
            Op::GlobalAveragePool => Err(rank("a series [C, T] or an image [C, H, W]", x, "leave it out")),
            Op::LayerNorm { .. } | Op::RmsNorm { .. } | Op::BatchNorm { .. } | Op::Softmax | Op::LogSoftmax => {
                Ok(at_least_rank_1(x)?.to_vec())
            }
            Op::Dropout { rate } if (0.0..1.0).contains(rate) => Ok(x.to_vec()),
            Op::Dropout { .. } => Err(Misfit::Attribute { needs: "a rate of at least 0 and below 1" }),
            Op::Activation(_) => Ok(x.to_vec()),
            Op::Embedding { vocabulary, width } => {
                positive(*vocabulary, "a vocabulary of at least 1 row")?;
                positive(*width, "a width of at least 1")?;
                match x {
                    [t] => Ok(vec![*t, *width]),
                    _ => Err(rank("a list of indices [T]", x, "put it before any other layer")),
                }
            }
            Op::PositionEmbedding => tokens(x).map(|_| x.to_vec()),
            Op::Reshape { shape } if size(shape) == size(x) => Ok(shape.clone()),
            Op::Reshape { shape } => Err(Misfit::Size { given: x.to_vec(), asked: shape.clone() }),
            Op::Flatten => Ok(vec![size(x)]),
            Op::Transpose => match x {
                [a, b] => Ok(vec![*b, *a]),
                _ => Err(rank("a matrix [A, B]", x, "reshape first")),
            },
            Op::Concat { .. } | Op::Stack | Op::Add | Op::Mul | Op::Attention { .. } | Op::MeanTokens => {
                unreachable!("ops of several operands were answered above")
            }
        }
    }
}

/// The output length of a window of `kernel` elements, `dilation` apart, moving by `stride`; `None` if it does not fit.
pub(crate) fn window_length(
    length: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
) -> Option<usize> {
    let padded = length.saturating_add(padding.saturating_mul(2));
    Some(padded.checked_sub(reach(kernel, dilation))? / stride + 1)
}

/// How many elements a window covers. Saturating, as is all that is computed from attributes: a file may hold any number.
pub(crate) fn reach(kernel: usize, dilation: usize) -> usize {
    dilation.saturating_mul(kernel.saturating_sub(1)).saturating_add(1)
}

/// How many values an array of this shape holds.
fn size(shape: &[usize]) -> usize {
    shape.iter().fold(1, |size: usize, length| size.saturating_mul(*length))
}

fn convolve<const N: usize>(conv: &Conv<N>, x: &[usize], needs: &'static str) -> Result<Vec<usize>, Misfit> {
    positive(conv.out, "at least 1 output channel")?;
    positive(conv.groups, "at least 1 group")?;
    positive(conv.kernel.into_iter().min().unwrap_or(0), "a kernel of at least 1")?;
    positive(conv.stride.into_iter().min().unwrap_or(0), "a stride of at least 1")?;
    positive(conv.dilation.into_iter().min().unwrap_or(0), "a dilation of at least 1")?;
    let channels = channels_first::<N>(x, needs)?;
    for (of, length) in [("the channels of its input", channels), ("its output channels", conv.out)] {
        if length % conv.groups != 0 {
            return Err(Misfit::Indivisible { attribute: format!("groups = {}", conv.groups), of, length });
        }
    }
    slide(x, conv.out, |axis, length| {
        window_length(length, conv.kernel[axis], conv.stride[axis], conv.padding[axis], conv.dilation[axis])
    })
    .ok_or_else(|| Misfit::TooSmall {
        least: (0..N)
            .map(|a| reach(conv.kernel[a], conv.dilation[a]).saturating_sub(conv.padding[a].saturating_mul(2)).max(1))
            .collect(),
        given: x.to_vec(),
    })
}

fn pool<const N: usize>(window: &Pool<N>, x: &[usize], needs: &'static str) -> Result<Vec<usize>, Misfit> {
    positive(window.kernel.into_iter().min().unwrap_or(0), "a kernel of at least 1")?;
    positive(window.stride.into_iter().min().unwrap_or(0), "a stride of at least 1")?;
    let channels = channels_first::<N>(x, needs)?;
    slide(x, channels, |axis, length| window_length(length, window.kernel[axis], window.stride[axis], 0, 1))
        .ok_or_else(|| Misfit::TooSmall { least: window.kernel.to_vec(), given: x.to_vec() })
}

fn slide(x: &[usize], channels: usize, length: impl Fn(usize, usize) -> Option<usize>) -> Option<Vec<usize>> {
    let sliding = x[1..].iter().enumerate().map(|(axis, n)| length(axis, *n));
    std::iter::once(Some(channels)).chain(sliding).collect()
}

fn channels_first<const N: usize>(x: &[usize], needs: &'static str) -> Result<usize, Misfit> {
    if x.len() == N + 1 { Ok(x[0]) } else { Err(rank(needs, x, "reshape first")) }
}

fn concat(axis: usize, operands: &[&[usize]]) -> Result<Vec<usize>, Misfit> {
    let first = operands.first().ok_or(Misfit::Operands { takes: "at least one operand", given: 0 })?;
    let fits = |x: &&[usize]| {
        x.len() == first.len()
            && axis < x.len()
            && x.iter().zip(*first).enumerate().all(|(i, (a, b))| i == axis || a == b)
    };
    if !operands.iter().all(fits) {
        return Err(disagree("operands that differ only along the axis of concatenation", operands));
    }
    let mut shape = first.to_vec();
    shape[axis] = operands.iter().map(|x| x[axis]).sum();
    Ok(shape)
}

fn stack(operands: &[&[usize]]) -> Result<Vec<usize>, Misfit> {
    let first = operands.first().ok_or(Misfit::Operands { takes: "at least one operand", given: 0 })?;
    if operands.iter().any(|x| x != first) {
        return Err(disagree("operands of one shape", operands));
    }
    Ok(std::iter::once(operands.len()).chain(first.iter().copied()).collect())
}

fn mul(operands: &[&[usize]]) -> Result<Vec<usize>, Misfit> {
    let [a, b] = pair(operands)?;
    let scalar = b.iter().product::<usize>() == 1 && b.len() <= 1;
    let along_last = b.len() == 1 && a.last() == b.first();
    if a == b || scalar || along_last {
        Ok(a.to_vec())
    } else {
        Err(disagree(
            "a second operand of the first's shape, of one value, or as long as the first's last axis",
            operands,
        ))
    }
}

fn attention(heads: usize, masked: bool, operands: &[&[usize]]) -> Result<Vec<usize>, Misfit> {
    positive(heads, "at least 1 head")?;
    let n_tokens = operands.len().checked_sub(usize::from(masked)).filter(|n| (1..=2).contains(n));
    let n_tokens = n_tokens.ok_or(Misfit::Operands {
        takes: "the query tokens, optionally the key tokens and, if masked, the keys' mask",
        given: operands.len(),
    })?;
    let [t, width] = tokens(operands[0])?;
    let [keys, key_width] = tokens(operands[n_tokens - 1])?;
    if width != key_width {
        return Err(disagree("query and key tokens of one width", operands));
    }
    if masked && operands[n_tokens] != [keys] {
        return Err(disagree("a mask with one value for each key token", operands));
    }
    if width % heads != 0 {
        let attribute = format!("heads = {heads}");
        return Err(Misfit::Indivisible { attribute, of: "the width of a token", length: width });
    }
    Ok(vec![t, width])
}

fn mean_tokens(operands: &[&[usize]]) -> Result<Vec<usize>, Misfit> {
    let (x, mask) = match operands {
        [x] => (x, None),
        [x, mask] => (x, Some(mask)),
        _ => return Err(Misfit::Operands { takes: "tokens and optionally their mask", given: operands.len() }),
    };
    let [t, width] = tokens(x)?;
    if mask.is_some_and(|mask| **mask != [t]) {
        return Err(disagree("a mask with one value for each token", operands));
    }
    Ok(vec![width])
}

fn tokens(x: &[usize]) -> Result<[usize; 2], Misfit> {
    x.try_into().map_err(|_| rank("tokens [T, D]", x, "embed, transpose or reshape first"))
}

fn pair<'a>(operands: &[&'a [usize]]) -> Result<[&'a [usize]; 2], Misfit> {
    operands.try_into().map_err(|_| Misfit::Operands { takes: "two operands", given: operands.len() })
}

fn at_least_rank_1(x: &[usize]) -> Result<&[usize], Misfit> {
    if x.is_empty() { Err(rank("at least one axis", x, "reshape first")) } else { Ok(x) }
}

fn last_mut(shape: &mut [usize]) -> &mut usize {
    shape.last_mut().expect("the rank was checked to be at least 1")
}

fn positive(value: usize, needs: &'static str) -> Result<(), Misfit> {
    if value == 0 { Err(Misfit::Attribute { needs }) } else { Ok(()) }
}

fn rank(needs: &'static str, given: &[usize], mend: &'static str) -> Misfit {
    Misfit::Rank { needs, given: given.to_vec(), mend }
}

fn disagree(rule: &'static str, shapes: &[&[usize]]) -> Misfit {
    Misfit::Disagree { rule, shapes: shapes.iter().map(|s| s.to_vec()).collect() }
}
