//! What reports are made of: numbers for people, intervals, axes, charts, drawings, and the HTML page that holds them.
//!
//! The reports of runs and of pathways are composed from it, and the terminal writes its numbers with it. It knows nothing of what is shown: a
//! caller brings values, names and sentences.
//!
//! | module | holds |
//! |---|---|
//! | [`number`] | numbers as people read them, one function for each need |
//! | [`interval`] | Wilson's interval of a proportion |
//! | [`axis`] | from values to places, and the round values to mark |
//! | [`chart`], [`radar()`], [`ranges`], [`tornado()`], [`dependency_graph()`] | drawings that follow the page's light or dark theme |
//! | [`diagram`] | a drawing of boxes and arrows that stands alone as a file |
//! | [`svg`], [`markup`], [`colour`] | what drawings and pages are written with |
//! | [`block`] | pieces of a page: figures, tables, findings |
//! | [`page`] | the page: one file that makes no request, with the one style sheet |
//!
//! ```
//! use consil_report::{Chart, Figure, Markup, Measure, Page, Section, Series};
//!
//! let mut chart = Chart::new("loss", "Loss", (Measure::Count, "epoch"), (Measure::FromZero, "nats"));
//! chart.series.push(Series::line("training", 0, vec![(1.0, 2.3), (2.0, 0.9), (3.0, 0.4)]));
//! let figure = Figure::of_chart(&chart, "Mean loss on the rows learned from.").with_numbers(&chart);
//! let learning = Section::of_blocks("learning", "How it learned", "", &[figure.into()]);
//! let page = Page { kicker: "Report", title: "a run", lead: &[], sections: &[learning], footer: Markup::default() };
//! assert!(page.html().starts_with("<!DOCTYPE html>"));
//! ```

pub mod axis;
pub mod block;
pub mod chart;
pub mod colour;
pub mod dependency_graph;
pub mod diagram;
pub mod interval;
pub mod markup;
pub mod number;
pub mod page;
pub mod radar;
pub mod ranges;
pub mod svg;
pub mod tornado;

pub use axis::{Axis, Measure};
pub use block::{Badge, Block, Figure, Finding, LegendKey, Table, TableCell};
pub use chart::{Band, Chart, Dash, Marks, Series};
pub use dependency_graph::{Edge, Vertex, dependency_graph};
pub use diagram::{BlockId, BlockKind, Diagram};
pub use interval::wilson;
pub use markup::Markup;
pub use page::{Page, Section};
pub use radar::{Profile, radar};
pub use ranges::{Range, Ranges};
pub use tornado::{Bar, tornado};
