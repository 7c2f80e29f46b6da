//! Conditions on variables, of which conjunctions are made.

/// A variable has a value, or has another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Condition {
    pub(super) variable: u32,
    pub(super) value: u32,
    pub(super) holds: bool,
}

/// Whether two conjunctions cannot both hold, for want of a variable that has two values.
pub(super) fn are_exclusive(a: &[Condition], b: &[Condition]) -> bool {
    a.iter().any(|a| {
        b.iter().any(|b| {
            a.variable == b.variable
                && match (a.holds, b.holds) {
                    (true, true) => a.value != b.value,
                    (false, false) => false,
                    _ => a.value == b.value,
                }
        })
    })
}
