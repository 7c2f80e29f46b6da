//! Line charts as SVG whose colours come from the page's style sheet.
//!
//! Drawn here rather than with a chart library because the report follows the reader's light or dark theme: marks need classes for the style
//! sheet to colour, a title for each value, and a description for readers without eyes; libraries write fixed colours and no titles.

use super::scale::{Measure, Scale};
use consil_svg::{Svg, at};

/// The width and height of a chart of its own, in units of the drawing.
pub(crate) const WHOLE: (f64, f64) = (480.0, 250.0);
/// Those of a chart inside a card.
pub(crate) const SMALL: (f64, f64) = (320.0, 190.0);

const LEFT: f64 = 46.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 40.0;
/// From this many points on, a line stands without dots.
const DOTS: usize = 40;
/// More points than this cannot be told apart, and are thinned.
const MOST_POINTS: usize = 240;
/// How many colours the style sheet has; after them, lines are dashed.
const COLOURS: usize = 7;

/// A line chart.
pub(crate) struct Chart<'a> {
    /// Unique in the page.
    pub id: &'a str,
    pub title: &'a str,
    pub size: (f64, f64),
    pub x_label: &'a str,
    pub y: Measure,
    pub y_label: &'a str,
    pub lines: &'a [Line],
}

/// A line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub name: String,
    /// The style-sheet classes of its colour and dashes.
    pub class: String,
    /// `(x, y)` with `x` growing; a `y` that is not finite is a gap.
    pub points: Vec<(f64, f64)>,
}

impl Line {
    /// A line with colour number `colour` and dashes number `dashes` (0: none).
    pub fn new(name: impl Into<String>, (colour, dashes): (usize, usize), points: Vec<(f64, f64)>) -> Self {
        let dashes = (dashes + colour / COLOURS).min(2);
        Self {
            name: name.into(),
            class: format!("c{}{}", colour % COLOURS, ["", " dashed", " dotted"][dashes]),
            points,
        }
    }

    /// Whether there is anything to draw.
    pub fn is_empty(&self) -> bool {
        !self.points.iter().any(|(x, y)| x.is_finite() && y.is_finite())
    }
}

impl Chart<'_> {
    /// The drawing.
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points).filter(|(_, y)| y.is_finite());
        let (width, height) = self.size;
        let x = Scale::over(points().map(|p| p.0), Measure::Count, (LEFT, width - RIGHT), 6);
        let y = Scale::over(points().map(|p| p.1), self.y, (height - BOTTOM, TOP), 4);
        Svg::figure(self.id, self.size, (self.title, &self.description(&y)), |svg| {
            self.axes(svg, &x, &y);
            for line in self.lines {
                svg.element("g", &[("class", &format!("line {}", line.class))], |svg| draw(svg, line, &x, &y));
            }
        })
    }

    fn axes(&self, svg: &mut Svg, x: &Scale, y: &Scale) {
        let (left, right, bottom) = (at(LEFT), at(self.size.0 - RIGHT), self.size.1 - BOTTOM);
        let stretch = [x.place(x.from), x.place(x.to), x.from, x.to].map(|v| v.to_string()).join(" ");
        svg.element("g", &[("class", &"grid"), ("data-x", &stretch)], |svg| {
            for tick in &y.ticks {
                let place = at(y.place(*tick));
                svg.shape("line", &[("x1", &left), ("x2", &right), ("y1", &place), ("y2", &place)]);
            }
        });
        svg.element("g", &[("class", &"marks")], |svg| {
            for tick in &y.ticks {
                let place = at(y.place(*tick) + 4.0);
                svg.text("text", &[("x", &at(LEFT - 7.0)), ("y", &place), ("class", &"end")], &y.mark(*tick));
            }
            for tick in &x.ticks {
                let place = at(x.place(*tick));
                svg.text("text", &[("x", &place), ("y", &at(bottom + 17.0)), ("class", &"middle")], &x.mark(*tick));
            }
            let place = [("x", &right as &dyn std::fmt::Display), ("y", &at(self.size.1 - 5.0)), ("class", &"end")];
            svg.text("text", &place, self.x_label);
        });
    }

    /// What a reader without eyes is told: where each line begins and ends.
    fn description(&self, y: &Scale) -> String {
        let lines = self.lines.iter().filter_map(|line| {
            let mut finite = line.points.iter().filter(|(_, y)| y.is_finite());
            let first = finite.next()?;
            let last = finite.next_back().unwrap_or(first);
            let (from, to) = (self.value(first.1), self.value(last.1));
            Some(format!("{}: {from} at {:.0}, {to} at {:.0}.", line.name, first.0, last.0))
        });
        let lines: Vec<String> = lines.collect();
        let marks = (y.ticks.first().zip(y.ticks.last())).map(|(a, b)| format!("{} to {}", y.mark(*a), y.mark(*b)));
        format!("{} by {}, axis {}. {}", self.y_label, self.x_label, marks.unwrap_or_default(), lines.join(" "))
    }

    /// A value as text.
    pub fn value(&self, y: f64) -> String {
        match self.y {
            _ if !y.is_finite() => "–".to_owned(),
            Measure::Share => format!("{:.1} %", 100.0 * y),
            Measure::Amount if y.abs() < 1e-3 && y != 0.0 => format!("{y:.2e}"),
            Measure::Amount | Measure::Count => format!("{y:.4}"),
        }
    }
}

fn draw(svg: &mut Svg, line: &Line, x: &Scale, y: &Scale) {
    let points = thinned(&line.points);
    for stretch in points.split(|(_, y)| !y.is_finite()).filter(|stretch| stretch.len() > 1) {
        let places: Vec<String> =
            stretch.iter().map(|(px, py)| format!("{},{}", at(x.place(*px)), at(y.place(*py)))).collect();
        svg.shape("polyline", &[("points", &places.join(" "))]);
    }
    let is_alone = |i: usize| {
        let gap = |j: Option<usize>| j.and_then(|j| points.get(j)).is_none_or(|(_, y)| !y.is_finite());
        gap(i.checked_sub(1)) && gap(Some(i + 1))
    };
    for (i, (px, py)) in points.iter().enumerate().filter(|(_, (_, py))| py.is_finite()) {
        if points.len() <= DOTS || is_alone(i) {
            svg.shape("circle", &[("cx", &at(x.place(*px))), ("cy", &at(y.place(*py))), ("r", &"2.2")]);
        }
    }
}

/// At most [`MOST_POINTS`] points that keep the line's peaks: of each stretch the least and the greatest.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if points.len() <= MOST_POINTS {
        return points.to_vec();
    }
    let mut kept = Vec::with_capacity(MOST_POINTS + 2);
    for stretch in points.chunks((2 * points.len()).div_ceil(MOST_POINTS)) {
        let extreme = |sign: f64| {
            let finite = stretch.iter().enumerate().filter(|(_, (_, y))| y.is_finite());
            finite.max_by(|a, b| (sign * a.1.1).total_cmp(&(sign * b.1.1))).map_or(0, |(i, _)| i)
        };
        let (a, b) = (extreme(-1.0), extreme(1.0));
        kept.push(stretch[a.min(b)]);
        if a != b {
            kept.push(stretch[a.max(b)]);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(lines: &[Line]) -> String {
        Chart { id: "c", title: "Loss", size: WHOLE, x_label: "epoch", y: Measure::Amount, y_label: "nats", lines }
            .svg()
    }

    #[test]
    fn a_gap_parts_a_line_and_a_lone_point_is_a_dot() {
        let points =
            vec![(1.0, 3.0), (2.0, 2.0), (3.0, f64::NAN), (4.0, 1.0), (5.0, f64::INFINITY), (6.0, 1.0), (7.0, 1.0)];
        let svg = chart(&[Line::new("train", (0, 0), points)]);
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 5);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(svg.contains("train: 3.0000 at 1, 1.0000 at 7."));
    }

    #[test]
    fn nothing_to_draw_is_still_a_chart() {
        assert!(!chart(&[]).contains("NaN"));
        assert!(!chart(&[Line::new("train", (0, 0), vec![(1.0, f64::NAN)])]).contains("NaN"));
    }

    #[test]
    fn thinning_keeps_the_peak_and_the_order() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|i| (f64::from(i), 1.0)).collect();
        points[7_777].1 = 9.0;
        let kept = thinned(&points);
        assert!(kept.len() <= MOST_POINTS + 2);
        assert!(kept.contains(&(7_777.0, 9.0)));
        assert!(kept.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn more_lines_than_colours_differ_by_dashes() {
        let classes: std::collections::BTreeSet<String> =
            (0..3 * COLOURS).map(|i| Line::new("", (i, 0), vec![]).class).collect();
        assert_eq!(classes.len(), 3 * COLOURS);
    }
}
