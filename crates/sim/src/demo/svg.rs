//! The day as a picture: one column a market; price, open interest, share at risk and the tiers used, over time.

use std::fmt::Write;

use super::paths::{MINUTES, STEPS_A_MINUTE};
use super::record::Sample;
use super::{Day, PLANS};

const WIDTH: i64 = 400;
const HEIGHT: i64 = 130;
const LEFT: i64 = 76;
const TOP: i64 = 84;
const GAP_X: i64 = 84;
const GAP_Y: i64 = 46;
const INK: &str = "#1f2933";
const FAINT: &str = "#d5dce3";

/// A tier in the picture: its name, its colour, and how much of it a sample holds (in USD, or liquidations).
type Tier = (&'static str, &'static str, fn(&Sample) -> u64);

const TIERS: [Tier; 4] = [
    ("1 liquidated partly (times)", "#3b82c4", |sample| sample.tiers.partial_liquidations),
    ("2 insured (USD)", "#2f9e6e", |sample| sample.tiers.insured / 1_000_000),
    ("3 absorbed by deleveraging (USD)", "#d9902f", |sample| sample.tiers.absorbed / 1_000_000),
    ("4 socialised (USD)", "#c2413b", |sample| sample.tiers.socialised / 1_000_000),
];

/// A row of panels: its title, what it shows of a sample, how its axis reads, and whether that starts at zero.
type Row = (&'static str, fn(&Sample) -> i64, fn(i64) -> String, bool);

/// Where a panel is, and what its axis spans.
struct Panel {
    x: i64,
    y: i64,
    low: i64,
    high: i64,
    steps: i64,
}

impl Panel {
    fn at(column: usize, row: usize, values: &[i64], from_zero: bool) -> Panel {
        let low = if from_zero { 0 } else { values.iter().min().copied().unwrap_or(0) };
        let high = values.iter().max().copied().unwrap_or(0).max(low + 1);
        let room = if from_zero { 0 } else { (high - low) / 12 };
        Panel {
            x: LEFT + column as i64 * (WIDTH + GAP_X),
            y: TOP + row as i64 * (HEIGHT + GAP_Y),
            low: low - room,
            high: high + (high - low) / 12 + 1,
            steps: (values.len() as i64 - 1).max(1),
        }
    }

    fn x_of(&self, step: usize) -> i64 {
        self.x + step as i64 * WIDTH / self.steps
    }

    fn y_of(&self, value: i64) -> i64 {
        let share = i128::from(value - self.low) * i128::from(HEIGHT) / i128::from(self.high - self.low);
        self.y + HEIGHT - share as i64
    }

    /// Frame, hours, and three values on the axis.
    fn frame(&self, svg: &mut String, label: fn(i64) -> String) {
        let Panel { x, y, .. } = *self;
        let _ =
            write!(svg, r##"<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" fill="#fff" stroke="{FAINT}"/>"##);
        for part in 0..=2 {
            let value = self.low + (self.high - self.low) * part / 2;
            let at = self.y_of(value);
            let _ = write!(svg, r##"<line x1="{x}" x2="{}" y1="{at}" y2="{at}" stroke="{FAINT}"/>"##, x + WIDTH);
            let _ = write!(
                svg,
                r##"<text x="{}" y="{}" class="axis" text-anchor="end">{}</text>"##,
                x - 6,
                at + 4,
                label(value)
            );
        }
        for minute in (0..=MINUTES).step_by(30) {
            let at = self.x_of(minute * STEPS_A_MINUTE);
            let bottom = y + HEIGHT;
            let _ = write!(svg, r##"<line x1="{at}" x2="{at}" y1="{y}" y2="{bottom}" stroke="{FAINT}"/>"##);
            let time = format!("{}:{:02}", 20 + minute / 60, minute % 60);
            let _ =
                write!(svg, r##"<text x="{at}" y="{}" class="axis" text-anchor="middle">{time}</text>"##, bottom + 14);
        }
    }

    fn line(&self, svg: &mut String, values: &[i64], colour: &str) {
        let points: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(step, value)| format!("{},{}", self.x_of(step), self.y_of(*value)))
            .collect();
        let _ = write!(
            svg,
            r##"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="1.8"/>"##,
            points.join(" ")
        );
    }
}

/// Draws a day.
#[must_use]
pub fn draw(day: &Day) -> String {
    let width = LEFT + 3 * WIDTH + 2 * GAP_X + 30;
    let height = TOP + 4 * HEIGHT + 3 * GAP_Y + 84;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>10 October 2025 on Breakwater</title>
<style>text{{font-family:system-ui,sans-serif;fill:{INK}}}.axis{{font-size:11px}}.name{{font-size:18px;font-weight:600}}.label{{font-size:12px;font-weight:600}}</style>
<rect width="{width}" height="{height}" fill="#f7f9fb"/>
<text x="{LEFT}" y="34" style="font-size:21px;font-weight:600">10 October 2025, 20:00 to 22:00 UTC: the loss waterfall, tier by tier</text>
"##
    );
    for (column, (plan, samples)) in PLANS.iter().zip(&day.samples).enumerate() {
        let x = LEFT + column as i64 * (WIDTH + GAP_X);
        let _ = write!(svg, r##"<text x="{x}" y="62" class="name">{}</text>"##, plan.name);
        draw_market(&mut svg, column, samples);
    }
    legend(&mut svg, height - 34);
    svg.push_str("</svg>\n");
    svg
}

fn draw_market(svg: &mut String, column: usize, samples: &[Sample]) {
    let rows: [Row; 3] = [
        ("price, USD", |sample| sample.price, price_label, false),
        (
            "open interest, thousand USD",
            |sample| (sample.open_interest / 1_000_000_000) as i64,
            |value| value.to_string(),
            true,
        ),
        ("at risk within 5 % of the mark, % of open interest", |sample| sample.at_risk as i64, bps_label, true),
    ];
    for (row, (label, of, axis, from_zero)) in rows.into_iter().enumerate() {
        let values: Vec<i64> = samples.iter().map(of).collect();
        let panel = Panel::at(column, row, &values, from_zero);
        panel.frame(svg, axis);
        title(svg, &panel, label);
        panel.line(svg, &values, INK);
    }
    draw_tiers(svg, column, samples);
}

fn title(svg: &mut String, panel: &Panel, label: &str) {
    let _ = write!(svg, r##"<text x="{}" y="{}" class="label">{label}</text>"##, panel.x, panel.y - 6);
}

/// How much of each tier the day has used so far, each as a share of its own end: which came when, not which was larger.
fn draw_tiers(svg: &mut String, column: usize, samples: &[Sample]) {
    let whole: Vec<i64> = samples.iter().map(|_| 100).collect();
    let panel = Panel { high: 100, ..Panel::at(column, 3, &whole, true) };
    panel.frame(svg, |value| format!("{value} %"));
    title(svg, &panel, "tiers used so far, % of the day's total");
    for (rank, (_, colour, of)) in TIERS.iter().enumerate() {
        let last = samples.last().map_or(0, of);
        if last == 0 {
            continue;
        }
        let values: Vec<i64> = samples.iter().map(|sample| (of(sample) * 100 / last) as i64).collect();
        panel.line(svg, &values, colour);
        let at = panel.y + HEIGHT - 8 - (TIERS.len() - 1 - rank) as i64 * 15;
        let _ = write!(
            svg,
            r##"<text x="{}" y="{at}" class="axis" style="fill:{colour}">{}: {last}</text>"##,
            panel.x + 8,
            rank + 1
        );
    }
}

fn legend(svg: &mut String, y: i64) {
    for (place, (name, colour, _)) in (0i64..).zip(&TIERS) {
        let x = LEFT + place * 310;
        let _ = write!(svg, r##"<rect x="{x}" y="{}" width="22" height="4" fill="{colour}"/>"##, y - 5);
        let _ = write!(svg, r##"<text x="{}" y="{y}" style="font-size:13px">{name}</text>"##, x + 30);
    }
}

fn price_label(price: i64) -> String {
    let cents = price / 1_000_000;
    if cents >= 10_000 {
        (cents / 100).to_string()
    } else {
        format!("{}.{:02}", cents / 100, cents % 100)
    }
}

fn bps_label(bps: i64) -> String {
    format!("{}.{}", bps / 100, bps % 100 / 10)
}
