//! The fewest orders of a relation's columns that serve all searches on it.
//!
//! A search binds a set of columns and is served by every order that begins with them. Searches `S₁ ⊂ S₂ ⊂ …` share one
//! order, so the fewest orders are the fewest chains that cover all searches: by Dilworth's theorem a maximum matching of
//! the inclusions (Subotić, Jordan, Chang, Fekete & Scholz, "Automatic index selection for large-scale Datalog
//! computation", PVLDB 12, 2018).

/// A set of columns, one bit for each.
pub(super) type ColumnSet = u64;

/// Orders of `arity` columns such that each search is a prefix of one of them, as few as there can be.
pub(super) fn minimal_cover(arity: usize, searches: &[ColumnSet]) -> Vec<Vec<usize>> {
    let mut searches: Vec<ColumnSet> = searches.iter().copied().filter(|&search| search != 0).collect();
    searches.sort_unstable();
    searches.dedup();
    let n = searches.len();
    let includes = |small: usize, large: usize| small != large && searches[small] & !searches[large] == 0;
    // `next[s]` is the search after s in its chain, `previous` its inverse.
    let mut next: Vec<Option<usize>> = vec![None; n];
    let mut previous: Vec<Option<usize>> = vec![None; n];
    for start in 0..n {
        augment(start, n, &includes, &mut next, &mut previous, &mut vec![false; n]);
    }
    let mut orders = Vec::new();
    for first in (0..n).filter(|&search| previous[search].is_none()) {
        let mut order: Vec<usize> = Vec::with_capacity(arity);
        let mut at = Some(first);
        while let Some(search) = at {
            order.extend(
                (0..arity)
                    .filter(|column| searches[search] >> column & 1 == 1)
                    .filter(|c| !order.contains(c))
                    .collect::<Vec<_>>(),
            );
            at = next[search];
        }
        order.extend((0..arity).filter(|column| !order.contains(column)).collect::<Vec<_>>());
        orders.push(order);
    }
    orders
}

/// Kuhn's augmenting path from one search to a larger one that no chain continues to.
fn augment(
    small: usize,
    n: usize,
    includes: &impl Fn(usize, usize) -> bool,
    next: &mut [Option<usize>],
    previous: &mut [Option<usize>],
    tried: &mut Vec<bool>,
) -> bool {
    for large in 0..n {
        if !includes(small, large) || std::mem::replace(&mut tried[large], true) {
            continue;
        }
        if previous[large].is_none_or(|other| augment(other, n, includes, next, previous, tried)) {
            previous[large] = Some(small);
            next[small] = Some(large);
            return true;
        }
    }
    false
}

/// Whether an order begins with the columns of a search.
pub(super) fn serves(order: &[usize], search: ColumnSet) -> bool {
    let n = search.count_ones() as usize;
    n <= order.len() && order[..n].iter().all(|column| search >> column & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_papers_example_needs_two_orders() {
        // Section 4: searches on x, {x, y}, {x, z}, {x, y, z} of a relation with columns x, y, z.
        let orders = minimal_cover(3, &[0b001, 0b011, 0b101, 0b111]);
        assert_eq!(orders.len(), 2);
    }

    proptest! {
        /// No antichain is larger than the cover (Dilworth), and each search is served.
        #[test]
        fn covers_are_valid_and_minimal(searches in prop::collection::btree_set(1..32u64, 0..9)) {
            let searches: Vec<u64> = searches.into_iter().collect();
            let orders = minimal_cover(5, &searches);
            for &search in &searches {
                prop_assert!(orders.iter().any(|order| serves(order, search)));
            }
            let widest = (0..1usize << searches.len())
                .filter(|subset| {
                    let chosen: Vec<u64> =
                        (0..searches.len()).filter(|i| subset >> i & 1 == 1).map(|i| searches[i]).collect();
                    chosen.iter().all(|a| chosen.iter().all(|b| a == b || (a & !b != 0 && b & !a != 0)))
                })
                .map(|subset| subset.count_ones() as usize)
                .max();
            prop_assert_eq!(Some(orders.len()), widest);
        }
    }
}
