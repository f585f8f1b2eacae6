//! The developer's one menu.

fn main() {}
