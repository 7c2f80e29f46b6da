//! Equality, hashing and ProbLog's standard order of terms (ISO 13211-1, 7.2, with strings before atoms), without recursion.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::Term;

impl Ord for Term {
    fn cmp(&self, other: &Self) -> Ordering {
        let mut pending = vec![(self, other)];
        while let Some((a, b)) = pending.pop() {
            let (Term::Compound(x), Term::Compound(y)) = (a, b) else {
                match simple(a, b) {
                    Ordering::Equal => continue,
                    order => return order,
                }
            };
            if std::ptr::eq(x.args(), y.args()) && x.functor() == y.functor() {
                continue;
            }
            let (xs, ys) = (x.args(), y.args());
            let shape = xs.len().cmp(&ys.len()).then_with(|| x.functor().cmp(y.functor()));
            if shape.is_ne() {
                return shape;
            }
            pending.extend(xs.iter().zip(ys).rev());
        }
        Ordering::Equal
    }
}

fn simple(a: &Term, b: &Term) -> Ordering {
    match (a, b) {
        (Term::Var(x), Term::Var(y)) | (Term::Atom(x), Term::Atom(y)) | (Term::Str(x), Term::Str(y)) => x.cmp(y),
        (Term::Int(x), Term::Int(y)) => x.cmp(y),
        (Term::Float(x), Term::Float(y)) => x.total_cmp(y),
        (Term::Float(x), Term::Int(y)) => float_to_int(*x, *y),
        (Term::Int(x), Term::Float(y)) => float_to_int(*y, *x).reverse(),
        _ => rank(a).cmp(&rank(b)),
    }
}

fn rank(term: &Term) -> u8 {
    match term {
        Term::Var(_) => 0,
        Term::Int(_) | Term::Float(_) => 1,
        Term::Str(_) => 2,
        Term::Atom(_) => 3,
        Term::Compound(_) => 4,
    }
}

/// By value, a float before the equal integer. Exact for every pair, so that the order is transitive.
pub(crate) fn float_to_int(x: f64, y: i64) -> Ordering {
    if x.is_nan() {
        return if x.is_sign_negative() { Ordering::Less } else { Ordering::Greater };
    }
    // 2^63 is a float; every i64 lies in [-2^63, 2^63).
    if x >= 9_223_372_036_854_775_808.0 {
        return Ordering::Greater;
    }
    if x < -9_223_372_036_854_775_808.0 {
        return Ordering::Less;
    }
    let whole = x.trunc();
    (whole as i64).cmp(&y).then_with(|| if x > whole { Ordering::Greater } else { Ordering::Less })
}

impl PartialOrd for Term {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Term {}

impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut pending = vec![self];
        while let Some(term) = pending.pop() {
            std::mem::discriminant(term).hash(state);
            match term {
                Term::Var(name) | Term::Atom(name) | Term::Str(name) => name.hash(state),
                Term::Int(value) => value.hash(state),
                Term::Float(value) => value.to_bits().hash(state),
                Term::Compound(compound) => {
                    compound.functor().hash(state);
                    compound.args().len().hash(state);
                    pending.extend(compound.args().iter().rev());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_order_of_kinds() {
        let sorted: Vec<Term> = ["X", "-1.5", "1.0", "1", "2", "\"a\"", "a", "b", "f(a)", "g(a)", "a(a, b)"]
            .map(|t| t.parse().unwrap())
            .into();
        let mut shuffled = sorted.clone();
        shuffled.reverse();
        shuffled.sort();
        assert_eq!(shuffled, sorted);
    }

    #[test]
    fn large_integers_and_floats_compare_exactly() {
        let f = 9_007_199_254_740_992.0; // 2^53
        assert_eq!(float_to_int(f, 9_007_199_254_740_993), Ordering::Less);
        assert_eq!(float_to_int(f, 9_007_199_254_740_991), Ordering::Greater);
        assert_eq!(float_to_int(-0.5, 0), Ordering::Less);
    }

    #[test]
    fn a_list_of_a_million_is_compared_hashed_and_dropped() {
        let long = || Term::list((0..1_000_000).map(Term::Int).collect());
        let (a, b) = (long(), long());
        assert!(a == b);
        let mut hasher = std::hash::DefaultHasher::new();
        a.hash(&mut hasher);
        assert_eq!(a.list_items().map(|items| items.len()), Some(1_000_000));
    }
}
