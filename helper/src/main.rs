//! The helper: what an image may need at run time and its base may lack. One static program without files of its own,
//! which runs on an empty root as well. `ARCHITECTURE.md` says how it gets into an image.

mod init;

use std::ffi::{CString, NulError, OsString};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;

const USAGE: &str = "usage: slipway-helper init PROGRAM [ARGUMENT...]";

/// As shells say that they were called the wrong way.
const MISUSED: u8 = 2;

fn main() -> ExitCode {
    let words: Result<Vec<CString>, NulError> =
        std::env::args_os().skip(1).map(|word: OsString| CString::new(word.into_vec())).collect();
    let code = match words.as_deref() {
        Ok([job, program @ ..]) if job.as_bytes() == b"init" && !program.is_empty() => init::run(program),
        Ok(_) | Err(_) => {
            tell(USAGE);
            MISUSED
        }
    };
    ExitCode::from(code)
}

/// Nothing is left to tell it to when stderr is gone.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
