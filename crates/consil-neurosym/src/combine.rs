//! Rules and a head together: two distributions over the same classes become one.
//!
//! Let `r(a)` be the probability that the rules derive class a, `m = Σ r(a)` what they derive at all, and `h` the head's distribution over K classes.
//! The rules' own distribution is completed by spreading what they leave open evenly: `u(a) = r(a) + (1 − m) / K`. Then
//!
//! | integration | `p(a)` |
//! |---|---|
//! | product | `u(a) h(a) / Σ u h`: a product of experts (Hinton, 2002), renormalised; each can veto |
//! | gate | `g u(a) + (1 − g) h(a)`: a mixture whose weight g in 0–1 the head gives for each row (Jacobs et al., 1991) |
//! | rules first | `r(a) + (1 − m) h(a)`: the head fills what the rules leave open, and changes nothing where they are certain |
//!
//! The loss of a row is `−log p(target)`; its gradient goes to the circuit at `log r`, to the head at `log h` and at the gate's logit.

/// The head's output that holds the gate's logit, `[B, 1]`.
pub const GATE: &str = "gate";

/// How the answers of rules and head are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Integration {
    /// A product of experts, renormalised.
    #[default]
    Product,
    /// A mixture, weighted for each row by an output of the head: the logit called [`GATE`].
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
    /// The gate's logit; not read by the other integrations.
    pub gate: f64,
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
    /// By the gate's logit.
    pub gate: f64,
}

impl Integration {
    /// The joint distribution.
    pub(crate) fn join(self, opinions: &Opinions<'_>) -> Vec<f64> {
        let Opinions { rules, head, .. } = *opinions;
        let open = open(rules);
        let share = open / rules.len() as f64;
        match self {
            Self::Product => {
                let mut joint: Vec<f64> = rules.iter().zip(head).map(|(r, h)| (r + share) * h).collect();
                let total: f64 = joint.iter().sum();
                if total > 0.0 {
                    joint.iter_mut().for_each(|p| *p /= total);
                }
                joint
            }
            Self::Gate => {
                let g = sigmoid(opinions.gate);
                rules.iter().zip(head).map(|(r, h)| g * (r + share) + (1.0 - g) * h).collect()
            }
            Self::RulesFirst => rules.iter().zip(head).map(|(r, h)| r + open * h).collect(),
        }
    }

    /// The loss of the right class and its slopes.
    pub(crate) fn slopes(self, opinions: &Opinions<'_>, target: usize) -> Slopes {
        let Opinions { rules, head, .. } = *opinions;
        let n = rules.len();
        let p = self.join(opinions)[target];
        let mut slopes = Slopes { loss: f64::INFINITY, rules: vec![0.0; n], head: vec![0.0; n], gate: 0.0 };
        if p <= 0.0 || !p.is_finite() {
            return slopes;
        }
        slopes.loss = -p.ln();
        let open = open(rules);
        let share = open / n as f64;
        // By r(a) first. A completed u(a) moves with every r through the share; where nothing is open the share is held at zero, so it does not.
        let through_share = if open > 0.0 { 1.0 / n as f64 } else { 0.0 };
        let mut by_u = vec![0.0; n];
        match self {
            Self::Product => {
                let total: f64 = rules.iter().zip(head).map(|(r, h)| (r + share) * h).sum();
                for a in 0..n {
                    by_u[a] = head[a] / total;
                    slopes.head[a] = (rules[a] + share) * head[a] / total;
                }
                by_u[target] -= 1.0 / (rules[target] + share);
                slopes.head[target] -= 1.0;
            }
            Self::Gate => {
                let g = sigmoid(opinions.gate);
                by_u[target] = -g / p;
                slopes.head[target] = -(1.0 - g) * head[target] / p;
                slopes.gate = -g * (1.0 - g) * (rules[target] + share - head[target]) / p;
            }
            Self::RulesFirst => {
                slopes.head[target] = -open * head[target] / p;
                let by_open = if open > 0.0 { head[target] / p } else { 0.0 };
                for a in 0..n {
                    slopes.rules[a] = by_open;
                }
                slopes.rules[target] -= 1.0 / p;
            }
        }
        if self != Self::RulesFirst {
            let through: f64 = by_u.iter().sum::<f64>() * through_share;
            slopes.rules = by_u.iter().map(|slope| slope - through).collect();
        }
        slopes.rules.iter_mut().zip(rules).for_each(|(slope, r)| *slope *= r);
        slopes
    }
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

    fn join(integration: Integration, rules: &[f64], head: &[f64], gate: f64) -> Vec<f64> {
        integration.join(&Opinions { rules, head, gate })
    }

    #[test]
    fn every_integration_gives_a_distribution() {
        for integration in ALL {
            for rules in [[0.2, 0.3, 0.1], [0.2, 0.5, 0.3], [0.0, 0.0, 0.0]] {
                let joint = join(integration, &rules, &[0.5, 0.25, 0.25], 0.3);
                assert!((joint.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{integration:?} {joint:?}");
            }
        }
    }

    #[test]
    fn rules_that_know_nothing_leave_the_answer_to_the_head() {
        let head = [0.5, 0.3, 0.2];
        assert_eq!(join(Integration::RulesFirst, &[0.0; 3], &head, 0.0), head);
        let product = join(Integration::Product, &[0.0; 3], &head, 0.0);
        assert!(product.iter().zip(head).all(|(p, h)| (p - h).abs() < 1e-12));
    }

    #[test]
    fn rules_first_is_the_rules_where_they_are_certain() {
        assert_eq!(join(Integration::RulesFirst, &[0.0, 1.0, 0.0], &[0.9, 0.05, 0.05], 0.0), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_gate_of_far_logits_is_one_of_the_two() {
        let (rules, head) = ([0.1, 0.6, 0.3], [0.5, 0.25, 0.25]);
        let close = |a: Vec<f64>, b: [f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(join(Integration::Gate, &rules, &head, 40.0), rules));
        assert!(close(join(Integration::Gate, &rules, &head, -40.0), head));
    }

    /// Against central differences in log r, log h and the logit.
    #[test]
    fn slopes_are_those_of_finite_differences() {
        const STEP: f64 = 1e-6;
        let (rules, head, gate) = ([0.2, 0.35, 0.15], [0.5, 0.3, 0.2], 0.4);
        for integration in ALL {
            for target in 0..3 {
                let loss = |rules: &[f64], head: &[f64], gate: f64| -join(integration, rules, head, gate)[target].ln();
                let slopes = integration.slopes(&Opinions { rules: &rules, head: &head, gate }, target);
                assert!((slopes.loss - loss(&rules, &head, gate)).abs() < 1e-12);
                for a in 0..3 {
                    let moved = |values: [f64; 3], by: f64| {
                        let mut values = values;
                        values[a] *= by.exp();
                        values
                    };
                    let by_rules = (loss(&moved(rules, STEP), &head, gate) - loss(&moved(rules, -STEP), &head, gate))
                        / (2.0 * STEP);
                    let by_head = (loss(&rules, &moved(head, STEP), gate) - loss(&rules, &moved(head, -STEP), gate))
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
                let by_gate = (loss(&rules, &head, gate + STEP) - loss(&rules, &head, gate - STEP)) / (2.0 * STEP);
                assert!((slopes.gate - by_gate).abs() < 1e-7, "{integration:?} gate: {} {by_gate}", slopes.gate);
            }
        }
    }

    #[test]
    fn what_both_exclude_is_impossible() {
        let slopes = Integration::Product.slopes(&Opinions { rules: &[1.0, 0.0], head: &[0.5, 0.5], gate: 0.0 }, 1);
        assert!(slopes.loss.is_infinite() && slopes.rules == [0.0, 0.0]);
    }
}
