//! Plots as SVG, without a style of their own: colours come from classes that the page's style sheet knows, so that they follow the
//! reader's light or dark theme.
//!
//! [`Chart`] draws points, lines and bands on linear, logarithmic and calendar axes (fits, residuals, isoFLOP curves, fans, fronts); [`radar`],
//! [`tornado`], [`Ranges`] and [`graph`] draw what has no axes of that kind. Every mark has a title, and every drawing a description.

mod axis;
mod chart;
mod fit;
mod graph;
mod radar;
mod ranges;
#[cfg(test)]
mod tests;
mod tornado;

pub use axis::{Measure, Scale};
pub use chart::{Band, Chart, Marks, Series};
pub use fit::{isoflop, predicted_against_observed, residuals};
pub use graph::{Edge, Vertex, graph};
pub use radar::{Profile, radar};
pub use ranges::{Range, Ranges};
pub use tornado::{Bar, tornado};
