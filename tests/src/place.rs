//! A team and one of its channels, where tests post.

use serde_json::Value;

use crate::TestClient;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub team_id: String,
    pub channel_id: String,
}

impl Place {
    /// Returns the team's first channel.
    pub async fn town_square(client: &TestClient, team: &Value) -> Self {
        let team_id = team["id"].as_str().expect("a team has an id").to_owned();
        let channel =
            client.get(&format!("/api/v4/teams/{team_id}/channels/name/town-square")).await.expect(200);
        let channel_id = channel["id"].as_str().expect("a channel has an id").to_owned();
        Self { team_id, channel_id }
    }
}
