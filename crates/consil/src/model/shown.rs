//! Network inputs: as many as the rules show each network at once.

use std::collections::BTreeMap;

use consil_logic::{NeuralDecl, Program, Term};
use consil_multimodal::Names;

use super::ModelError;
use crate::spec::Spec;
use crate::spec_fault::SpecFault;

/// The spec with as many inputs for each network as the program shows it: one modality stands for all of them.
///
/// # Errors
/// A network that the program declares in two ways, or whose inputs the spec gives another number of.
pub(super) fn with_inputs(spec: &Spec, program: &Program) -> Result<Spec, ModelError> {
    let mut spec = spec.clone();
    for (network, decl) in declarations(program)? {
        let Some(config) = spec.network.get_mut(network) else { continue };
        let shown = decl.inputs.len();
        match &config.input.0[..] {
            named if named.len() == shown => {}
            [modality] => config.input = Names(vec![modality.clone(); shown]),
            named => {
                let problem =
                    format!("it names {}, and the rules show the network {shown} at once", counted(named.len()));
                let help = format!("name one for each of {}", listed(&decl.inputs));
                return Err(SpecFault::new(format!("network.{network}.input"), problem, help).into());
            }
        }
    }
    Ok(spec)
}

/// The classes of each network that the spec has, as the program declares them.
pub(super) fn classes(spec: &Spec, program: &Program) -> BTreeMap<String, Vec<Term>> {
    let known = program.networks().iter().filter(|decl| spec.network.contains_key(&decl.network));
    known.map(|decl| (decl.network.clone(), decl.classes.clone())).collect()
}

/// What the program says of each network.
///
/// # Errors
/// A network that is declared in two ways: it has one number of inputs and one list of classes.
pub(super) fn declarations(program: &Program) -> Result<BTreeMap<&str, &NeuralDecl>, ModelError> {
    let mut found: BTreeMap<&str, &NeuralDecl> = BTreeMap::new();
    for decl in program.networks() {
        let first = *found.entry(&decl.network).or_insert(decl);
        let differ = |first: String, second: String| ModelError::TwoDeclarations {
            network: decl.network.clone(),
            first,
            second,
        };
        if first.inputs.len() != decl.inputs.len() {
            return Err(differ(counted(first.inputs.len()), counted(decl.inputs.len())));
        }
        if first.classes != decl.classes {
            return Err(differ(format!("the classes {}", listed(&first.classes)), listed(&decl.classes)));
        }
    }
    Ok(found)
}

fn counted(n: usize) -> String {
    format!("{n} input{}", if n == 1 { "" } else { "s" })
}

fn listed(terms: &[Term]) -> String {
    format!("[{}]", terms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}
