use crate::{Error, Result};

/// Permission bits: where something is made, fetched or mounted, the engine drops or misreads all others.
pub(crate) fn permission_bits(mode: u32) -> Result<u32> {
    at_most(mode, 0o777, "it has bits beyond 0o777")
}

/// What `chmod(2)` takes, which a copy sets as a whole: `copy/copy_linux.go` of fsutil.
pub(crate) fn mode_bits(mode: u32) -> Result<u32> {
    at_most(mode, 0o7777, "it has bits beyond 0o7777")
}

fn at_most(mode: u32, all: u32, reason: &'static str) -> Result<u32> {
    if mode > all {
        return Err(Error::invalid("a file mode", format!("{mode:#o}"), reason));
    }
    Ok(mode)
}
