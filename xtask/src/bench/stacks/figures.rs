//! What was measured, beside what it should be.

use std::fmt::Write as _;

/// What builds an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    Slipway,
    /// The best that can be written as a Dockerfile.
    Expert,
    /// What articles and generators give.
    Typical,
}

impl Way {
    pub(super) const ALL: [Way; 3] = [Way::Slipway, Way::Expert, Way::Typical];

    pub(super) fn name(self) -> &'static str {
        match self {
            Way::Slipway => "slipway",
            Way::Expert => "expert",
            Way::Typical => "typical",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    /// An engine with nothing in it, and no cache.
    Cold,
    NoOp,
    Source,
    Dependency,
    /// An engine with nothing in it, a cache in the registry, and one line that is new.
    Runner,
    /// Of the image, as a registry has it.
    Size,
    /// What a registry lacks after one line was edited.
    Pushed,
}

impl Cell {
    fn name(self) -> &'static str {
        match self {
            Cell::Cold => "cold",
            Cell::NoOp => "no-op",
            Cell::Source => "source change",
            Cell::Dependency => "dependency change",
            Cell::Runner => "fresh CI runner",
            Cell::Size => "image size",
            Cell::Pushed => "pushed after one line",
        }
    }

    fn show(self, figure: f64) -> String {
        match self {
            Cell::Cold | Cell::NoOp | Cell::Source | Cell::Dependency | Cell::Runner => {
                format!("{figure:.2} s")
            }
            Cell::Size | Cell::Pushed => format!("{:.1} kB", figure / 1000.0),
        }
    }
}

/// One cell of one example: seconds or bytes of each way, in the order of [`Way::ALL`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) example: &'static str,
    pub(super) cell: Cell,
    pub(super) figures: [f64; 3],
}

impl Row {
    fn of(&self, way: Way) -> f64 {
        let [slipway, expert, typical] = self.figures;
        match way {
            Way::Slipway => 1.0,
            Way::Expert => slipway / expert,
            Way::Typical => slipway / typical,
        }
    }
}

/// The share of another way's figure that Slipway's may be.
struct Goal {
    cell: Cell,
    of: Way,
    /// Of the geometric mean over the examples.
    mean: f64,
    /// Of any example.
    single: f64,
}

/// Of times: 1.0, and 0.05 for noise.
const fn time(cell: Cell) -> Goal {
    Goal { cell, of: Way::Expert, mean: 1.05, single: 1.15 }
}

const fn mean(cell: Cell, of: Way, mean: f64) -> Goal {
    Goal { cell, of, mean, single: f64::INFINITY }
}

const GOALS: &[Goal] = &[
    time(Cell::NoOp),
    time(Cell::Source),
    time(Cell::Dependency),
    time(Cell::Runner),
    mean(Cell::Source, Way::Typical, 0.7),
    mean(Cell::Runner, Way::Typical, 0.7),
    mean(Cell::Pushed, Way::Expert, 1.0),
    mean(Cell::Pushed, Way::Typical, 0.1),
    mean(Cell::Size, Way::Expert, 1.0),
];

/// All figures, in Markdown.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| example | cell | slipway | expert | typical | of expert | of typical |\n|---|---|--:|--:|--:|--:|--:|\n",
    );
    for row in rows {
        let [slipway, expert, typical] = row.figures.map(|figure| row.cell.show(figure));
        let (of_expert, of_typical) = (row.of(Way::Expert), row.of(Way::Typical));
        let _ = writeln!(
            text,
            "| {} | {} | {slipway} | {expert} | {typical} | {of_expert:.2} | {of_typical:.2} |",
            row.example,
            row.cell.name()
        );
    }
    text
}

/// Each goal, and whether it is met.
pub(super) fn verdicts(rows: &[Row]) -> String {
    let mut text = String::new();
    for goal in GOALS {
        let of_cell = rows.iter().filter(|row| row.cell == goal.cell);
        let shares: Vec<(&str, f64)> = of_cell.map(|row| (row.example, row.of(goal.of))).collect();
        if shares.is_empty() {
            continue;
        }
        let logarithms: f64 = shares.iter().map(|(_, share)| share.ln()).sum();
        let mean = (logarithms / shares.iter().map(|_| 1.0).sum::<f64>()).exp();
        let verdict = |met| if met { "met" } else { "MISSED" };
        let _ = writeln!(
            text,
            "{}, of {}: {mean:.2} (at most {}): {}",
            goal.cell.name(),
            goal.of.name(),
            goal.mean,
            verdict(mean <= goal.mean)
        );
        for (example, share) in shares.iter().filter(|(_, share)| *share > goal.single) {
            let _ = writeln!(text, "  {example}: {share:.2} (at most {}): {}", goal.single, verdict(false));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_of_the_geometric_mean_and_of_every_example() {
        let row = |example, figures| Row { example, cell: Cell::Source, figures };
        let rows = [row("a", [0.5, 1.0, 1.0]), row("b", [2.0, 1.0, 8.0])];
        assert_eq!(
            verdicts(&rows),
            "source change, of expert: 1.00 (at most 1.05): met\n  \
             b: 2.00 (at most 1.15): MISSED\n\
             source change, of typical: 0.35 (at most 0.7): met\n"
        );
        assert!(table(&rows).contains("| b | source change | 2.00 s | 1.00 s | 8.00 s | 2.00 | 0.25 |\n"));
    }
}
