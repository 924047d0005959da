//! Removal of files in the blob store that have no row, such as those of uploads that a crash interrupted.

use std::path::PathBuf;
use std::time::Duration;

use jackfield::model::FileId;
use jackfield_tests::{TestHost, each_backend};

use super::{kept, kept_becomes, uploaded};

const DAY: Duration = Duration::from_hours(24);

/// Writes a file into the blob store as if a crash had left it there.
fn leave(host: &TestHost, folder: &str, name: &str) -> PathBuf {
    let folder = host.data().join("files").join(folder);
    std::fs::create_dir_all(&folder).expect("a folder of the blob store");
    let path = folder.join(name);
    std::fs::write(&path, "left").expect("a writable folder");
    path
}

fn new_id(host: &TestHost) -> String {
    host.clock.id::<FileId>().to_string()
}

/// Waits until the file is gone.
async fn goes(path: &std::path::Path) {
    jackfield_tests::soon("the file is removed", async {
        while path.exists() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

each_backend! {
    async fn blobs_without_a_row_are_removed_after_two_days(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let picture = uploaded(&anna, &place.channel_id, "a.txt", b"a").await;
        let id = picture["id"].as_str().expect("an id");
        let request = serde_json::json!({"channel_id": place.channel_id, "message": "x", "file_ids": [id]});
        anna.post("/api/v4/posts", request).await.expect(201);
        let left = ["files", "thumbnails", "previews", "emoji"].map(|folder| leave(&host, folder, &new_id(&host)));
        let partial = leave(&host, "files", &format!("{id}#1"));
        let foreign = leave(&host, "files", "notes.txt");
        host.clock.advance(Duration::from_mins(2 * 24 * 60 - 1));
        let fresh = leave(&host, "files", &new_id(&host));
        host.clock.advance(DAY);
        for path in left.iter().chain([&partial]) {
            goes(path).await;
        }
        assert!(foreign.exists() && fresh.exists());
        assert_eq!(anna.get(&format!("/api/v4/files/{id}")).await.body, b"a");
        host.clock.advance(DAY + Duration::from_mins(1));
        goes(&fresh).await;
        kept_becomes(&host, 2).await;
    }
}

each_backend! {
    async fn nothing_is_removed_from_the_files_of_another_database(mut host: TestHost) {
        let left = leave(&host, "files", &new_id(&host));
        let other = leave(&host, "", "database.id");
        host.stop().await;
        std::fs::write(&other, "another").expect("a writable folder");
        host.clock.advance(DAY * 3);
        host.restart().await;
        host.stop().await;
        assert!(left.exists());
        std::fs::remove_file(&other).expect("a file");
        host.restart().await;
        goes(&left).await;
        assert_eq!(kept(&host), 0);
    }
}
