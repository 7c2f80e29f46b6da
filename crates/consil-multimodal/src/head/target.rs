//! What a head answers: one output for each target.

use consil_graph::{Builder, ValueId, op};

use crate::LOG_PROBABILITIES;
use crate::error::NetworkError;
use crate::network::classify;

/// One target of a head: a linear layer on the fused vector, and an output of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadTarget {
    /// The target's name; absent for the only target of a classifier, whose layer is `{head}.classify` and whose output is `log-probabilities`.
    pub name: Option<String>,
    /// What the output holds.
    pub kind: HeadTargetKind,
    /// How many values: classes, labels or numbers.
    pub n: usize,
}

/// What an output of a head holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadTargetKind {
    /// The log-probabilities of classes: `NAME.log-probabilities [n]`.
    Class,
    /// A logit for each label: `NAME.logits [n]`.
    Labels,
    /// Numbers: `NAME.numbers [n]`.
    Numbers,
}

/// The name of the output that holds the gate's logits `[3]`: of the rules, of the head, and of their product.
pub const GATE: &str = "gate";

impl HeadTarget {
    /// The name of the graph's output.
    pub fn output(&self) -> String {
        let of = |what: &str| match &self.name {
            Some(name) => format!("{name}.{what}"),
            None => what.to_owned(),
        };
        match self.kind {
            HeadTargetKind::Class => of(LOG_PROBABILITIES),
            HeadTargetKind::Labels => of("logits"),
            HeadTargetKind::Numbers => of("numbers"),
        }
    }

    /// Appends the layer and the output; parameters are `{head}.classify`, or `{head}.target.{name}` where the target has a name.
    pub(crate) fn apply(&self, builder: &mut Builder, head: &str, vector: ValueId) -> Result<(), NetworkError> {
        let Some(name) = self.name.as_ref().filter(|_| self.n > 0) else {
            return classify(builder, head, vector, self.n);
        };
        let scope = format!("{head}.target.{name}");
        let mut value = builder.push(&scope, op::Linear { out: self.n, bias: true }, &[vector])?;
        if self.kind == HeadTargetKind::Class {
            value = builder.push(&format!("{scope}.log-softmax"), op::LogSoftmax, &[value])?;
        }
        builder.output(self.output(), value);
        Ok(())
    }
}

/// Appends the gate, `{head}.gate`: a logit for each of the three experts.
pub(crate) fn gate(builder: &mut Builder, head: &str, vector: ValueId) -> Result<(), NetworkError> {
    let value = builder.push(&format!("{head}.gate"), op::Linear { out: 3, bias: true }, &[vector])?;
    builder.output(GATE, value);
    Ok(())
}
