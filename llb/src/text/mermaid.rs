use std::fmt::Write as _;

use buildkit_proto::pb;

use super::View;
use crate::{Definition, import};

/// Names are cut here; a node of a drawing has room for a line.
const LONGEST: usize = 80;

impl Definition {
    /// A [Mermaid](https://mermaid.js.org) flow chart: a node for each vertex, with the name that
    /// progress shows, and an arrow from each input to its user.
    pub fn to_mermaid(&self) -> String {
        let view = View::new(self.as_pb());
        let mut chart = "flowchart TD\n".to_owned();
        let Some(result) = self.head() else {
            chart.push_str("  scratch[\"scratch\"]\n");
            return chart;
        };
        for (at, op) in view.ops.iter().enumerate() {
            let name = view.name(at).map_or_else(|| view.summary(op), ToOwned::to_owned);
            let (open, close) = shape(op);
            // Writing to a string cannot fail.
            let _ = writeln!(chart, "  v{}{open}\"{}\"{close}", at + 1, escape(&name));
        }
        for (at, op) in view.ops.iter().enumerate() {
            for input in op.inputs.iter().filter_map(import::handle) {
                let Some(&from) = view.numbers.get(&input.vertex()) else { continue };
                let label = match input.index() {
                    0 => String::new(),
                    index => format!("|{index}|"),
                };
                let _ = writeln!(chart, "  v{from} -->{label} v{}", at + 1);
            }
        }
        if let Some(from) = view.numbers.get(&result.vertex()) {
            let _ = writeln!(chart, "  v{from} --> result([result])");
        }
        chart
    }
}

impl View<'_> {
    fn summary(&self, op: &pb::Op) -> String {
        match &op.op {
            Some(pb::op::Op::File(_)) => self.details(op).first().map_or_else(String::new, |line| {
                line.split_once(": ").map_or(line.as_str(), |(_, action)| action).to_owned()
            }),
            _ => self.title(op),
        }
    }
}

/// Sources are round, what runs is a box, what arranges file systems is a hexagon.
fn shape(op: &pb::Op) -> (&'static str, &'static str) {
    match &op.op {
        Some(pb::op::Op::Source(_)) => ("([", "])"),
        Some(pb::op::Op::Exec(_) | pb::op::Op::Build(_)) | None => ("[", "]"),
        Some(pb::op::Op::File(_)) => ("[/", "/]"),
        Some(pb::op::Op::Merge(_) | pb::op::Op::Diff(_) | pb::op::Op::Passthrough(_)) => ("{{", "}}"),
    }
}

/// Inside quotes, Mermaid knows entities only; `#` starts one.
fn escape(name: &str) -> String {
    let mut escaped = String::new();
    for (count, character) in name.chars().enumerate() {
        if count == LONGEST {
            escaped.push('…');
            break;
        }
        match character {
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '&' => escaped.push_str("#amp;"),
            '`' => escaped.push_str("#96;"),
            character if character.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}
