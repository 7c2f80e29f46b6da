//! The parameters of a whole system of graphs as one flat vector, and where each stands in it.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

use consil_layout::{Entry, LayoutError};
use consil_random::{Key, Stream};

use crate::graph::{Graph, Init, Param};

/// Where each parameter of a system stands in one flat vector of `f32`, and how it begins.
///
/// Optimisers, federation and privacy work on the flat vector and see only the [`consil_layout::Layout`] that this one derefs to; networks
/// find their parameters by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    places: consil_layout::Layout,
    /// How each entry begins, in the entries' order.
    inits: Vec<Init>,
}

impl Deref for Layout {
    type Target = consil_layout::Layout;

    fn deref(&self) -> &Self::Target {
        &self.places
    }
}

impl Layout {
    /// The layout of a system: the parameters of each graph in order, one after the other. A parameter that several graphs have (the same name,
    /// shape, role and beginning) is one that they share, and stands where the first of them has it.
    ///
    /// # Errors
    /// If two parameters share a name and nothing else.
    pub fn of(graphs: &[&Graph]) -> Result<Self, LayoutError> {
        let mut seen: HashMap<&str, &Param> = HashMap::new();
        let mut params = Vec::new();
        for param in graphs.iter().flat_map(|graph| graph.params()) {
            match seen.insert(&param.name, param) {
                Some(first) if first == param => {}
                _ => params.push(param.clone()),
            }
        }
        Self::of_params(params)
    }

    /// The layout of parameters, one after the other: how a file of weights gives back the layout it was written with.
    ///
    /// # Errors
    /// If two parameters share a name.
    pub fn of_params(params: impl IntoIterator<Item = Param>) -> Result<Self, LayoutError> {
        let entry = |Param { name, shape, role, init }| (Entry::f32(name, shape, role), init);
        let (entries, inits) = params.into_iter().map(entry).unzip();
        Ok(Self { places: consil_layout::Layout::new(entries)?, inits })
    }

    /// The parameters again, in order: what [`Layout::of_params`] takes.
    pub fn params(&self) -> impl Iterator<Item = Param> {
        self.entries().iter().zip(&self.inits).map(|(entry, init)| Param {
            name: entry.name.clone(),
            shape: entry.shape.clone(),
            role: entry.role,
            init: *init,
        })
    }
}

/// The values of a system's parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    layout: Arc<Layout>,
    values: Vec<f32>,
}

impl Weights {
    /// Initial weights. Each parameter draws at `key.child(name)`, so that adding a layer does not change the others.
    pub fn init(layout: Arc<Layout>, key: Key) -> Self {
        let mut values = vec![0.0; layout.n_values()];
        for (entry, init) in layout.entries().iter().zip(&layout.inits) {
            init.fill(&mut values[entry.range()], || key.child(&entry.name).stream());
        }
        Self { layout, values }
    }

    /// Weights over given values.
    ///
    /// # Errors
    /// If their number is not the layout's.
    pub fn from_values(layout: Arc<Layout>, values: Vec<f32>) -> Result<Self, LayoutError> {
        if values.len() == layout.n_values() {
            Ok(Self { layout, values })
        } else {
            Err(LayoutError::Length { expected: layout.n_values(), given: values.len() })
        }
    }

    /// Where each parameter stands.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// All values, in the layout's order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All values, to be written.
    pub fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// All values, without the layout.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// The values of one parameter, row-major.
    pub fn get(&self, name: &str) -> Option<&[f32]> {
        self.layout.get(name).map(|entry| &self.values[entry.range()])
    }

    /// The values of one parameter, to be written.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut [f32]> {
        self.layout.get(name).map(|entry| entry.range()).map(|range| &mut self.values[range])
    }
}

impl Init {
    fn fill(self, values: &mut [f32], stream: impl FnOnce() -> Stream) {
        match self {
            Init::Zeros => values.fill(0.0),
            Init::Ones => values.fill(1.0),
            Init::Uniform { bound } => {
                let (mut stream, bound) = (stream(), f64::from(bound));
                values.iter_mut().for_each(|v| *v = stream.between(-bound, bound) as f32);
            }
            Init::Normal { sd } => {
                let mut stream = stream();
                values.iter_mut().for_each(|v| *v = (f64::from(sd) * stream.normal()) as f32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::Builder;
    use crate::graph::op;

    fn mlp(name: &str, widths: &[usize]) -> Graph {
        let mut b = Builder::new();
        let mut x = b.input("input", [8]);
        for (i, out) in widths.iter().enumerate() {
            x = b.push(&format!("{name}.{i}"), op::Linear { out: *out, bias: true }, &[x]).unwrap();
        }
        b.finish()
    }

    #[test]
    fn the_flat_vector_has_no_gaps() {
        let (a, b) = (mlp("a", &[5, 3]), mlp("b", &[2]));
        let layout = Layout::of(&[&a, &b]).unwrap();
        let mut end = 0;
        for entry in layout.entries() {
            assert_eq!(entry.offset(), end);
            end = entry.range().end;
        }
        assert_eq!((end, layout.n_values()), (8 * 5 + 5 + 5 * 3 + 3 + 8 * 2 + 2, end));
        let weights = Weights::init(Arc::new(layout), Key::new(1));
        assert_eq!(weights.get("b.0.bias").unwrap(), &weights.values()[end - 2..]);
    }

    #[test]
    fn adding_a_layer_leaves_the_other_parameters_as_they_were() {
        let weights = |widths: &[usize]| {
            Weights::init(Arc::new(Layout::of(&[&mlp("m", widths)]).unwrap()), Key::new(7).child("init"))
        };
        let (short, long) = (weights(&[5]), weights(&[5, 4]));
        assert_eq!(short.get("m.0.weight"), long.get("m.0.weight"));
        assert_ne!(short.get("m.0.bias").unwrap(), &long.get("m.1.bias").unwrap()[..1]);
    }

    #[test]
    fn uniform_parameters_fill_their_interval() {
        let layout = Arc::new(Layout::of(&[&mlp("m", &[500])]).unwrap());
        let weights = Weights::init(layout, Key::new(7));
        let w = weights.get("m.0.weight").unwrap();
        let bound = 1.0 / 8f32.sqrt();
        let largest = w.iter().fold(0f32, |m, v| m.max(v.abs()));
        // 4,000 draws miss the last 1 % of the interval with probability 0.99⁴⁰⁰⁰ < 1e-17.
        assert!(largest <= bound && largest > 0.99 * bound, "{largest} of {bound}");
        // The mean of 4,000 uniform draws has the standard error bound/√(3·4000); 5 of them.
        let mean = w.iter().sum::<f32>() / w.len() as f32;
        assert!(mean.abs() < 5.0 * bound / (3.0 * 4000f32).sqrt(), "{mean}");
    }

    #[test]
    fn a_parameter_of_two_graphs_is_shared_and_a_name_of_two_parameters_refused() {
        let (a, b) = (mlp("m", &[5]), mlp("m", &[5, 2]));
        let layout = Layout::of(&[&a, &b]).unwrap();
        assert_eq!(layout.n_values(), 8 * 5 + 5 + 5 * 2 + 2);
        let error = Layout::of(&[&a, &mlp("m", &[4])]).unwrap_err();
        assert_eq!(error, LayoutError::Duplicate { name: "m.0.weight".into() });
    }
}
