//! Pools of idx arrays.

use std::path::Path;

use super::{IdxFiles, Part, Pool, PoolConfig, PoolPart, Store, fault, index};
use crate::categories::Categories;
use crate::error::{DataError, Fault, PoolFault};
use crate::idx::IdxArray;
use crate::paths::Root;
use crate::{ModalityKind, Value};

pub(super) fn open(
    name: &str,
    config: &PoolConfig,
    kind: ModalityKind,
    (base, root): (&Path, &Root),
) -> Result<Pool, DataError> {
    let mut arrays = Vec::new();
    let mut labels: Vec<Option<String>> = Vec::new();
    let mut parts = Vec::new();
    for (part, source) in Part::ALL.into_iter().zip([&config.train, &config.valid, &config.test]) {
        let Some(source) = source else { continue };
        let PoolPart::Arrays(IdxFiles { images, labels: label_file }) = source else {
            return Err(fault(name, PoolFault::NoSource));
        };
        let read = |path: &Path| {
            let path = root.resolve(base, path)?;
            IdxArray::read(&path).map_err(|why| fault(name, PoolFault::Array { path, fault: why }))
        };
        let (array, label) = (read(images)?, read(label_file)?);
        if label.shape.len() != 1 {
            let fault =
                Fault::Idx { message: format!("labels are one number each, but its shape is {:?}", label.shape) };
            return Err(super::fault(name, PoolFault::Array { path: label_file.clone(), fault }));
        }
        if array.len() != label.len() {
            return Err(fault(name, PoolFault::Uneven { images: array.len(), labels: label.len() }));
        }
        parts.extend(std::iter::repeat_n(part, array.len()));
        labels.extend((0..label.len()).map(|i| label.numbers(i).first().map(f64::to_string)));
        if !array.is_empty() {
            slice(&array, 0, kind).map_err(|why| fault(name, PoolFault::Array { path: images.clone(), fault: why }))?;
        }
        arrays.push(array);
    }
    if arrays.is_empty() {
        return Err(fault(name, PoolFault::NoSource));
    }
    Ok(Pool {
        name: name.to_owned(),
        kind,
        store: Store::Arrays(arrays),
        labels: Categories::from_iter(labels),
        attributes: Default::default(),
        parts: index(&parts),
    })
}

/// Slice `i` of an array as a value of a kind.
pub(super) fn slice(array: &IdxArray, i: usize, kind: ModalityKind) -> Result<Value, Fault> {
    let shape = &array.shape[1..];
    kind.slice(array, i)
        .ok_or_else(|| Fault::Idx { message: format!("slices of shape {shape:?} are no {kind} values") })
}
