//! Benchmarks and parity checks against peers, outside of the default members: what the other crates claim of other tools is measured
//! here.
//!
//! - `parity/`: reference networks with weights, inputs, outputs and gradients, written by the example `parity_export` and rebuilt in
//!   PyTorch by `parity/pytorch_parity.py`.
