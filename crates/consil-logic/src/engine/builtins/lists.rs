//! Built-in predicates about lists. The usual modes of the library's predicates are here, without a table for each cell;
//! the others are left to their clauses.

use super::{BuiltinError, Done, Frame, Outcome, evaluate, holds, number_term};
use crate::budget::Limit;
use crate::error::ReasonError;
use crate::hash::{FastMap, FastSet};
use crate::number::{Number, apply};
use crate::store::{Shape, TermId};

/// Longer lists are not taken apart in all ways at once: that is quadratic.
const MAX_SPLIT: usize = 2_000;
/// Longer lists are not made out of nothing.
const MAX_MADE: i64 = 10_000_000;

impl Frame<'_> {
    pub(super) fn list_binary(&mut self, name: &str, a: TermId, b: TermId) -> Done {
        match name {
            "length" => self.length(a, b),
            "member" => match self.items(b) {
                Some(items) => Ok(Outcome::Each(a, items)),
                None => Ok(Outcome::Elsewhere),
            },
            "memberchk" => self.is_among(a, b),
            "last" => match self.items(a) {
                Some(items) => match items.last() {
                    Some(&last) => self.equal(b, last),
                    None => Ok(Outcome::Fails),
                },
                None => Ok(Outcome::Elsewhere),
            },
            "reverse" => match self.items(a) {
                Some(mut items) => {
                    items.reverse();
                    self.equal_list(b, &items)
                }
                None => Ok(Outcome::Elsewhere),
            },
            "append" => {
                let lists = self.items(a);
                let parts: Option<Vec<Vec<TermId>>> =
                    lists.and_then(|lists| lists.into_iter().map(|list| self.items(list)).collect());
                match parts {
                    Some(parts) => self.equal_list(b, &parts.concat()),
                    None => Ok(Outcome::Elsewhere),
                }
            }
            "flatten" => self.flatten(a, b),
            _ => match self.items(a) {
                Some(items) => self.list_result(name, items, b),
                None => self.no_list(a),
            },
        }
    }

    pub(super) fn list_ternary(&mut self, name: &str, a: TermId, b: TermId, c: TermId) -> Done {
        match name {
            "numlist" => self.numbers(a, b, c),
            "enum_groups" => self.enumerate_pairs(a, b, c),
            "append" => self.append(a, b, c),
            "nth0" => self.nth(0, a, b, c),
            "nth1" => self.nth(1, a, b, c),
            "select" => self.select(a, b, c),
            "delete" => self.delete(a, b, c),
            _ => Ok(Outcome::Fails),
        }
    }

    fn equal_list(&mut self, list: TermId, items: &[TermId]) -> Done {
        let items = self.store.list(items)?;
        self.equal(list, items)
    }

    /// `sum_list`, `max_list`, `min_list`, `msort`, `sort` and others of a proper list.
    fn list_result(&mut self, name: &str, items: Vec<TermId>, result: TermId) -> Done {
        match name {
            "msort" | "sort" | "max_member" | "min_member" | "list_to_set" => {
                let mut items: Vec<TermId> =
                    items.into_iter().map(|item| self.resolve(item)).collect::<Result<_, _>>()?;
                if name == "list_to_set" {
                    let mut seen: FastSet<TermId> = FastSet::default();
                    items.retain(|&item| seen.insert(item));
                    return self.equal_list(result, &items);
                }
                let store = &*self.store;
                items.sort_by(|&a, &b| store.compare(a, b));
                let best = if name == "max_member" { items.last() } else { items.first() };
                match (name, best) {
                    ("max_member" | "min_member", Some(&best)) => self.equal(result, best),
                    ("max_member" | "min_member", None) => Ok(Outcome::Fails),
                    ("sort", _) => {
                        items.dedup();
                        self.equal_list(result, &items)
                    }
                    _ => self.equal_list(result, &items),
                }
            }
            _ => {
                let mut numbers = Vec::with_capacity(items.len());
                for item in items {
                    match evaluate(self.store, self.bindings, item)? {
                        Some(number) => numbers.push(number),
                        None => return Ok(Outcome::Lacks),
                    }
                }
                let folded = match name {
                    "max_list" => numbers.into_iter().reduce(|a, b| if b.compare(a).is_ge() { b } else { a }),
                    "min_list" => numbers.into_iter().reduce(|a, b| if b.compare(a).is_le() { b } else { a }),
                    _ => Some(numbers.into_iter().try_fold(Number::Int(0), |sum, number| apply("+", &[sum, number]))?),
                };
                let Some(folded) = folded else { return Ok(Outcome::Fails) };
                let folded = number_term(self.store, folded);
                self.equal(result, folded)
            }
        }
    }

    fn length(&mut self, list: TermId, length: TermId) -> Done {
        let mut n = 0i64;
        let mut rest = self.walk(list);
        while let Shape::Compound(functor, &[_, tail]) = self.store.shape(rest) {
            if functor != self.store.cons {
                return Ok(Outcome::Fails);
            }
            n += 1;
            rest = self.walk(tail);
        }
        if rest == self.store.nil {
            let n = self.store.int(n);
            return self.equal(length, n);
        }
        match (self.store.shape(rest), self.shape(length)) {
            (Shape::Var(_), Shape::Int(wanted)) if wanted >= n => {
                if wanted - n > MAX_MADE {
                    return Err(BuiltinError::Type("a list of at most ten million elements"));
                }
                let missing = (wanted - n) as usize;
                let first = self.bindings.grow(missing);
                let items: Vec<TermId> = (first..).take(missing).map(|index| self.store.var(index)).collect();
                self.equal_list(rest, &items)
            }
            (Shape::Var(_), Shape::Var(_)) => Ok(Outcome::Lacks),
            _ => Ok(Outcome::Fails),
        }
    }

    /// The first element that can be equal.
    fn is_among(&mut self, element: TermId, list: TermId) -> Done {
        let Some(items) = self.items(list) else { return Ok(Outcome::Elsewhere) };
        for item in items {
            let mut bindings = self.bindings.clone();
            if bindings.unify(self.store, element, item) {
                *self.bindings = bindings;
                return Ok(Outcome::Once);
            }
        }
        Ok(Outcome::Fails)
    }

    fn flatten(&mut self, nested: TermId, flat: TermId) -> Done {
        let mut items = Vec::new();
        let mut pending = vec![nested];
        while let Some(next) = pending.pop() {
            match self.items(next) {
                Some(inner) => pending.extend(inner.into_iter().rev()),
                None => items.push(self.walk(next)),
            }
        }
        self.equal_list(flat, &items)
    }

    fn numbers(&mut self, low: TermId, high: TermId, list: TermId) -> Done {
        let (low, high) = match (self.integer(low), self.integer(high)) {
            (Some(low), Some(high)) => (low, high),
            _ if self.is_unbound(low) || self.is_unbound(high) => return Ok(Outcome::Lacks),
            _ => return Err(BuiltinError::Type("integers")),
        };
        if high < low {
            return Ok(Outcome::Fails);
        }
        if high.checked_sub(low).is_none_or(|n| n >= MAX_MADE) {
            return Err(ReasonError::Budget { limit: Limit::Answers(MAX_MADE as usize) }.into());
        }
        let items: Vec<TermId> = (low..=high).map(|value| self.store.int(value)).collect();
        self.equal_list(list, &items)
    }

    fn append(&mut self, a: TermId, b: TermId, c: TermId) -> Done {
        if let Some(items) = self.items(a) {
            let cons = self.store.cons;
            let mut whole = b;
            for &item in items.iter().rev() {
                whole = self.store.compound(cons, &[item, whole])?;
            }
            return self.equal(c, whole);
        }
        match self.items(c) {
            Some(items) if items.len() <= MAX_SPLIT && self.is_unbound(a) => {
                let mut values = Vec::with_capacity(items.len() + 1);
                for at in 0..=items.len() {
                    let (front, back) = (self.store.list(&items[..at])?, self.store.list(&items[at..])?);
                    values.push(self.tuple(&[front, back])?);
                }
                Ok(Outcome::Each(self.tuple(&[a, b])?, values))
            }
            _ => Ok(Outcome::Elsewhere),
        }
    }

    fn nth(&mut self, first: i64, index: TermId, list: TermId, element: TermId) -> Done {
        let Some(items) = self.items(list) else { return Ok(Outcome::Elsewhere) };
        match self.shape(index) {
            Shape::Int(at) => {
                match at.checked_sub(first).and_then(|at| usize::try_from(at).ok()).and_then(|at| items.get(at)) {
                    Some(&item) => self.equal(element, item),
                    None => Ok(Outcome::Fails),
                }
            }
            Shape::Var(_) => {
                let mut values = Vec::with_capacity(items.len());
                for (at, &item) in items.iter().enumerate() {
                    let at = self.store.int(at as i64 + first);
                    values.push(self.tuple(&[at, item])?);
                }
                Ok(Outcome::Each(self.tuple(&[index, element])?, values))
            }
            _ => Err(BuiltinError::Type("an integer")),
        }
    }

    fn select(&mut self, element: TermId, list: TermId, rest: TermId) -> Done {
        let items = match self.items(list) {
            Some(items) if items.len() <= MAX_SPLIT => items,
            _ => return Ok(Outcome::Elsewhere),
        };
        let mut values = Vec::with_capacity(items.len());
        for at in 0..items.len() {
            let others: Vec<TermId> = items[..at].iter().chain(&items[at + 1..]).copied().collect();
            let others = self.store.list(&others)?;
            values.push(self.tuple(&[items[at], others])?);
        }
        Ok(Outcome::Each(self.tuple(&[element, rest])?, values))
    }

    fn delete(&mut self, list: TermId, element: TermId, rest: TermId) -> Done {
        let (list, element) = (self.resolve(list)?, self.resolve(element)?);
        match self.items(list) {
            Some(items) if self.store.is_ground(list) && self.store.is_ground(element) => {
                let others: Vec<TermId> = items.into_iter().filter(|&item| item != element).collect();
                self.equal_list(rest, &others)
            }
            _ => Ok(Outcome::Elsewhere),
        }
    }

    /// `enum_groups(Pairs, Key, Group)`: the second arguments of the pairs, by their first.
    fn enumerate_pairs(&mut self, pairs: TermId, key: TermId, group: TermId) -> Done {
        let Some(items) = self.items(pairs) else { return self.no_list(pairs) };
        let mut keyed = Vec::with_capacity(items.len());
        for pair in items {
            match self.shape(pair) {
                Shape::Compound(_, &[key, value]) => keyed.push((key, value)),
                _ => return Err(BuiltinError::Type("a list of pairs")),
            }
        }
        self.groups(keyed, key, group)
    }

    /// `enum_groups(Keys, Values, Key, Group)`.
    pub(super) fn enumerate_groups(&mut self, keys: TermId, values: TermId, key: TermId, group: TermId) -> Done {
        match (self.items(keys), self.items(values)) {
            (Some(keys), Some(values)) => self.groups(keys.into_iter().zip(values).collect(), key, group),
            (None, _) => self.no_list(keys),
            (_, None) => self.no_list(values),
        }
    }

    fn groups(&mut self, keyed: Vec<(TermId, TermId)>, key: TermId, group: TermId) -> Done {
        let mut order: Vec<TermId> = Vec::new();
        let mut members: FastMap<TermId, Vec<TermId>> = FastMap::default();
        for (key, value) in keyed {
            let key = self.resolve(key)?;
            let group = members.entry(key).or_default();
            if group.is_empty() {
                order.push(key);
            }
            group.push(value);
        }
        let mut values = Vec::with_capacity(order.len());
        for found in order {
            let group = self.store.list(&members[&found])?;
            values.push(self.tuple(&[found, group])?);
        }
        if values.is_empty() {
            return holds(false);
        }
        Ok(Outcome::Each(self.tuple(&[key, group])?, values))
    }
}
