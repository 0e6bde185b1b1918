//! What this process has asked the allocator for.

use std::alloc::System;
use std::ops::Sub;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Counts of the allocator, or how they have changed.
#[derive(Clone, Copy, Debug)]
pub struct Heap {
    /// Allocations made, and existing ones made larger or smaller.
    pub made: i64,
    /// Allocations that are held.
    pub held: i64,
    /// Bytes that are held, as they were asked for.
    pub bytes: i64,
}

impl Heap {
    pub fn now() -> Heap {
        let stats = ALLOCATOR.stats();
        Heap {
            made: (stats.allocations + stats.reallocations) as i64,
            held: stats.allocations as i64 - stats.deallocations as i64,
            bytes: stats.bytes_allocated as i64 - stats.bytes_deallocated as i64,
        }
    }
}

impl Sub for Heap {
    type Output = Heap;

    fn sub(self, earlier: Heap) -> Heap {
        Heap {
            made: self.made - earlier.made,
            held: self.held - earlier.held,
            bytes: self.bytes - earlier.bytes,
        }
    }
}
