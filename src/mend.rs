//! Fixes, applied until nothing changes.
