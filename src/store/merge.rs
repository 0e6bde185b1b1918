//! Several ascending lists, read as one.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What ascending lists hold, in ascending order, each once. If a list fails, that comes next.
///
/// What it takes to find the next one grows with the logarithm of the number of lists.
pub(super) struct Merged<I, T, E> {
    lists: Vec<I>,
    /// The next of each list, and which that is.
    heads: BinaryHeap<Reverse<(T, usize)>>,
    fault: Option<E>,
    last: Option<T>,
}

impl<I, T, E> Merged<I, T, E>
where
    I: Iterator<Item = Result<T, E>>,
    T: Ord + Copy,
{
    pub(super) fn of(lists: Vec<I>) -> Merged<I, T, E> {
        let mut merged = Merged {
            heads: BinaryHeap::with_capacity(lists.len()),
            lists,
            fault: None,
            last: None,
        };
        (0..merged.lists.len()).for_each(|list| merged.advance(list));
        merged
    }

    fn advance(&mut self, list: usize) {
        match self.lists[list].next() {
            None => {}
            Some(Ok(next)) => self.heads.push(Reverse((next, list))),
            Some(Err(fault)) => self.fault = Some(fault),
        }
    }
}

impl<I, T, E> Iterator for Merged<I, T, E>
where
    I: Iterator<Item = Result<T, E>>,
    T: Ord + Copy,
{
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Result<T, E>> {
        loop {
            if let Some(fault) = self.fault.take() {
                return Some(Err(fault));
            }
            let Reverse((next, list)) = self.heads.pop()?;
            self.advance(list);
            if self.last.replace(next) != Some(next) {
                return Some(Ok(next));
            }
        }
    }
}
