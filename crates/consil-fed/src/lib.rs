//! Federated learning as state machines without IO: many sites learn one model, and none of their data moves.
//!
//! The server side is a [`Federation`]: it chooses clients, hands out [`ClientTask`]s, takes [`Update`]s in whatever order
//! they arrive, and folds them into the global model. It opens no socket, reads no clock and starts no thread: a network
//! server, a simulator and a test drive it by the same five calls. A missed deadline is [`Federation::abandon`].
//!
//! The client side is the trait [`Client`], usually written around a [`Site`], which knows by the [`Layout`]'s roles what
//! a site receives, what it sends and what never leaves it.
//!
//! A [`Simulation`] joins the two in one process, with the same result for every number of workers.
//!
//! | module | one idea |
//! |---|---|
//! | [`layout`] | what a flat vector of parameters holds, and which part of it travels |
//! | [`task`], [`payload`], [`codec`] | what travels, and its bytes |
//! | [`client`] | what a site does |
//! | [`federation`] | what the server does |
//! | [`aggregate`], [`strategy`], [`state`] | how updates become one, and what the server remembers |
//! | [`metrics`], [`report`] | what a round tells |
//! | [`simulate`] | both sides in one process |
//! | [`config`] | the spec's `[federate]` table |
//!
//! Two sites with one number each; the global model becomes the mean weighted by their samples:
//!
//! ```
//! use consil_fed::{ClientId, Entry, FederateConfig, Federation, Layout, Metrics, Payload, Role, Update};
//! use consil_random::Key;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layout = Layout::new(vec![Entry::f32("mean", [1], Role::Shared)])?;
//! let config = FederateConfig::<()> { sites: 2, rounds: 1, ..FederateConfig::default() };
//! let mut federation = Federation::new(&config, &layout, &[0.0], Key::new(7))?;
//!
//! let (data, samples) = ([1.0, 4.0], [10, 20]);
//! for task in federation.start_round(&[ClientId(0), ClientId(1)])? {
//!     let site = task.client.0 as usize;
//!     let delta = vec![data[site] - task.global[0]];
//!     federation.receive(Update::delta(&task, delta, samples[site], Metrics::default()))?;
//! }
//! let report = federation.finish_round()?;
//! assert_eq!(federation.global(), [3.0]);
//! assert_eq!(report.n_samples, 30);
//! # Ok(())
//! # }
//! ```
//!
//! What is deliberately absent: sockets, clocks, files, a tensor library, and any knowledge of what is learned.

pub mod aggregate;
pub mod client;
pub mod codec;
pub mod config;
pub mod federation;
pub mod metrics;
pub mod payload;
pub mod report;
pub mod simulate;
pub mod state;
pub mod strategy;
pub mod task;

pub use client::{Client, ClientError, Site};
pub use codec::{CodecError, Wire};
pub use config::{ConfigError, FederateConfig};
pub use consil_layout::{self as layout, Buffers, Dtype, Entry, Layout, LayoutError, Role, Selection};
pub use federation::Federation;
pub use metrics::Metrics;
pub use payload::{Control, Payload};
pub use report::{ClientReport, RoundReport};
pub use simulate::{Event, Simulation};
pub use state::{ClientStates, MemoryStates};
pub use strategy::{ServerConfig, Strategy};
pub use task::{ClientId, ClientTask, Update};
