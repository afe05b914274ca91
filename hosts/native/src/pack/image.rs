//! The filter as an OCI image, for hosts that pull it from a registry (Istio, Envoy Gateway).

use std::io::{self, Write};

use flate2::{Compression, GzBuilder, write::GzEncoder};
use oci_spec::image::{
    Arch, Descriptor, DescriptorBuilder, ImageConfigurationBuilder, ImageIndexBuilder,
    ImageManifestBuilder, MediaType, OciLayoutBuilder, Os, RootFsBuilder, SCHEMA_VERSION,
    Sha256Digest,
};
use sha2::{Digest, Sha256};

use super::PackError;

/// Makes an OCI image layout (image-spec 1.1, `image-layout.md`), as one tar archive, of a module:
/// one layer that holds `/plugin.wasm`. The same module gives the same bytes.
///
/// # Errors
/// [`PackError::Image`] when a document or an archive cannot be made.
pub fn image(module: &[u8]) -> Result<Vec<u8>, PackError> {
    build(module).map_err(|error| PackError::Image(error.to_string()))
}

fn build(module: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let files = archive([("plugin.wasm", module)].into_iter())?;
    // Without name and time, so that the same files give the same bytes.
    let mut layer = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    layer.write_all(&files)?;
    let layer = GzEncoder::finish(layer)?;
    let root = RootFsBuilder::default()
        .typ("layers")
        .diff_ids(vec![format!("sha256:{}", hex(&files))])
        .build()?;
    let configuration = ImageConfigurationBuilder::default()
        .architecture(Arch::Wasm)
        .os(Os::Other("wasip1".to_owned()))
        .rootfs(root)
        .build()?
        .to_string()?;
    let configured = describe(MediaType::ImageConfig, configuration.as_bytes())?;
    let manifest = ImageManifestBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageManifest)
        .config(configured)
        .layers(vec![describe(MediaType::ImageLayerGzip, &layer)?])
        .build()?
        .to_string()?;
    let index = ImageIndexBuilder::default()
        .schema_version(SCHEMA_VERSION)
        .media_type(MediaType::ImageIndex)
        .manifests(vec![describe(MediaType::ImageManifest, manifest.as_bytes())?])
        .build()?
        .to_string()?;
    let layout = OciLayoutBuilder::default().image_layout_version("1.0.0").build()?.to_string()?;
    let blob = |bytes: &[u8]| format!("blobs/sha256/{}", hex(bytes));
    let files = [
        (blob(configuration.as_bytes()), configuration.as_bytes()),
        (blob(&layer), &layer),
        (blob(manifest.as_bytes()), manifest.as_bytes()),
        ("index.json".to_owned(), index.as_bytes()),
        ("oci-layout".to_owned(), layout.as_bytes()),
    ];
    Ok(archive(files.iter().map(|(path, bytes)| (path.as_str(), *bytes)))?)
}

fn describe(kind: MediaType, bytes: &[u8]) -> Result<Descriptor, Box<dyn std::error::Error>> {
    let digest: Sha256Digest = hex(bytes).parse()?;
    let size = u64::try_from(bytes.len())?;
    Ok(DescriptorBuilder::default().media_type(kind).digest(digest).size(size).build()?)
}

fn archive<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(u64::try_from(bytes.len()).map_err(io::Error::other)?);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, path, bytes)?;
    }
    archive.into_inner()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, io::Read};

    use oci_spec::image::{ImageIndex, ImageManifest};

    use super::*;

    fn files(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
        tar::Archive::new(archive)
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).unwrap();
                (entry.path().unwrap().display().to_string(), bytes)
            })
            .collect()
    }

    #[test]
    fn the_image_leads_from_its_index_to_the_module() {
        let module = b"\0asm\x01\0\0\0";
        let layout = files(&image(module).unwrap());
        let blob = |digest: &str| &layout[&format!("blobs/{}", digest.replace(':', "/"))];
        for (path, bytes) in layout.iter().filter(|(path, _)| path.starts_with("blobs/")) {
            assert_eq!(*path, format!("blobs/sha256/{}", hex(bytes)));
        }
        let index = ImageIndex::from_reader(&*layout["index.json"]).unwrap();
        let manifest = blob(index.manifests()[0].digest().as_ref());
        let manifest = ImageManifest::from_reader(&**manifest).unwrap();
        let mut layer = Vec::new();
        flate2::read::GzDecoder::new(&**blob(manifest.layers()[0].digest().as_ref()))
            .read_to_end(&mut layer)
            .unwrap();
        assert_eq!(files(&layer)["plugin.wasm"], module);
        assert!(layout.contains_key("oci-layout"));
    }

    #[test]
    fn the_same_module_gives_the_same_image() {
        assert_eq!(image(b"module").unwrap(), image(b"module").unwrap());
    }
}
