//! A web server for the files of a folder: contexts on the web, and git repositories without a server of their own.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::Result;

/// Serves until the process ends.
#[derive(Debug)]
pub struct Web {
    folder: PathBuf,
    address: String,
}

/// When every file was changed last, as the server says.
pub const LAST_MODIFIED: &str = "Tue, 14 Nov 2023 22:13:20 GMT";

impl Web {
    pub fn serve(folder: &Path) -> Result<Web> {
        let served = folder.to_owned();
        let address = listen(move |client, head| answer(client, head, &served))?;
        Ok(Web { folder: folder.to_owned(), address })
    }

    /// Answers only who sends this header: `Authorization: Basic ...`.
    pub fn serve_to(folder: &Path, authorization: &'static str) -> Result<Web> {
        let served = folder.to_owned();
        let address = listen(move |mut client, head| {
            if head.iter().any(|line| line == authorization) {
                return answer(client, head, &served);
            }
            let asks = "WWW-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\nConnection: close";
            Ok(write!(client, "HTTP/1.1 401 Unauthorized\r\n{asks}\r\n\r\n")?)
        })?;
        Ok(Web { folder: folder.to_owned(), address })
    }

    /// The address of a file of the folder.
    pub fn url(&self, file: &str) -> String {
        format!("http://{}/{file}", self.address)
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// Answers requests until the process ends, one of each connection, and says where: `127.0.0.1:PORT`. What is
/// answered is the head of a request, line by line.
pub(crate) fn listen(
    answer: impl Fn(&TcpStream, &[String]) -> Result<()> + Send + Sync + 'static,
) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // A client that goes away before it has its answer is no failure.
            thread::spawn(move || head(&client).map(|head| answer(&client, &head)));
        }
    });
    Ok(address)
}

fn head(client: &TcpStream) -> Result<Vec<String>> {
    let lines = BufReader::new(client).lines();
    Ok(lines
        .take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
        .collect::<io::Result<_>>()?)
}

fn answer(client: &TcpStream, head: &[String], folder: &Path) -> Result<()> {
    let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = path.split('?').next().unwrap_or_default().trim_start_matches('/');
    let found =
        if path.split('/').any(|part| part == "..") { None } else { fs::read(folder.join(path)).ok() };
    let (status, body) = match found {
        Some(bytes) => ("200 OK", bytes),
        None => ("404 Not Found", Vec::new()),
    };
    let mut client = client;
    let length = body.len();
    write!(
        client,
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nLast-Modified: {LAST_MODIFIED}\r\nConnection: close\r\n\r\n"
    )?;
    if method == "GET" {
        client.write_all(&body)?;
    }
    Ok(())
}
