//! Posts describe the custom emoji in them, so that clients need not ask.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::emoji::create;
use crate::files::pictures::PICTURE;

each_backend! {
    async fn custom_emoji_in_texts_and_reactions_come_with_the_post(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let parrot = create(&anna, "partyparrot", &PICTURE).await.expect(200);
        let kube = create(&anna, "kube", &PICTURE).await.expect(200);
        let mut socket = host.socket(&bob).await;
        let said = json!({"channel_id": place.channel_id, "message": "look :partyparrot: :tada: :nothere: :partyparrot:"});
        let made = anna.post("/api/v4/posts", said).await.expect(201);
        assert_eq!(made["metadata"], json!({"emojis": [parrot]}));
        let event = socket.event("posted").await;
        let told: Value = serde_json::from_str(event["data"]["post"].as_str().expect("a text")).expect("JSON");
        assert_eq!(told["metadata"], made["metadata"]);
        let reaction = json!({"user_id": bob.id(), "post_id": made["id"], "emoji_name": "kube"});
        bob.post("/api/v4/reactions", reaction).await.expect(200);
        let post = format!("/api/v4/posts/{}", made["id"].as_str().expect("an id"));
        assert_eq!(bob.get(&post).await.expect(200)["metadata"]["emojis"], json!([kube, parrot]));
        let plain = json!({"channel_id": place.channel_id, "message": "at 12:30:45 :tada:"});
        assert_eq!(anna.post("/api/v4/posts", plain).await.expect(201)["metadata"], json!({}));
        anna.delete(&format!("/api/v4/emoji/{}", parrot["id"].as_str().expect("an id"))).await.expect(200);
        assert_eq!(bob.get(&post).await.expect(200)["metadata"]["emojis"], json!([kube]));
    }
}
