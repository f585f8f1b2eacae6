#![allow(warnings, reason = "scratch")]
use slipway::{diagnostic::*, manifest::*, plan, source::*};
fn main() {
    for f in std::env::args().skip(1) {
        let mut d = Diagnostics::default();
        let s = Source::new("slipway.yaml", &std::fs::read(&f).unwrap(), &mut d);
        let m = Manifest::parse(&s, &mut d);
        for p in m.apps.iter().filter_map(App::explicit_plan) {
            plan::check(&p, &mut d);
        }
        println!(
            "== {}\n{}",
            std::path::Path::new(&f).file_stem().unwrap().display(),
            render_all(&d.sorted(), &s)
        );
    }
}
