//! Edits, deletions and reactions by plugins commit with their call or not at all, and are published to sockets.

use jackfield_tests::{Place, TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::typed;
use crate::support::{self, refused};

/// Bytes that one call may post, and characters of one post.
const MAX_POSTED: usize = 128 * 1024;
const MAX_MESSAGE: usize = 16_383;

async fn editor(host: &TestHost) -> (TestClient, Place) {
    let admin = host.admin().await;
    let place = host.place(&admin).await;
    host.install(&admin, "editor").await;
    (admin, place)
}

async fn run(client: &TestClient, place: &Place, line: &str) -> Value {
    typed(client, &place.channel_id, line).await.expect(200)
}

/// Makes the plugin create a post, and returns the post's id.
async fn say(client: &TestClient, place: &Place, text: &str) -> String {
    let reply = run(client, place, &format!("/say {text}")).await;
    reply["text"].as_str().expect("an id").to_owned()
}

async fn post(client: &TestClient, id: &str) -> Value {
    client.get(&format!("/api/v4/posts/{id}")).await.expect(200)
}

/// Returns the emoji on a post, oldest first.
async fn emoji(client: &TestClient, id: &str) -> Vec<String> {
    let reactions = client.get(&format!("/api/v4/posts/{id}/reactions")).await.expect(200);
    let names = reactions.as_array().into_iter().flatten();
    names.map(|reaction| reaction["emoji_name"].as_str().expect("a name").to_owned()).collect()
}

each_backend! {
    async fn a_plugin_edits_reacts_to_and_deletes_its_own_post(host: TestHost) {
        let (admin, place) = editor(&host).await;
        let id = say(&admin, &place, "first").await;
        run(&admin, &place, &format!("/edit {id} second")).await;
        run(&admin, &place, &format!("/react {id} eyes")).await;
        run(&admin, &place, &format!("/react {id} eyes")).await;
        let edited = post(&admin, &id).await;
        assert_eq!(edited["message"], "second");
        assert_eq!(edited["props"]["plugin_id"], "dev.jackfield.editor");
        assert!(edited["edit_at"].as_i64().is_some_and(|at| at > 0), "{edited}");
        assert_eq!(emoji(&admin, &id).await, ["eyes"]);
        run(&admin, &place, &format!("/unreact {id} eyes")).await;
        assert_eq!(emoji(&admin, &id).await, [""; 0]);
        run(&admin, &place, &format!("/delete {id}")).await;
        refused(&admin.get(&format!("/api/v4/posts/{id}")).await, 404);
        assert!(support::posts(&admin, &place.channel_id).await.is_empty());
    }
}

each_backend! {
    async fn a_call_posts_at_most_128_kb(host: TestHost) {
        let (admin, place) = editor(&host).await;
        let tell = |bytes: usize| format!("/tell {} {}", place.channel_id, "x".repeat(bytes));
        let refused = run(&admin, &place, &tell(MAX_POSTED + 1)).await;
        let reason = refused["text"].as_str().expect("a text");
        assert!(reason.contains("one call may post or edit at most 131072 bytes"), "{reason}");
        assert!(support::posts(&admin, &place.channel_id).await.is_empty());
        run(&admin, &place, &tell(MAX_MESSAGE)).await;
        assert_eq!(support::texts(&admin, &place.channel_id).await, ["x".repeat(MAX_MESSAGE)]);
    }
}

each_backend! {
    async fn all_changes_of_a_call_commit_together(host: TestHost) {
        let (admin, place) = editor(&host).await;
        let earlier = say(&admin, &place, "first").await;
        run(&admin, &place, &format!("/everything {earlier}")).await;
        assert_eq!(support::texts(&admin, &place.channel_id).await, ["edited", "new, edited"]);
        let posts = support::posts(&admin, &place.channel_id).await;
        let new = posts.iter().find(|post| post["message"] == "new, edited").expect("the new post");
        // No client saw the post before the edit, so it does not count as edited.
        assert_eq!(new["edit_at"], 0);
        assert_eq!(emoji(&admin, &earlier).await, ["eyes"]);
        assert_eq!(emoji(&admin, new["id"].as_str().expect("an id")).await, ["rocket"]);
    }
}

each_backend! {
    async fn nothing_remains_of_a_call_that_crashes_after_its_changes(host: TestHost) {
        let (admin, place) = editor(&host).await;
        let earlier = say(&admin, &place, "first").await;
        let before = post(&admin, &earlier).await;
        refused(&typed(&admin, &place.channel_id, &format!("/everything-then-trap {earlier}")).await, 500);
        assert_eq!(post(&admin, &earlier).await, before);
        assert_eq!(emoji(&admin, &earlier).await, [""; 0]);
        assert_eq!(support::texts(&admin, &place.channel_id).await, ["first"]);
    }
}

each_backend! {
    async fn a_plugin_changes_only_messages_of_its_own(host: TestHost) {
        let (admin, place) = editor(&host).await;
        let by_admin = json!({"channel_id": place.channel_id, "message": "hands off"});
        let by_admin = admin.post("/api/v4/posts", by_admin).await.expect(201);
        let id = by_admin["id"].as_str().expect("an id");
        for line in [format!("/edit {id} mine"), format!("/delete {id}")] {
            refused(&typed(&admin, &place.channel_id, &line).await, 500);
        }
        assert_eq!(post(&admin, id).await["message"], "hands off");
        // A plugin may also react to posts of other users.
        run(&admin, &place, &format!("/react {id} eyes")).await;
        assert_eq!(emoji(&admin, id).await, ["eyes"]);
    }
}

each_backend! {
    async fn sockets_get_the_changes_after_the_commit(host: TestHost) {
        let (admin, place) = editor(&host).await;
        let id = say(&admin, &place, "first").await;
        let mut socket = host.socket(&admin).await;
        run(&admin, &place, &format!("/edit {id} second")).await;
        let edited = socket.event("post_edited").await;
        let shown: Value = serde_json::from_str(edited["data"]["post"].as_str().expect("a post")).expect("JSON");
        assert_eq!((&shown["id"], &shown["message"]), (&json!(id), &json!("second")));
        run(&admin, &place, &format!("/react {id} eyes")).await;
        socket.event("reaction_added").await;
        run(&admin, &place, &format!("/unreact {id} eyes")).await;
        socket.event("reaction_removed").await;
        run(&admin, &place, &format!("/delete {id}")).await;
        let deleted = socket.event("post_deleted").await;
        let shown: Value = serde_json::from_str(deleted["data"]["post"].as_str().expect("a post")).expect("JSON");
        assert_eq!((&shown["id"], &shown["message"]), (&json!(id), &json!("second")));
    }
}
