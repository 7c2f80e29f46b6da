//! The process's allocator: mimalloc, told to keep what is freed for a while.
//!
//! A training frees and allocates the same sizes in every step. mimalloc gives freed pages back to the system after a second, and a page that
//! comes back is zeroed and mapped anew: a step that takes longer than the delay pays for all of its memory again.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long freed pages are kept, in milliseconds.
const PURGE_DELAY: std::ffi::c_long = 10_000;

/// `mi_option_purge_delay` of mimalloc's `mimalloc.h`, which the bindings do not name.
const PURGE_DELAY_OPTION: libmimalloc_sys::mi_option_t = 15;

/// Sets the delay, unless the environment does (`MIMALLOC_PURGE_DELAY`).
#[allow(unsafe_code, reason = "the bindings have no safe function for options")]
pub fn keep_freed_pages() {
    // SAFETY: the function stores a number in a table of options under its index, which is within the table; it is not thread-safe, and runs
    // before the process has a second thread.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY_OPTION, PURGE_DELAY) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(unsafe_code, reason = "the bindings have no safe function for options")]
    fn the_option_is_the_purge_delay() {
        // SAFETY: it reads a number from a table of options.
        let before = unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY_OPTION) };
        // mimalloc's default, of version 2 and of version 3: another option would have another.
        assert!([10, 1000, PURGE_DELAY].contains(&before), "{before}");
        keep_freed_pages();
        // SAFETY: as above.
        assert_eq!(unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY_OPTION) }, PURGE_DELAY);
    }
}
