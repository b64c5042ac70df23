//! The plot: costs and times against the history, ours and the ordinary way's, and the flat line that it should be.

use plotters::coord::combinators::IntoLogRange;
use plotters::prelude::*;

use crate::operation::Operation;
use crate::report::{Measured, Results, significant, thousands};

const SIZE: (u32, u32) = (960, 1_400);
const OURS: RGBColor = RGBColor(0, 95, 175);
const ORDINARY: RGBColor = RGBColor(200, 80, 0);
const FLAT: RGBColor = RGBColor(110, 110, 110);

/// A number of an operation, and what it is called.
type Figure = (&'static str, fn(&Measured) -> f64);

/// What is drawn of an operation, side by side.
const FIGURES: [Figure; 2] = [
    ("dollars for a million", |measured| {
        measured.units().dollars_for_a_million()
    }),
    ("milliseconds", Measured::milliseconds),
];

/// Draws an SVG on white, so that it can be read on a dark page as well.
pub fn draw(results: &Results) -> String {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE).unwrap();
        let (title, rest) = root.split_vertically(64);
        let heading = ("sans-serif", 20).into_font();
        let legend = ("sans-serif", 15).into_font();
        title
            .draw(&Text::new(
                "Cost against a customer's transactions",
                (16, 8),
                heading,
            ))
            .unwrap();
        for (text, color, left) in [
            ("● this system", OURS, 16),
            (
                "▲ the ordinary way: query everything, add up, put",
                ORDINARY,
                150,
            ),
            (
                "┅ what it costs at 10 transactions: the line to keep to",
                FLAT,
                520,
            ),
        ] {
            title
                .draw(&Text::new(text, (left, 38), legend.color(&color)))
                .unwrap();
        }
        let operations = Operation::ALL
            .into_iter()
            .filter(|operation| *operation != Operation::Closing);
        let operations: Vec<_> = operations.collect();
        let panels = rest.split_evenly((operations.len(), FIGURES.len()));
        let figures = operations
            .into_iter()
            .flat_map(|operation| FIGURES.map(|figure| (operation, figure)));
        for (panel, (operation, (name, figure))) in panels.iter().zip(figures) {
            let series = |all: Vec<(usize, &Measured)>| -> Vec<(f64, f64)> {
                all.into_iter()
                    .map(|(count, measured)| (count as f64, figure(measured)))
                    .collect()
            };
            let ours = series(results.ours(operation));
            let ordinary = series(results.ordinary(operation));
            draw_panel(
                panel,
                &format!("{}, {name}", operation.name()),
                &ours,
                &ordinary,
            );
        }
        root.present().unwrap();
    }
    described(&svg, results)
}

fn draw_panel(
    panel: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    caption: &str,
    ours: &[(f64, f64)],
    ordinary: &[(f64, f64)],
) {
    let all = || ours.iter().chain(ordinary).map(|(_, value)| *value);
    let (least, most) = (all().fold(f64::MAX, f64::min), all().fold(0.0, f64::max));
    let mut chart = ChartBuilder::on(panel)
        .caption(caption, ("sans-serif", 15))
        .margin(8)
        .margin_right(24)
        .x_label_area_size(26)
        .y_label_area_size(64)
        .build_cartesian_2d(
            (8.0..130_000.0).log_scale(),
            (least / 2.0..most * 2.0).log_scale(),
        )
        .unwrap();
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_label_formatter(&|count| thousands(*count as usize))
        .y_label_formatter(&|value| axis_label(*value))
        .label_style(("sans-serif", 13))
        .draw()
        .unwrap();
    let flat = ours[0].1;
    let flat = [(8.0, flat), (130_000.0, flat)];
    chart
        .draw_series(DashedLineSeries::new(flat, 5, 4, FLAT.stroke_width(2)))
        .unwrap();
    chart
        .draw_series(LineSeries::new(
            ordinary.iter().copied(),
            ORDINARY.stroke_width(2),
        ))
        .unwrap();
    chart
        .draw_series(
            ordinary
                .iter()
                .map(|point| TriangleMarker::new(*point, 6, ORDINARY.filled())),
        )
        .unwrap();
    chart
        .draw_series(LineSeries::new(ours.iter().copied(), OURS.stroke_width(2)))
        .unwrap();
    chart
        .draw_series(
            ours.iter()
                .map(|point| Circle::new(*point, 4, OURS.filled())),
        )
        .unwrap();
}

/// A number at an axis.
fn axis_label(value: f64) -> String {
    match value {
        1.0.. => thousands(value.round() as usize),
        _ => format!("{value:.2}"),
    }
}

/// The same with a title and a description for those who do not see it.
fn described(svg: &str, results: &Results) -> String {
    let mut description =
        "Log-log plots, one row for each operation: dollars for a million of them on the left, \
        milliseconds on the right."
            .to_owned();
    for operation in Operation::ALL {
        if let ([(few, short), .., (many, long)], [.., (_, ordinary)]) = (
            results.ours(operation).as_slice(),
            results.ordinary(operation).as_slice(),
        ) {
            description += &format!(
                " {}: {:.2} ms at {} transactions, {:.2} ms at {}, {} ms the ordinary way.",
                operation.name(),
                short.milliseconds(),
                thousands(*few),
                long.milliseconds(),
                thousands(*many),
                significant(ordinary.milliseconds()),
            );
        }
    }
    let (head, rest) = svg.split_once('>').unwrap();
    format!(
        "{head} role=\"img\" aria-labelledby=\"title description\">\n<title id=\"title\">Cost against a customer's transactions</title>\n\
        <desc id=\"description\">{description}</desc>{rest}"
    )
}
