//! `test.report`: the tests run to their end in the stage `report`, which keeps what they wrote also when they fail. The
//! stage `test` fails then.

use crate::manifest::App;
use crate::plan::build::{At, output_name, stage_name};
use crate::plan::{Base, Copy, Network, Stage, StageOutput, Step, Text};

/// How the tests ended stands beside their report. The first word is the file that they write.
const RUN: &str = r#"# keep the report of the tests
report=$1
shift
"$@" && code=0 || code=$?
if [ -e "$report" ]; then cp -R "$report" /report/; else echo "the tests wrote no $report" >&2; fi
echo "$code" > /report/exit-code
"#;

const PASS_ON: &str = r#"# how did the tests end?
code=$(cat /report/exit-code)
[ "$code" = 0 ] && exit
echo "the tests failed with exit code $code: --target report has what they wrote, --no-cache-filter report runs them again" >&2
exit "$code"
"#;

const FOLDER: &str = "/report";

/// There is always one: waiting for the tests means looking into it, and looking into a whole toolchain would take a while.
pub(super) fn output(at: At) -> StageOutput {
    at.output("report", FOLDER)
}

/// The stage `test` alone, or the one that keeps the report before it. `folder` is where the tests run.
pub(super) fn stages(at: At, app: &App, folder: &str, test: Stage) -> Vec<Stage> {
    let Some(report) = &app.test.report else { return vec![test] };
    let written = report.value.to_string();
    let file = if written.starts_with('/') { written } else { format!("{folder}/{written}") };
    let file = Text::parse(&file).unwrap_or_else(|_| Text::literal(file));
    let mut kept = Stage { name: at.spanned(stage_name("report")), ..test.clone() };
    let mut place = at;
    // What comes before the tests stops the build by itself.
    if let Some(step) = kept.steps.last_mut()
        && let Step::Run(run) = &mut step.value
    {
        place = At(step.span);
        let shell = ["sh", "-c", RUN, "report"].map(Text::literal);
        let argv = std::mem::take(&mut run.argv);
        run.argv = shell.into_iter().chain([file]).chain(argv).collect();
    }
    let mut passed_on = at.stage(test.name.value, test.from.value);
    passed_on.platform = test.platform;
    passed_on.network = at.network(Network::None);
    passed_on.outputs = vec![output(at)];
    let copy = Copy {
        from: at.spanned(Base::Stage(stage_name("report"))),
        output: Some(at.spanned(output_name("report"))),
        source: Some(at.text(FOLDER)),
        include: Vec::new(),
        exclude: Vec::new(),
        to: at.text(FOLDER),
        owner: None,
        mode: None,
    };
    let check = ["sh", "-c", PASS_ON].map(Text::literal).to_vec();
    passed_on.steps = vec![at.spanned(Step::Copy(copy)), place.run(check, Vec::new())];
    vec![kept, passed_on]
}
