//! Federated learning as state machines without IO: many sites learn one model, and none of their data moves.
//!
//! The server side is a [`Federation`]. [`poll`](Federation::poll) says what to do next as an [`Action`]: send a [`Task`] to a site, wait,
//! store a round that counts, or nothing more. [`Reply`]s go in by [`receive`](Federation::receive) in whatever order they arrive; a missed
//! deadline is [`abandon`](Federation::abandon). It opens no socket, reads no clock and starts no thread: a network server, a simulator and a
//! test drive it by the same calls.
//!
//! The client side is the trait [`Client`], usually written around a [`SiteModel`], which knows by the [`Layout`]'s roles what
//! a site receives, what it sends and what never leaves it. How contributions move the model is a [`Strategy`], one file each.
//!
//! A [`Simulation`] joins the two sides in one process, with the same result for every number of workers.
//!
//! | module | one idea |
//! |---|---|
//! | [`sites`] | who takes part |
//! | [`work`], [`contribution`], [`cover`], [`codec`] | what travels, and its bytes |
//! | [`client`] | what a site does |
//! | [`federation`], [`action`] | what the server does, round by round |
//! | [`survey`] | one piece of work for every site, outside the rounds |
//! | [`strategy`], [`aggregate`], [`exact`] | how contributions become one |
//! | [`state`] | what the server remembers of each client |
//! | [`metrics`], [`report`] | what a round tells |
//! | [`simulate`], [`workers`] | both sides in one process |
//! | [`config`], [`range`] | the spec's `[federate]` table |
//!
//! Two sites with one number each; the global model becomes the mean weighted by their samples:
//!
//! ```
//! use consil_fed::{
//!     Action, ClientId, Contribution, Cover, Effort, Entry, FederateConfig, Federation, Layout, Metrics, Reply, Role, Work,
//! };
//! use consil_random::Key;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let layout = Layout::new(vec![Entry::f32("mean", [1], Role::Shared)])?;
//! let config = FederateConfig::<(), ()> { sites: 2, rounds: 1, ..FederateConfig::default() }.check()?;
//! let mut federation = Federation::new(&config, &layout, &[0.0], Key::new(7))?;
//! federation.arrive(ClientId(0))?;
//! federation.arrive(ClientId(1))?;
//!
//! let (data, n_samples) = ([1.0, 4.0], [10, 20]);
//! loop {
//!     match federation.poll()? {
//!         Action::Send(task) => {
//!             let Work::Train(train) = &task.work else { continue };
//!             let site = task.client.index();
//!             let delta = vec![data[site] - train.model[0]];
//!             let effort = Effort { n_samples: n_samples[site], ..Effort::default() };
//!             let done = Contribution::trained(&task, Cover::All, delta, effort, Metrics::default());
//!             federation.receive(Reply::Contribution(done))?;
//!         }
//!         Action::Commit(report) => assert_eq!(report.n_samples, 30),
//!         _ => break,
//!     }
//! }
//! assert_eq!(federation.global(), [3.0]);
//! # Ok(())
//! # }
//! ```
//!
//! What is deliberately absent: sockets, clocks, files, threads, a tensor library, and any knowledge of what is learned.

pub mod action;
pub mod aggregate;
pub mod client;
pub mod codec;
pub mod config;
pub mod contribution;
pub mod cover;
pub mod exact;
pub mod federation;
mod keys;
pub mod metrics;
pub mod range;
pub mod report;
pub mod simulate;
pub mod sites;
pub mod state;
pub mod strategy;
pub mod survey;
pub mod work;
pub mod workers;

pub use action::{Action, Waiting};
pub use client::{Client, ClientError, SiteModel};
pub use codec::{CodecError, Wire};
pub use config::{CheckedConfig, ConfigError, FederateConfig};
pub use consil_layout::{Buffers, Dtype, Entry, Layout, LayoutError, Role, Selection};
pub use contribution::{Contribution, Effort, Reply, Vector, gradient_weight};
pub use cover::{Cover, SentEntries};
pub use federation::Federation;
pub use metrics::Metrics;
pub use report::{ClientReport, RoundReport};
pub use simulate::{Event, Simulation};
pub use sites::{ClientId, SiteName, Sites};
pub use state::{ClientStates, MemoryStates};
pub use strategy::{ServerConfig, Strategy, StrategyConfig};
pub use survey::Survey;
pub use work::{Task, Train, Work, WorkKind};
pub use workers::{OneWorker, Workers};
