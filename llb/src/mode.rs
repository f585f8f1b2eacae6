use crate::{Error, Result};

/// Permission bits as `chmod(2)` takes them; the engine drops or misreads all others.
pub(crate) fn permission_bits(mode: u32) -> Result<u32> {
    if mode > 0o777 {
        return Err(Error::invalid("a file mode", format!("{mode:#o}"), "it has bits beyond 0o777"));
    }
    Ok(mode)
}
