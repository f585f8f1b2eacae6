//! The client's SSH agent. It has one key, which it only names: a step can ask for it, and nothing can be signed.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::Result;

/// Serves until the process ends.
#[derive(Debug)]
pub struct Agent {
    socket: PathBuf,
}

/// What the agent calls its key.
pub const KEY: &str = "a key of the tests";

impl Agent {
    /// Makes the socket, in a folder that is there.
    pub fn serve(socket: &Path) -> Result<Agent> {
        let listener = UnixListener::bind(socket)?;
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A client that goes away before it has its answer is no failure.
                thread::spawn(move || answer(client));
            }
        });
        Ok(Agent { socket: socket.to_owned() })
    }

    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

/// The part of the protocol (draft-miller-ssh-agent) that lists keys.
fn answer(mut client: UnixStream) -> Result<()> {
    const REQUEST_IDENTITIES: u8 = 11;
    const IDENTITIES_ANSWER: u8 = 12;
    const FAILURE: u8 = 5;
    let mut length = [0; 4];
    while client.read_exact(&mut length).is_ok() {
        let mut request = vec![0; u32::from_be_bytes(length) as usize];
        client.read_exact(&mut request)?;
        let answer = if request.first() == Some(&REQUEST_IDENTITIES) {
            let key = [text(b"ssh-ed25519")?, text(&[7; 32])?].concat();
            [&[IDENTITIES_ANSWER, 0, 0, 0, 1], &*text(&key)?, &*text(KEY.as_bytes())?].concat()
        } else {
            vec![FAILURE]
        };
        client.write_all(&text(&answer)?)?;
    }
    Ok(())
}

/// Bytes behind their number.
fn text(bytes: &[u8]) -> Result<Vec<u8>> {
    Ok([&u32::try_from(bytes.len())?.to_be_bytes(), bytes].concat())
}
