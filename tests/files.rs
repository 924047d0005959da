//! Uploading and serving files, and attaching them to posts.

mod attached;
mod forms;
mod garbage;
mod links;
pub(crate) mod pictures;
mod pieces;
mod removal;
mod renditions;
mod upload;

use jackfield_tests::{TestClient, TestResponse};
use serde_json::Value;

const BOUNDARY: &str = "the-end-of-a-part";

/// One part of a form: its name, the filename if it is a file, and its bytes.
pub(crate) type Part<'p> = (&'p str, Option<&'p str>, &'p [u8]);

/// Encodes a form as browsers do.
pub(crate) fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(crate) async fn post_form(by: &TestClient, path: &str, parts: &[Part<'_>]) -> TestResponse {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    by.post_raw(path, Some(&content_type), form(parts)).await
}

/// Uploads one file and returns the host's description of it.
async fn uploaded(by: &TestClient, channel_id: &str, name: &str, bytes: &[u8]) -> Value {
    let path = format!("/api/v4/files?channel_id={channel_id}&filename={name}");
    by.post_raw(&path, None, bytes).await.expect(201)["file_infos"][0].clone()
}

/// Returns how many blobs are in the host's blob folder.
fn kept(host: &jackfield_tests::TestHost) -> usize {
    fn count(folder: &std::path::Path) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        let blobs = entries.flatten().filter(|entry| entry.file_name() != "database.id");
        blobs.map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
    }
    count(&host.data().join("files"))
}

/// Waits until `count` files are left.
async fn kept_becomes(host: &jackfield_tests::TestHost, count: usize) {
    jackfield_tests::soon("what was left of the upload goes", async {
        while kept(host) != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
