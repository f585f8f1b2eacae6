/// Whether a file that begins like this is an archive that the engine unpacks, and not a manifest.
pub(super) fn is_archive(head: &[u8]) -> bool {
    const BZIP2: &[u8] = b"BZh";
    const GZIP: &[u8] = b"\x1f\x8b\x08";
    const XZ: &[u8] = b"\xfd7zXZ\0";
    [BZIP2, GZIP, XZ].iter().any(|magic| head.starts_with(magic)) || is_tar(head)
}

// There is no magic that all tars share. What they share is the checksum of the first header, taken with blanks in its
// own place; no text has it by chance.
fn is_tar(head: &[u8]) -> bool {
    const CHECKSUM: std::ops::Range<usize> = 148..156;
    let Some(header) = head.get(..512) else {
        return false;
    };
    let digits = String::from_utf8_lossy(&header[CHECKSUM]);
    let Ok(written) = i64::from_str_radix(digits.trim_matches([' ', '\0']), 8) else {
        return false;
    };
    // Some writers took bytes for signed numbers.
    let byte = |at: usize| if CHECKSUM.contains(&at) { b' ' } else { header[at] };
    let unsigned: i64 = (0..512).map(|at| i64::from(byte(at))).sum();
    let signed: i64 = (0..512).map(|at| i64::from(byte(at).cast_signed())).sum();
    written == unsigned || written == signed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(name: &[u8]) -> Vec<u8> {
        let mut header = vec![0; 512];
        header[..name.len()].copy_from_slice(name);
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        header
    }

    #[test]
    fn heads() {
        for head in
            [b"BZh91AY".to_vec(), b"\x1f\x8b\x08\0".to_vec(), b"\xfd7zXZ\0\0".to_vec(), tar("é".as_bytes())]
        {
            assert!(is_archive(&head), "{head:?}");
        }
        for head in [b"".to_vec(), b"# syntax=a/b\n".repeat(100), vec![0; 1024], tar(b"a")[..511].to_vec()] {
            assert!(!is_archive(&head), "{head:?}");
        }
        let mut broken = tar(b"a");
        broken[0] = b'b';
        assert!(!is_archive(&broken));
    }
}
