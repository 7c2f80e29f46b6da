//! An explained sample as cards: what there was to see, what each network took it for, and the proof.

use consil_report::chart::{Chart, SMALL, Series};
use consil_report::svg::{at, figure};
use consil_report::{Axis, LegendKey, Markup, Measure};

use super::picture::{data_uri, heat_map};
use crate::explain::{Explanation, Image, Likelihood, ModalityView, ProofTree, View, percent};

/// Up to this many classes are all shown; of more, only the most probable.
const ALL: usize = 12;
/// How many of many classes are shown.
const MOST: usize = 8;
/// Answers up to this number, with labels up to that length, stand as columns; others as bars.
const COLUMNS: (usize, usize) = (40, 4);

/// An explanation ready to be laid out.
pub(super) struct SampleView<'a> {
    id: &'a str,
    answer: &'a str,
    probability: String,
    truth: Option<&'a str>,
    right: Option<bool>,
    modalities: Vec<ModalityCard<'a>>,
    columns: Option<String>,
    bars: Vec<Bar<'a>>,
    proofs: Vec<Branch<'a>>,
    flip: Option<&'a str>,
}

struct ModalityCard<'a> {
    item: &'a str,
    kind: String,
    network: Option<&'a str>,
    present: bool,
    caption: String,
    pictures: Vec<Img>,
    svg: Option<String>,
    legend: Vec<LegendKey>,
    text: Option<&'a str>,
    numbers: Vec<String>,
    bars: Vec<Bar<'a>>,
}

struct Img {
    src: String,
    alt: String,
    /// Whether the pixels are few enough to be shown as squares.
    coarse: bool,
}

struct Bar<'a> {
    label: &'a str,
    percent: String,
    /// In percent of the bar's room.
    width: String,
    predicted: bool,
    truth: bool,
}

struct Branch<'a> {
    text: &'a str,
    because: Option<&'a str>,
    probability: Option<String>,
    children: Vec<Branch<'a>>,
}

impl<'a> SampleView<'a> {
    /// The view of an explanation; `id` is unique in the page.
    pub fn of(id: &str, explanation: &'a Explanation) -> Self {
        let truth = explanation.truth.as_deref();
        let answers = &explanation.answers;
        let short = answers.iter().all(|answer| answer.label.chars().count() <= COLUMNS.1);
        let as_columns = short && (ALL..=COLUMNS.0).contains(&answers.len());
        let labels = answers.iter().map(|a| (a.label.as_str(), a.probability)).collect();
        let modalities = explanation.modalities.iter().enumerate();
        Self {
            id: &explanation.id,
            answer: &explanation.answer,
            probability: percent(explanation.probability),
            truth,
            right: explanation.is_right(),
            modalities: modalities.map(|(i, modality)| ModalityCard::of(&format!("{id}-{i}"), modality)).collect(),
            columns: as_columns.then(|| columns(&format!("{id}-a"), answers, &explanation.answer, truth)),
            bars: if as_columns { Vec::new() } else { bars(labels, Some(&explanation.answer), truth) },
            proofs: explanation.proofs.iter().map(Branch::of).collect(),
            flip: explanation.flip.as_ref().map(|flip| flip.text.as_str()),
        }
    }
}

impl<'a> ModalityCard<'a> {
    fn of(id: &str, modality: &'a ModalityView) -> Self {
        let classes = modality.classes.iter().map(String::as_str).zip(modality.probabilities.iter().copied()).collect();
        let mut card = Self {
            item: &modality.item,
            kind: modality.kind.to_string(),
            network: modality.network.as_deref(),
            present: modality.present,
            caption: String::new(),
            pictures: Vec::new(),
            svg: None,
            legend: Vec::new(),
            text: None,
            numbers: Vec::new(),
            bars: bars(classes, modality.predicted.as_deref(), modality.truth.as_deref()),
        };
        card.show(id, &modality.view);
        if let (View::Image(picture), Some(saliency)) = (&modality.view, &modality.saliency) {
            card.pictures
                .extend(img(&saliency.over(picture), &format!("{}, what the answer depends on in red", modality.item)));
        }
        card
    }

    fn show(&mut self, id: &str, view: &'a View) {
        match view {
            View::Image(picture) => {
                self.caption = size(picture);
                self.pictures.extend(img(picture, &format!("{}, {}", self.item, size(picture))));
            }
            View::Frames { frames, n_frames } => {
                self.caption = format!("the first {} of {n_frames} frames", frames.len());
                let frame = |(i, frame)| img(frame, &format!("{}, frame {}", self.item, i + 1));
                self.pictures = frames.iter().enumerate().filter_map(frame).collect();
            }
            View::Spectrogram { frames, bands, values } => {
                self.caption = "log-mel energy as the network is given it, bright is loud".to_owned();
                self.svg = spectrogram(id, self.item, *frames, *bands, values);
            }
            View::Series { channels, steps, values } => {
                self.caption = format!("{steps} steps of {channels} channels");
                let mut chart =
                    Chart::new(id, self.item, (Measure::Count, "step"), (Measure::FromZero, "")).sized(SMALL);
                chart.series = lines(*channels, values);
                let keys = chart.series.iter().map(|line| LegendKey { class: line.class(), name: line.name.clone() });
                self.legend = keys.collect();
                self.svg = Some(chart.svg());
            }
            View::Text { text } => self.text = Some(text),
            View::Row { cells } => {
                let shown = |cell: &String| if cell.is_empty() { "–".to_owned() } else { cell.clone() };
                self.numbers = cells.iter().map(shown).collect();
            }
            View::Absent => {}
        }
    }
}

impl<'a> Branch<'a> {
    fn of(tree: &'a ProofTree) -> Self {
        Self {
            text: &tree.text,
            because: tree.because.as_deref(),
            probability: tree.probability.map(percent),
            children: tree.children.iter().map(Self::of).collect(),
        }
    }
}

impl SampleView<'_> {
    /// Writes the sample as a card.
    pub fn write(&self, html: &mut Markup) {
        html.element("article", &[("class", &"sample")], |html| {
            html.element("h3", &[], |html| {
                html.text("span", &[("class", &"answer")], self.answer);
                html.say(" ");
                html.text("span", &[("class", &"probability")], &self.probability);
                match (self.right, self.truth) {
                    (Some(true), _) => html.text("span", &[("class", &"tag good")], "right"),
                    (Some(false), truth) => {
                        let wrong = format!("wrong, the truth is {}", truth.unwrap_or_default());
                        html.text("span", &[("class", &"tag bad")], &wrong);
                    }
                    (None, _) => {}
                }
                html.text("span", &[("class", &"id")], self.id);
            });
            html.element("div", &[("class", &"modalities")], |html| {
                self.modalities.iter().for_each(|modality| modality.write(html))
            });
            html.element("div", &[("class", &"reasons")], |html| {
                html.element("div", &[("class", &"reason")], |html| self.write_answer(html));
                if !self.proofs.is_empty() {
                    html.element("div", &[("class", &"reason")], |html| self.write_proofs(html));
                }
            });
        });
        html.end_line();
    }

    fn write_answer(&self, html: &mut Markup) {
        html.text("h4", &[], "The answer");
        if let Some(columns) = &self.columns {
            html.element("div", &[("class", &"scroll")], |html| {
                html.element("div", &[("class", &"drawing columns")], |html| html.raw(columns));
            });
        }
        write_bars("answer", &self.bars, html);
        html.text_if_any("p", &[("class", &"flip")], self.flip.unwrap_or_default());
    }

    fn write_proofs(&self, html: &mut Markup) {
        for (i, proof) in self.proofs.iter().enumerate() {
            html.element("h4", &[], |html| {
                html.say(if i == 0 { "Because " } else { "Or because " });
                html.text("span", &[("class", &"probability")], proof.probability.as_deref().unwrap_or_default());
            });
            html.element("ul", &[("class", &"proof")], |html| {
                html.element("li", &[], |html| {
                    html.text("code", &[], proof.text);
                    Branch::write_all(&proof.children, html);
                });
            });
        }
    }
}

impl ModalityCard<'_> {
    fn write(&self, html: &mut Markup) {
        html.element("figure", &[("class", &"modality")], |html| {
            html.element("figcaption", &[], |html| {
                html.text("b", &[], self.item);
                match self.network {
                    Some(network) => {
                        html.say(" seen by ");
                        html.text("b", &[], network);
                    }
                    None => html.say(&format!(" {}", self.kind)),
                }
            });
            html.element("div", &[("class", &"view")], |html| self.write_view(html));
            write_bars(self.item, &self.bars, html);
        });
        html.end_line();
    }

    fn write_view(&self, html: &mut Markup) {
        if !self.present {
            html.text("p", &[("class", &"absent")], "absent from this sample");
        }
        if !self.pictures.is_empty() {
            html.element("div", &[("class", &"pictures")], |html| {
                for picture in &self.pictures {
                    let class = if picture.coarse { "pixels" } else { "" };
                    html.empty("img", &[("src", &picture.src), ("alt", &picture.alt), ("class", &class)]);
                }
            });
        }
        if let Some(svg) = &self.svg {
            html.element("div", &[("class", &"drawing")], |html| html.raw(svg));
        }
        if self.legend.len() > 1 {
            LegendKey::write_all(&self.legend, html);
        }
        html.text_if_any("blockquote", &[], self.text.unwrap_or_default());
        if !self.numbers.is_empty() {
            html.element("p", &[("class", &"numbers")], |html| {
                for number in &self.numbers {
                    html.text("span", &[], number);
                    html.say(" ");
                }
            });
        }
        html.text_if_any("p", &[("class", &"note")], &self.caption);
    }
}

impl Branch<'_> {
    fn write_all(branches: &[Self], html: &mut Markup) {
        if branches.is_empty() {
            return;
        }
        html.element("ul", &[], |html| {
            for branch in branches {
                html.element("li", &[], |html| branch.write(html));
            }
        });
    }

    fn write(&self, html: &mut Markup) {
        html.text("code", &[], self.text);
        if self.probability.is_some() || self.because.is_some() {
            html.say(" ");
            html.element("span", &[("class", &"because")], |html| {
                html.say(self.because.unwrap_or_default());
                if let Some(probability) = &self.probability {
                    html.say(" ");
                    html.text("b", &[], probability);
                }
            });
        }
        Self::write_all(&self.children, html);
    }
}

/// Writes the probabilities of classes as bars; nothing where there are none.
fn write_bars(title: &str, bars: &[Bar<'_>], html: &mut Markup) {
    if bars.is_empty() {
        return;
    }
    html.element("table", &[("class", &"bars")], |html| {
        html.text("caption", &[("class", &"unseen")], &format!("Probability of each class of {title}"));
        html.element("thead", &[("class", &"unseen")], |html| {
            html.element("tr", &[], |html| {
                ["class", "bar", "probability"].iter().for_each(|name| html.text("th", &[("scope", &"col")], name));
            });
        });
        html.element("tbody", &[], |html| bars.iter().for_each(|bar| bar.write(html)));
    });
}

impl Bar<'_> {
    fn write(&self, html: &mut Markup) {
        html.element("tr", &[("class", if self.predicted { &"predicted" } else { &"" })], |html| {
            html.element("th", &[("scope", &"row")], |html| {
                if self.truth {
                    html.element("span", &[("class", &"mark"), ("title", &"the truth")], |html| {
                        html.text("span", &[("class", &"unseen")], "the truth: ");
                    });
                }
                html.say(self.label);
            });
            html.element("td", &[("class", &"bar")], |html| {
                html.text("i", &[("style", &format!("width:{}%", self.width))], "");
            });
            html.text("td", &[("class", &"value")], &self.percent);
        });
    }
}

fn size(picture: &Image) -> String {
    format!("{} × {} pixels", picture.width, picture.height)
}

fn img(picture: &Image, alt: &str) -> Option<Img> {
    Some(Img { src: data_uri(picture)?, alt: alt.to_owned(), coarse: picture.width.max(picture.height) < 128 })
}

/// A line for each channel of `[T, C]` values.
fn lines(channels: usize, values: &[f32]) -> Vec<Series> {
    let channel = |c: usize| {
        let points = values
            .chunks(channels)
            .enumerate()
            .filter_map(|(t, step)| Some((t as f64 + 1.0, f64::from(*step.get(c)?))));
        Series::line(format!("channel {}", c + 1), c, points.collect())
    };
    (0..channels).map(channel).collect()
}

/// The classes in their order, or the most probable of many.
fn bars<'a>(classes: Vec<(&'a str, f64)>, predicted: Option<&str>, truth: Option<&str>) -> Vec<Bar<'a>> {
    let mut shown: Vec<usize> = (0..classes.len()).collect();
    if classes.len() > ALL {
        shown.sort_by(|a, b| classes[*b].1.total_cmp(&classes[*a].1));
        let rest = shown.split_off(MOST);
        shown.extend(rest.into_iter().filter(|i| Some(classes[*i].0) == truth));
    }
    let bar = |i: usize| {
        let (label, p) = classes[i];
        let width = if p.is_finite() { format!("{:.2}", 100.0 * p.clamp(0.0, 1.0)) } else { "0".to_owned() };
        Bar { label, percent: percent(p), width, predicted: Some(label) == predicted, truth: Some(label) == truth }
    };
    shown.into_iter().map(bar).collect()
}

/// Values `[bands, frames]` as a heat map with axes.
fn spectrogram(id: &str, item: &str, frames: usize, bands: usize, values: &[f32]) -> Option<String> {
    let picture = data_uri(&heat_map(values, bands, frames)?)?;
    let (width, height) = SMALL;
    let (left, top, right, bottom) = (40.0, 6.0, width - 8.0, height - 38.0);
    let x = Axis::over([1.0, frames as f64].into_iter(), Measure::Count, (left, right), 5);
    let y = Axis::over([1.0, bands as f64].into_iter(), Measure::Count, (bottom, top), 4);
    let description = format!(
        "{frames} frames by {bands} mel bands, the lowest at the bottom, from dark for quiet to bright for loud."
    );
    Some(figure(id, SMALL, (&format!("{item}, log-mel spectrogram"), &description), |svg| {
        let (w, h) = (at(right - left), at(bottom - top));
        let place: [(&str, &dyn std::fmt::Display); 7] = [
            ("href", &picture),
            ("x", &at(left)),
            ("y", &at(top)),
            ("width", &w),
            ("height", &h),
            ("preserveAspectRatio", &"none"),
            ("class", &"pixels"),
        ];
        svg.empty("image", &place);
        svg.element("g", &[], |svg| {
            for tick in &x.ticks {
                let place = at(x.place(*tick));
                svg.text(
                    "text",
                    &[("x", &place), ("y", &at(bottom + 16.0)), ("class", &"middle tick")],
                    &x.mark(*tick),
                );
            }
            for tick in &y.ticks {
                let place = at(y.place(*tick) + 4.0);
                svg.text("text", &[("x", &at(left - 6.0)), ("y", &place), ("class", &"end tick")], &y.mark(*tick));
            }
            svg.text("text", &[("x", &at(right)), ("y", &at(height - 5.0)), ("class", &"end tick")], "frame (time)");
            let middle = (top + bottom) / 2.0;
            let turned = format!("rotate(-90 10 {})", at(middle));
            svg.text(
                "text",
                &[("x", &"10"), ("y", &at(middle)), ("transform", &turned), ("class", &"middle tick")],
                "mel band",
            );
        });
    }))
}

/// The distribution over many short answers, as columns.
fn columns(id: &str, answers: &[Likelihood], predicted: &str, truth: Option<&str>) -> String {
    const SIZE: (f64, f64) = (640.0, 170.0);
    const LEFT: f64 = 42.0;
    let (top, bottom) = (12.0, SIZE.1 - 24.0);
    let y = Axis::over(std::iter::empty(), Measure::Share, (bottom, top), 2);
    let room = (SIZE.0 - LEFT) / answers.len() as f64;
    let description =
        answers.iter().filter(|a| a.probability >= 0.01).map(|a| format!("{}: {}", a.label, percent(a.probability)));
    let description = description.collect::<Vec<_>>().join(", ");
    figure(id, SIZE, ("Probability of each answer", &description), |svg| {
        for tick in &y.ticks {
            let place = y.place(*tick);
            svg.line((LEFT, place), (SIZE.0, place), if *tick == 0.0 { "axis" } else { "grid" });
            svg.label((LEFT - 6.0, place + 4.0), "end tick", &y.mark(*tick));
        }
        for (i, answer) in answers.iter().enumerate() {
            let p = if answer.probability.is_finite() { answer.probability.clamp(0.0, 1.0) } else { 0.0 };
            let (start, peak) = (LEFT + room * i as f64, y.place(p));
            let is_truth = truth == Some(answer.label.as_str());
            let mut class = "column".to_owned();
            class.push_str(if answer.label == predicted { " predicted" } else { "" });
            class.push_str(if is_truth { " truth" } else { "" });
            svg.element("g", &[("class", &class)], |svg| {
                let tip = format!("{}: {}{}", answer.label, percent(p), if is_truth { ", the truth" } else { "" });
                svg.text("title", &[], &tip);
                let (x, w) = (at(start + 0.16 * room), at(0.68 * room));
                svg.empty("rect", &[("x", &x), ("width", &w), ("y", &at(peak)), ("height", &at(bottom - peak))]);
                let place = at(start + room / 2.0);
                svg.text("text", &[("x", &place), ("y", &at(bottom + 17.0)), ("class", &"middle tick")], &answer.label);
            });
        }
    })
}
