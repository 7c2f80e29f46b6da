//! Rules and a head together: two distributions over the same classes become one.
//!
//! Let `r(a)` be the probability that the rules derive class a, `m = Σ r(a)` what they derive at all, and `h` the head's distribution over K classes.
//! The rules' own distribution is completed by spreading what they leave open evenly: `u(a) = r(a) + (1 − m) / K`. Then
//!
//! | integration | `p(a)` |
//! |---|---|
//! | product | `u(a) h(a) / Σ u h`: a product of experts (Hinton, 2002), renormalised; each can veto |
//! | gate | `g₁ u(a) + g₂ h(a) + g₃ u(a) h(a) / Σ u h`: a mixture of three experts, the rules, the head and their product, whose weights are the softmax of what the head gives for each row (Jacobs et al., 1991) |
//! | rules first | `r(a) + (1 − m) h(a)`: the head fills what the rules leave open, and changes nothing where they are certain |
//!
//! A mixture of rules and head alone could not use what only both together know: where the rules leave two classes and the head knows which is likelier,
//! each alone gives the right one less than the rules' half, and the likeliest weight of the head is zero. Hence the third expert. A product that
//! excludes every class is no expert, and the other two share its weight.
//!
//! The loss of a row is `−log p(target)`; its gradient goes to the circuit at `log r`, to the head at `log h` and at the gate's logits.

/// The head's output that holds the gate's logits, `[B, 3]`: of the rules, the head and their product.
pub const GATE: &str = "gate";

/// How the answers of rules and head are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Integration {
    /// A product of experts, renormalised.
    #[default]
    Product,
    /// A mixture of rules, head and product, weighted for each row by an output of the head: the logits called [`GATE`].
    Gate,
    /// The rules where they derive an answer, the head for what they leave open.
    RulesFirst,
}

/// Two opinions on one row.
pub(crate) struct Opinions<'a> {
    /// r: the rules' probability of each class; they may sum to less than one.
    pub rules: &'a [f64],
    /// h: the head's distribution.
    pub head: &'a [f64],
    /// The gate's logits, one for each expert; not read by the other integrations.
    pub gate: &'a [f64],
}

/// The slopes of `−log p(target)`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slopes {
    /// `−log p(target)`; infinite where the target is impossible, and then all slopes are zero.
    pub loss: f64,
    /// By `log r(a)`.
    pub rules: Vec<f64>,
    /// By `log h(a)`, as if each could change alone.
    pub head: Vec<f64>,
    /// By the gate's logits.
    pub gate: [f64; Integration::N_EXPERTS],
}

impl Integration {
    /// What a gate chooses from: the rules, the head and their product.
    pub const N_EXPERTS: usize = 3;

    /// The joint distribution.
    pub(crate) fn join(self, opinions: &Opinions<'_>) -> Vec<f64> {
        let Opinions { rules, head, .. } = *opinions;
        let open = open(rules);
        let completed = completed(rules, open);
        match self {
            Self::Product => product(&completed, head).unwrap_or_else(|| vec![0.0; rules.len()]),
            Self::Gate => {
                let product = product(&completed, head);
                let [g_rules, g_head, g_product] = gates(opinions.gate, product.is_some());
                let of = |a: usize| g_product * product.as_ref().map_or(0.0, |product| product[a]);
                (0..rules.len()).map(|a| g_rules * completed[a] + g_head * head[a] + of(a)).collect()
            }
            Self::RulesFirst => rules.iter().zip(head).map(|(r, h)| r + open * h).collect(),
        }
    }

    /// The loss of the right class and its slopes.
    pub(crate) fn slopes(self, opinions: &Opinions<'_>, target: usize) -> Slopes {
        let Opinions { rules, head, .. } = *opinions;
        let n = rules.len();
        let p = self.join(opinions)[target];
        let mut slopes = Slopes { loss: f64::INFINITY, rules: vec![0.0; n], head: vec![0.0; n], gate: [0.0; 3] };
        if p <= 0.0 || !p.is_finite() {
            return slopes;
        }
        slopes.loss = -p.ln();
        let open = open(rules);
        let completed = completed(rules, open);
        // By u(a) or, where the rules are first, by r(a).
        let mut by_rules = vec![0.0; n];
        match self {
            Self::Product => by_product(1.0, &completed, head, target, &mut by_rules, &mut slopes.head),
            Self::Gate => {
                let product = product(&completed, head);
                let gates = gates(opinions.gate, product.is_some());
                let said = [completed[target], head[target], product.map_or(0.0, |product| product[target])];
                // The part that each expert has in p: its responsibility.
                let parts: [f64; 3] = std::array::from_fn(|expert| gates[expert] * said[expert] / p);
                slopes.gate = std::array::from_fn(|expert| gates[expert] - parts[expert]);
                by_rules[target] = -gates[0] / p;
                slopes.head[target] = -parts[1];
                by_product(parts[2], &completed, head, target, &mut by_rules, &mut slopes.head);
            }
            Self::RulesFirst => {
                slopes.head[target] = -open * head[target] / p;
                by_rules.fill(if open > 0.0 { head[target] / p } else { 0.0 });
                by_rules[target] -= 1.0 / p;
            }
        }
        // A completed u(a) moves with every r through what is open; where nothing is, that is held at zero and does not move.
        let through = match self {
            Self::Product | Self::Gate if open > 0.0 => by_rules.iter().sum::<f64>() / n as f64,
            _ => 0.0,
        };
        slopes.rules = by_rules.iter().zip(rules).map(|(slope, r)| (slope - through) * r).collect();
        slopes
    }
}

/// u: the rules' distribution, what they leave open spread evenly.
fn completed(rules: &[f64], open: f64) -> Vec<f64> {
    let share = open / rules.len() as f64;
    rules.iter().map(|r| r + share).collect()
}

/// `u h / Σ u h`; none where no class is possible.
fn product(completed: &[f64], head: &[f64]) -> Option<Vec<f64>> {
    let mut joint: Vec<f64> = completed.iter().zip(head).map(|(u, h)| u * h).collect();
    let total: f64 = joint.iter().sum();
    joint.iter_mut().for_each(|p| *p /= total);
    (total > 0.0).then_some(joint)
}

/// Adds the slopes of `−part · log (u h / Σ u h)` at the target: by u, and by log h.
fn by_product(part: f64, completed: &[f64], head: &[f64], target: usize, by_u: &mut [f64], by_log_h: &mut [f64]) {
    if part <= 0.0 {
        return;
    }
    let total: f64 = completed.iter().zip(head).map(|(u, h)| u * h).sum();
    for a in 0..head.len() {
        by_u[a] += part * head[a] / total;
        by_log_h[a] += part * completed[a] * head[a] / total;
    }
    by_u[target] -= part / completed[target];
    by_log_h[target] -= part;
}

/// The weights of the experts: the softmax of the logits, over those that there are.
fn gates(logits: &[f64], has_product: bool) -> [f64; Integration::N_EXPERTS] {
    let n = if has_product { Integration::N_EXPERTS } else { Integration::N_EXPERTS - 1 };
    let largest = logits[..n].iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut gates = [0.0; Integration::N_EXPERTS];
    gates.iter_mut().zip(&logits[..n]).for_each(|(gate, logit)| *gate = (logit - largest).exp());
    let total: f64 = gates.iter().sum();
    gates.map(|gate| gate / total)
}

/// What the rules leave open: `1 − m`, and no less than nothing after rounding.
fn open(rules: &[f64]) -> f64 {
    let open = 1.0 - rules.iter().sum::<f64>();
    // Networks' probabilities come in single precision.
    if open > 1e-6 { open } else { 0.0 }
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Integration; 3] = [Integration::Product, Integration::Gate, Integration::RulesFirst];

    fn join(integration: Integration, rules: &[f64], head: &[f64], gate: &[f64]) -> Vec<f64> {
        integration.join(&Opinions { rules, head, gate })
    }

    #[test]
    fn every_integration_gives_a_distribution() {
        for integration in ALL {
            for rules in [[0.2, 0.3, 0.1], [0.2, 0.5, 0.3], [0.0, 0.0, 0.0]] {
                let joint = join(integration, &rules, &[0.5, 0.25, 0.25], &[0.3, -0.2, 0.1]);
                assert!((joint.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{integration:?} {joint:?}");
            }
        }
    }

    #[test]
    fn rules_that_know_nothing_leave_the_answer_to_the_head() {
        let head = [0.5, 0.3, 0.2];
        assert_eq!(join(Integration::RulesFirst, &[0.0; 3], &head, &[]), head);
        let product = join(Integration::Product, &[0.0; 3], &head, &[]);
        assert!(product.iter().zip(head).all(|(p, h)| (p - h).abs() < 1e-12));
    }

    #[test]
    fn rules_first_is_the_rules_where_they_are_certain() {
        assert_eq!(join(Integration::RulesFirst, &[0.0, 1.0, 0.0], &[0.9, 0.05, 0.05], &[]), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_gate_of_far_logits_is_one_of_the_three() {
        let (rules, head) = ([0.1, 0.6, 0.3], [0.5, 0.25, 0.25]);
        let close = |a: Vec<f64>, b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(join(Integration::Gate, &rules, &head, &[40.0, 0.0, 0.0]), &rules));
        assert!(close(join(Integration::Gate, &rules, &head, &[0.0, 40.0, 0.0]), &head));
        let product = join(Integration::Product, &rules, &head, &[]);
        assert!(close(join(Integration::Gate, &rules, &head, &[0.0, 0.0, 40.0]), &product));
    }

    /// Rules and head each certain of another class: their product says nothing, and the two share its weight.
    #[test]
    fn a_gate_passes_over_a_product_that_excludes_all() {
        let (rules, head) = ([1.0, 0.0], [0.0, 1.0]);
        let logits = [0.0, 3f64.ln(), 40.0];
        let joint = join(Integration::Gate, &rules, &head, &logits);
        assert!((joint[0] - 0.25).abs() < 1e-12 && (joint[1] - 0.75).abs() < 1e-12, "{joint:?}");
        let slopes = Integration::Gate.slopes(&Opinions { rules: &rules, head: &head, gate: &logits }, 1);
        assert!((slopes.loss + 0.75f64.ln()).abs() < 1e-12);
        assert!(slopes.gate[2] == 0.0 && slopes.gate[0] > 0.0 && slopes.gate[1] < 0.0, "{slopes:?}");
    }

    /// Against central differences in log r, log h and the logit.
    #[test]
    fn slopes_are_those_of_finite_differences() {
        const STEP: f64 = 1e-6;
        let (rules, head, gate) = ([0.2, 0.35, 0.15], [0.5, 0.3, 0.2], [0.4, -0.3, 0.1]);
        for integration in ALL {
            for target in 0..3 {
                let loss =
                    |rules: &[f64], head: &[f64], gate: &[f64]| -join(integration, rules, head, gate)[target].ln();
                let slopes = integration.slopes(&Opinions { rules: &rules, head: &head, gate: &gate }, target);
                assert!((slopes.loss - loss(&rules, &head, &gate)).abs() < 1e-12);
                for a in 0..3 {
                    let moved = |values: [f64; 3], by: f64| {
                        let mut values = values;
                        values[a] *= by.exp();
                        values
                    };
                    let by_rules = (loss(&moved(rules, STEP), &head, &gate) - loss(&moved(rules, -STEP), &head, &gate))
                        / (2.0 * STEP);
                    let by_head = (loss(&rules, &moved(head, STEP), &gate) - loss(&rules, &moved(head, -STEP), &gate))
                        / (2.0 * STEP);
                    assert!(
                        (slopes.rules[a] - by_rules).abs() < 1e-7,
                        "{integration:?} r{a}: {} {by_rules}",
                        slopes.rules[a]
                    );
                    assert!(
                        (slopes.head[a] - by_head).abs() < 1e-7,
                        "{integration:?} h{a}: {} {by_head}",
                        slopes.head[a]
                    );
                }
                for expert in 0..Integration::N_EXPERTS {
                    let moved = |by: f64| {
                        let mut gate = gate;
                        gate[expert] += by;
                        gate
                    };
                    let by_gate =
                        (loss(&rules, &head, &moved(STEP)) - loss(&rules, &head, &moved(-STEP))) / (2.0 * STEP);
                    let found = slopes.gate[expert];
                    assert!((found - by_gate).abs() < 1e-7, "{integration:?} gate {expert}: {found} {by_gate}");
                }
            }
        }
    }

    #[test]
    fn what_both_exclude_is_impossible() {
        let slopes = Integration::Product.slopes(&Opinions { rules: &[1.0, 0.0], head: &[0.5, 0.5], gate: &[] }, 1);
        assert!(slopes.loss.is_infinite() && slopes.rules == [0.0, 0.0]);
    }
}
