//! Prepared data as the networks want it.

use consil_data::{Batch, DataError, Item, Loader, Split};
use consil_graph::Array;
use consil_logic::Term;
use consil_neurosym::{InputBatch, InputSource};
use consil_nn::{Inputs, Network, TaskError};
use consil_random::Key;

use crate::model::{Model, item_of};

/// The rows of a split, prepared as a model wants them.
pub(crate) struct SplitInputs<'a> {
    model: &'a Model,
    split: &'a Split,
    loader: Loader<'a>,
}

impl<'a> SplitInputs<'a> {
    pub fn new(model: &'a Model, split: &'a Split) -> Self {
        let budget = model.spec().data.cache_mb << 20;
        let loader = Loader::new(split, model.preparations(), budget).with_augmentation(&model.spec().modality);
        Self { model, split, loader }
    }

    fn batch(&self, rows: &[usize], item: &Item, augment: Option<Key>) -> Result<Batch, DataError> {
        match augment {
            Some(key) => self.loader.batch_train(rows, item, key.child(&item.to_string())),
            None => self.loader.batch(rows, item),
        }
    }

    /// Puts an item's values under `name` and, where the network has such inputs, its mask under `NAME.mask` and its presence
    /// under `NAME.present`.
    fn insert(
        &self,
        inputs: &mut Inputs,
        network: &Network,
        name: &str,
        rows: &[usize],
        item: &Item,
        augment: Option<Key>,
    ) -> Result<Vec<bool>, TaskError> {
        let batch = self.batch(rows, item, augment).map_err(TaskError::new)?;
        let time = batch.time();
        let with_batch = |shape: &[usize]| [&[rows.len()], shape].concat();
        let present = batch.present.iter().map(|p| *p > 0.0).collect();
        let mask_name = format!("{name}.mask");
        if let (Some(time), Some(mask), Some(_)) = (time, batch.mask, network.graph().find_input(&mask_name)) {
            inputs.insert(mask_name, Array::new(with_batch(&[time]), mask));
        }
        let present_name = format!("{name}.present");
        if network.graph().find_input(&present_name).is_some() {
            inputs.insert(present_name, Array::new([rows.len()], batch.present));
        }
        inputs.insert(name.to_owned(), Array::new(with_batch(&batch.shape), batch.values));
        Ok(present)
    }
}

impl InputSource for SplitInputs<'_> {
    fn inputs(
        &self,
        network: &str,
        terms: &[Term],
        rows: &[usize],
        augment: Option<Key>,
    ) -> Result<InputBatch, TaskError> {
        let network = &self.model.networks()[network];
        let mut inputs = Inputs::new();
        let mut present = vec![true; rows.len()];
        for (i, term) in terms.iter().enumerate() {
            let item = item_of(term).expect("the plan's inputs were checked when the query was compiled");
            let name = if terms.len() == 1 { "input".to_owned() } else { format!("input.{i}") };
            let there = self.insert(&mut inputs, network, &name, rows, &item, augment)?;
            present.iter_mut().zip(there).for_each(|(all, this)| *all &= this);
        }
        Ok(InputBatch { inputs, present })
    }

    fn head_inputs(&self, head: &str, rows: &[usize], augment: Option<Key>) -> Result<InputBatch, TaskError> {
        let network = &self.model.networks()[head];
        let mut inputs = Inputs::new();
        let mut present = vec![false; rows.len()];
        for modality in self.model.preparations().keys().filter(|name| network.graph().find_input(name).is_some()) {
            let item = Item::new(modality.as_str());
            let there = self.insert(&mut inputs, network, modality, rows, &item, augment)?;
            present.iter_mut().zip(there).for_each(|(any, this)| *any |= this);
        }
        Ok(InputBatch { inputs, present })
    }

    fn concept(&self, terms: &[Term], row: usize) -> Option<&str> {
        match terms {
            [only] => self.split.concept(row, &item_of(only)?),
            _ => None,
        }
    }

    fn row_name(&self, row: usize) -> String {
        self.split.id(row)
    }
}
