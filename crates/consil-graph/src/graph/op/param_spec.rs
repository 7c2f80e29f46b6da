//! The weights an op declares, with PyTorch's default initial distributions.

use std::borrow::Cow;

use crate::graph::{Init, Role};

/// A weight as its op declares it.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// The weight's own name, as PyTorch's module of the same kind calls it.
    pub name: Cow<'static, str>,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Who may change it.
    pub role: Role,
    /// How it begins.
    pub init: Init,
}

impl ParamSpec {
    /// A shared weight.
    pub(crate) fn new(name: &'static str, shape: impl Into<Vec<usize>>, init: Init) -> Self {
        Self { name: name.into(), shape: shape.into(), role: Role::Shared, init }
    }

    /// The same weight in another role.
    pub(crate) fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }
}

/// A weight of shape `[out, …]` and, where there is one, a bias `[out]`: both uniform on `±1/√fan_in`, which is what
/// `kaiming_uniform_(a=√5)`, the default of PyTorch's linear layers and convolutions, amounts to.
pub(crate) fn affine_params(weight: Vec<usize>, fan_in: usize, bias: bool) -> Vec<ParamSpec> {
    let out = weight[0];
    let mut params = vec![ParamSpec::new("weight", weight, uniform(fan_in))];
    params.extend(bias.then(|| ParamSpec::new("bias", [out], uniform(fan_in))));
    params
}

/// Uniform on `±1/√fan_in`.
pub(crate) fn uniform(fan_in: usize) -> Init {
    Init::Uniform { bound: 1.0 / (fan_in.max(1) as f32).sqrt() }
}
