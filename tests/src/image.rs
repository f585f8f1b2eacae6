//! A built image, read from the archive that `--output=type=oci` writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use memchr::memmem;
use serde_json::Value;

use crate::{Engine, process};

/// An image with all its bytes.
#[derive(Debug)]
pub struct Image {
    /// The digest of its manifest.
    pub digest: String,
    pub manifest: Value,
    pub config: Value,
    pub layers: Vec<Layer>,
    /// Every blob of the archive by digest: also those of attestations, and the indexes.
    pub blobs: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub digest: String,
    pub media_type: String,
    /// Compressed, as a registry stores and sends it.
    pub size: u64,
}

impl Image {
    /// Reads the archive, which must hold one platform.
    pub fn open(archive: &Path) -> Result<Image> {
        let mut blobs = BTreeMap::new();
        let mut index = None;
        for entry in tar::Archive::new(File::open(archive)?).entries()? {
            let mut entry = entry?;
            let path = entry.path()?.into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            if path == Path::new("index.json") {
                index = Some(bytes);
            } else if let Ok(hex) = path.strip_prefix("blobs/sha256") {
                blobs.insert(format!("sha256:{}", hex.display()), bytes);
            }
        }
        let index = index.with_context(|| format!("{} has no index.json", archive.display()))?;
        let digest = platform_manifest(&blobs, &serde_json::from_slice(&index)?)?;
        let manifest = json(&blobs, &digest)?;
        let config = json(&blobs, text(&manifest["config"]["digest"])?)?;
        let layers = layers(&manifest)?;
        Ok(Image { digest, manifest, config, layers, blobs })
    }

    /// What a registry stores for it, compressed: layers and configuration.
    pub fn compressed_size(&self) -> u64 {
        let config = self.manifest["config"]["size"].as_u64().unwrap_or_default();
        self.layers.iter().map(|layer| layer.size).sum::<u64>() + config
    }

    /// A list of texts in the image's configuration: `Env`, `Entrypoint`, `Cmd`.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let list = self.config["config"][name].as_array().into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Every path in the image, as `usr/bin/env`, without the whiteouts and what they removed.
    pub fn paths(&self) -> Result<BTreeSet<PathBuf>> {
        let mut paths = BTreeSet::new();
        for layer in &self.layers {
            for entry in tar::Archive::new(self.read(layer)?).entries()? {
                let path = clean(&entry?.path()?);
                match whiteout(&path) {
                    Whiteout::None => drop(paths.insert(path)),
                    Whiteout::Path(gone) => paths.retain(|path: &PathBuf| !path.starts_with(&gone)),
                    Whiteout::Children(of) => paths.retain(|path| path == &of || !path.starts_with(&of)),
                }
            }
        }
        paths.remove(Path::new(""));
        Ok(paths)
    }

    /// The text of a file, by its path without the slash at the front.
    pub fn text_of(&self, file: &str) -> Result<String> {
        for layer in self.layers.iter().rev() {
            for entry in tar::Archive::new(self.read(layer)?).entries()? {
                let mut entry = entry?;
                if clean(&entry.path()?) == Path::new(file) {
                    let mut text = String::new();
                    entry.read_to_string(&mut text)?;
                    return Ok(text);
                }
            }
        }
        bail!("{file} is in no layer")
    }

    /// Lays the image's files out in `folder`, with owners and modes.
    pub fn unpack(&self, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder)?;
        for layer in &self.layers {
            let mut archive = tar::Archive::new(self.read(layer)?);
            archive.set_preserve_permissions(true);
            archive.set_preserve_ownerships(true);
            archive.set_unpack_xattrs(true);
            for entry in archive.entries()? {
                let mut entry = entry?;
                let path = clean(&entry.path()?);
                match whiteout(&path) {
                    Whiteout::None => drop(entry.unpack_in(folder)?),
                    Whiteout::Path(gone) => remove(&folder.join(gone))?,
                    Whiteout::Children(of) => {
                        for child in std::fs::read_dir(folder.join(of))? {
                            remove(&child?.path())?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The digests of the blobs that hold `needle`, in their bytes or in what those unpack to.
    pub fn blobs_with(&self, needle: &[u8]) -> Result<Vec<&str>> {
        let mut found = Vec::new();
        for (digest, bytes) in &self.blobs {
            if holds(bytes, &[needle])? {
                found.push(digest.as_str());
            }
        }
        Ok(found)
    }

    /// The layer's tar stream.
    fn read(&self, layer: &Layer) -> Result<Box<dyn Read + '_>> {
        let bytes = self.blobs.get(&layer.digest).with_context(|| format!("no blob {}", layer.digest))?;
        Ok(decompress(bytes))
    }
}

/// Whether any of the texts is in these bytes, or in what they unpack to.
pub fn holds(bytes: &[u8], texts: &[&[u8]]) -> Result<bool> {
    ensure!(texts.iter().all(|text| !text.is_empty()), "an empty text is everywhere");
    let mut unpacked = Vec::new();
    decompress(bytes).read_to_end(&mut unpacked)?;
    let has = |bytes: &[u8]| texts.iter().any(|text| memmem::find(bytes, text).is_some());
    Ok(has(bytes) || has(&unpacked))
}

impl Engine {
    /// The layers of an image in a registry, which must be there for one platform and without attestations.
    pub fn layers(&self, reference: &str) -> Result<Vec<Layer>> {
        let mut inspect = self.command("docker");
        inspect.args(["buildx", "imagetools", "inspect", "--raw", reference]);
        let finished = process::run(&mut inspect, b"", Duration::from_mins(1))?;
        ensure!(finished.status.success(), "{reference}: {}", finished.stderr);
        layers(&serde_json::from_str(&finished.stdout)?).with_context(|| reference.to_owned())
    }
}

fn layers(manifest: &Value) -> Result<Vec<Layer>> {
    let mut layers = Vec::new();
    for layer in manifest["layers"].as_array().context("a manifest has layers")? {
        layers.push(Layer {
            digest: text(&layer["digest"])?.to_owned(),
            media_type: text(&layer["mediaType"])?.to_owned(),
            size: layer["size"].as_u64().context("a layer has a size")?,
        });
    }
    Ok(layers)
}

/// By the magic number of the format, as media types of layers vary.
fn decompress(bytes: &[u8]) -> Box<dyn Read + '_> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Box::new(flate2::read::MultiGzDecoder::new(bytes));
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
        && let Ok(decoder) = ruzstd::decoding::StreamingDecoder::new(bytes)
    {
        return Box::new(decoder);
    }
    Box::new(bytes)
}

enum Whiteout {
    None,
    Path(PathBuf),
    Children(PathBuf),
}

/// How a layer says that a path of an earlier one is gone (OCI image specification, layer.md).
fn whiteout(path: &Path) -> Whiteout {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let parent = path.parent().unwrap_or(Path::new(""));
    match name.strip_prefix(".wh.") {
        Some(".wh..opq") => Whiteout::Children(parent.to_owned()),
        Some(name) => Whiteout::Path(parent.join(name)),
        None => Whiteout::None,
    }
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(std::fs::remove_dir_all(path)?),
        Ok(_) => Ok(std::fs::remove_file(path)?),
        Err(_) => Ok(()),
    }
}

/// `./usr/bin/` as `usr/bin`.
fn clean(path: &Path) -> PathBuf {
    path.components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

/// The digest of the one manifest that is an image; indexes are followed, attestations left out.
fn platform_manifest(blobs: &BTreeMap<String, Vec<u8>>, index: &Value) -> Result<String> {
    let mut images = Vec::new();
    for entry in index["manifests"].as_array().context("an index has manifests")? {
        let digest = text(&entry["digest"])?;
        let inner = json(blobs, digest)?;
        if inner["manifests"].is_array() {
            images.push(platform_manifest(blobs, &inner)?);
        } else if entry["platform"]["os"] != "unknown" {
            images.push(digest.to_owned());
        }
    }
    match images.as_slice() {
        [one] => Ok(one.clone()),
        _ => bail!("{} images in the archive, not one", images.len()),
    }
}

fn json(blobs: &BTreeMap<String, Vec<u8>>, digest: &str) -> Result<Value> {
    let bytes = blobs.get(digest).with_context(|| format!("no blob {digest}"))?;
    serde_json::from_slice(bytes).with_context(|| format!("blob {digest} is no JSON"))
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("{value} is no text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiteouts_name_what_is_gone() {
        let mut paths: Vec<_> = ["a", "a/b", "a/b/c", "d"].into_iter().map(PathBuf::from).collect();
        for (entry, left) in [
            ("x/.wh.d", vec!["a", "a/b", "a/b/c", "d"]),
            (".wh.d", vec!["a", "a/b", "a/b/c"]),
            ("a/.wh..wh..opq", vec!["a"]),
            (".wh.a", vec![]),
        ] {
            match whiteout(Path::new(entry)) {
                Whiteout::None => panic!("{entry} is a whiteout"),
                Whiteout::Path(gone) => paths.retain(|path| !path.starts_with(&gone)),
                Whiteout::Children(of) => paths.retain(|path| path == &of || !path.starts_with(&of)),
            }
            assert_eq!(paths, left.iter().map(PathBuf::from).collect::<Vec<_>>(), "{entry}");
        }
    }
}
