//! Turns the core module that a compiler makes into the component that a server accepts.

use std::borrow::Cow;

use wasm_encoder::{ComponentSection, CustomSection};
use wasm_metadata::{AddMetadata, AddMetadataField};
use wasmparser::Encoding;
use wit_component::ComponentEncoder;

use super::{MANIFEST_SECTION, Manifest, PackageError, encoding, manifest_section};

/// Makes a component from a core module built with the SDK. The manifest moves to where [`super::Package::read`] looks
/// first; its name, version, licence and description are also stored where other WebAssembly tools look for them.
pub fn componentize(core_module: &[u8]) -> Result<Vec<u8>, PackageError> {
    match encoding(core_module)? {
        Encoding::Component => return Err(PackageError::AlreadyComponent),
        Encoding::Module => {}
    }
    let section = manifest_section(core_module)?;
    let manifest = Manifest::parse(&section)?;
    let component = encode(core_module)?;

    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(manifest.plugin.id.to_string());
    metadata.sdk = vec![("Jackfield".to_owned(), manifest.plugin.sdk.clone())];
    let mut component =
        metadata.to_wasm(&component).map_err(|error| PackageError::Build(format!("{error:#}")))?;
    let plugin = &manifest.plugin;
    for (name, text) in [
        ("version", Some(plugin.version.as_str())),
        ("description", Some(plugin.description.as_str()).filter(|text| !text.is_empty())),
        ("licenses", plugin.license.as_deref()),
    ] {
        if let Some(text) = text {
            append(&mut component, name, text.as_bytes());
        }
    }
    append(&mut component, MANIFEST_SECTION, &section);
    Ok(component)
}

fn encode(core_module: &[u8]) -> Result<Vec<u8>, PackageError> {
    ComponentEncoder::default()
        .validate(true)
        .module(core_module)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| PackageError::Build(format!("{error:#}")))
}

fn append(component: &mut Vec<u8>, name: &str, data: &[u8]) {
    CustomSection { name: Cow::Borrowed(name), data: Cow::Borrowed(data) }.append_to_component(component);
}
