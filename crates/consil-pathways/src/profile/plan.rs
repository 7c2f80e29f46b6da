//! What to develop next: the largest gaps first, but nothing before what it rests on.

use serde::Serialize;

use super::ability::Ability;
use super::cognitive::AbilityScore;

/// A step of a development plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The ability.
    pub ability: Ability,
    /// Its full name.
    pub name: String,
    /// Its gap.
    pub gap: f64,
    /// The gaps that rest on it, its own included: what orders steps that could be taken now.
    pub weight: f64,
    /// Steps of the plan that come before it because it rests on them.
    pub after: Vec<Ability>,
    /// How to measure that it is done.
    pub benchmark: &'static str,
}

/// Orders the abilities with a gap above `tolerance`.
///
/// At each step, of the abilities whose requirements have no gap or are already planned, the one with the greatest weight: its own gap and those
/// of all abilities that rest on it, directly or not. So the order respects dependencies, and among those free to take it opens most first.
pub fn plan(scores: &[AbilityScore], tolerance: f64) -> Vec<Step> {
    let gap = |ability: Ability| scores.iter().find(|score| score.ability == ability).map_or(0.0, |score| score.gap);
    let mut left: Vec<Ability> =
        Ability::all().iter().map(|info| info.ability).filter(|a| gap(*a) > tolerance).collect();
    let mut steps: Vec<Step> = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let free = |ability: &&Ability| ability.info().requires.iter().all(|needed| !left.contains(needed));
        let weight = |ability: Ability| {
            let rest: f64 = left.iter().filter(|other| rests_on(**other, ability)).map(|other| gap(*other)).sum();
            gap(ability) + rest
        };
        // Requirements form no circle (a test checks it), so something is always free.
        let best = left.iter().filter(free).copied().max_by(|a, b| weight(*a).total_cmp(&weight(*b)).then(b.cmp(a)));
        let Some(ability) = best else { break };
        let info = ability.info();
        let after = info.requires.iter().copied().filter(|needed| gap(*needed) > tolerance).collect();
        steps.push(Step {
            ability,
            name: ability.path(),
            gap: gap(ability),
            weight: weight(ability),
            after,
            benchmark: info.benchmark,
        });
        left.retain(|other| *other != ability);
    }
    steps
}

/// Whether `ability` rests on `on`, directly or not.
pub(super) fn rests_on(ability: Ability, on: Ability) -> bool {
    ability.info().requires.iter().any(|needed| *needed == on || rests_on(*needed, on))
}
