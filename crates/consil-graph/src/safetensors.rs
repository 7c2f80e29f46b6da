//! Weights in the safetensors format: ours, and those that other tools wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};
use serde_json::{Map, Value, json};

use crate::half::{from_bf16, from_f16};
use crate::name_map::NameMap;
use crate::weights::{Layout, Weights};

/// Why a file gives no weights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are not safetensors.
    #[error("this is not a safetensors file, or it is damaged: {0}")]
    Format(#[from] SafeTensorError),
    /// A tensor's values are of a type that has no `f32`.
    #[error("tensor {name:?} holds {dtype}; f32, f16, bf16 and f64 can be read")]
    Dtype {
        /// The tensor.
        name: String,
        /// Its type.
        dtype: Dtype,
    },
    /// The tensors do not fill the layout exactly.
    #[error("the file does not hold these weights: {0}")]
    Incomplete(LoadReport),
}

/// What became of each tensor when weights were loaded by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Our parameters that were filled.
    pub loaded: Vec<String>,
    /// Our parameters that the file does not have; they keep their values.
    pub missing: Vec<String>,
    /// Tensors of the file that none of our parameters is mapped to.
    pub unexpected: Vec<String>,
    /// Our parameters whose tensor has another shape; they keep their values.
    pub mismatched: Vec<TensorMismatch>,
}

/// A parameter whose tensor in the file has another shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorMismatch {
    /// Our name of the parameter.
    pub name: String,
    /// Our shape.
    pub ours: Vec<usize>,
    /// The shape in the file.
    pub theirs: Vec<usize>,
}

impl LoadReport {
    /// Whether every parameter was filled and every tensor used.
    pub fn is_exact(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.mismatched.is_empty()
    }
}

impl std::fmt::Display for LoadReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} parameters loaded", self.loaded.len())?;
        for (what, names) in [("missing", &self.missing), ("unexpected", &self.unexpected)] {
            if !names.is_empty() {
                write!(f, "; {} {what}: {}", names.len(), shortened(names))?;
            }
        }
        if !self.mismatched.is_empty() {
            let each = |m: &TensorMismatch| format!("{} is {:?} in the file, {:?} here", m.name, m.theirs, m.ours);
            let shapes: Vec<String> = self.mismatched.iter().map(each).collect();
            write!(f, "; {} of another shape: {}", shapes.len(), shortened(&shapes))?;
        }
        Ok(())
    }
}

/// The first few names, and how many more there are.
fn shortened(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}

impl Weights {
    /// The weights as the bytes of a safetensors file. The same weights and metadata give the same bytes.
    pub fn to_safetensors(&self, metadata: &BTreeMap<String, String>) -> Vec<u8> {
        // The header is written here because the safetensors crate keeps metadata in an order that differs between runs.
        let mut header = Map::new();
        if !metadata.is_empty() {
            header.insert("__metadata__".to_owned(), json!(metadata));
        }
        for entry in self.layout().entries() {
            let offsets = [4 * entry.range().start, 4 * entry.range().end];
            let info = json!({ "dtype": "F32", "shape": entry.shape, "data_offsets": offsets });
            header.insert(entry.name.clone(), info);
        }
        let mut header = Value::Object(header).to_string().into_bytes();
        header.resize(header.len().next_multiple_of(8), b' ');
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header);
        bytes.extend(self.values().iter().flat_map(|v| v.to_le_bytes()));
        bytes
    }

    /// The weights of a file that holds exactly the layout's parameters, and its metadata.
    ///
    /// # Errors
    /// If the bytes are not safetensors, or names or shapes differ from the layout's.
    pub fn from_safetensors(layout: Arc<Layout>, bytes: &[u8]) -> Result<(Self, BTreeMap<String, String>), LoadError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let metadata = header.metadata().iter().flatten().map(|(k, v)| (k.clone(), v.clone())).collect();
        let n_values = layout.n_values();
        let mut weights =
            Self::from_values(layout, vec![0.0; n_values]).expect("the vector was made with the layout's length");
        let report = weights.load(bytes, &NameMap::default())?;
        if report.is_exact() { Ok((weights, metadata)) } else { Err(LoadError::Incomplete(report)) }
    }

    /// Fills the parameters that a file has under the names that `names` gives them, and reports the rest. Values of 16 or 64 bits are
    /// converted to `f32`.
    ///
    /// # Errors
    /// If the bytes are not safetensors, or a mapped tensor does not hold floating-point numbers. The weights are then as they
    /// were.
    pub fn load(&mut self, bytes: &[u8], names: &NameMap) -> Result<LoadReport, LoadError> {
        let file = SafeTensors::deserialize(bytes)?;
        let mut unused: BTreeSet<&str> = file.iter().map(|(name, _)| name).collect();
        let mut report = LoadReport::default();
        let mut filled = self.values().to_vec();
        for entry in self.layout().entries() {
            let theirs = names.theirs(&entry.name);
            let Ok(tensor) = file.tensor(&theirs) else {
                report.missing.push(entry.name.clone());
                continue;
            };
            unused.remove(theirs.as_str());
            if tensor.shape() != entry.shape {
                report.mismatched.push(TensorMismatch {
                    name: entry.name.clone(),
                    ours: entry.shape.clone(),
                    theirs: tensor.shape().to_vec(),
                });
                continue;
            }
            let values = as_f32(&tensor).ok_or_else(|| LoadError::Dtype { name: theirs, dtype: tensor.dtype() })?;
            filled[entry.range()].copy_from_slice(&values);
            report.loaded.push(entry.name.clone());
        }
        self.values_mut().copy_from_slice(&filled);
        report.unexpected = unused.into_iter().map(str::to_owned).collect();
        Ok(report)
    }
}

/// The values as `f32`, or nothing if they are no floating-point numbers of 16, 32 or 64 bits.
fn as_f32(tensor: &TensorView<'_>) -> Option<Vec<f32>> {
    let data = tensor.data();
    Some(match tensor.dtype() {
        Dtype::F32 => chunks(data).map(f32::from_le_bytes).collect(),
        Dtype::F64 => chunks(data).map(|b| f64::from_le_bytes(b) as f32).collect(),
        Dtype::F16 => chunks(data).map(|b| from_f16(u16::from_le_bytes(b))).collect(),
        Dtype::BF16 => chunks(data).map(|b| from_bf16(u16::from_le_bytes(b))).collect(),
        _ => return None,
    })
}

fn chunks<const N: usize>(data: &[u8]) -> impl Iterator<Item = [u8; N]> {
    data.as_chunks::<N>().0.iter().copied()
}

#[cfg(test)]
mod tests;
