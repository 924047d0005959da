//! The categories of a user's sidebar in one team. Each request reads the sidebar as a whole.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::access::AccountAccess;
use crate::app::App;
use crate::chat::CategoryChange;
use crate::http::json as body;
use crate::http::list_room::ListRoom;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::{Done, ok};
use crate::model::{Category, CategoryId, ChannelId, FilledCategory, TeamId};

/// The size of most sidebars, as JSON.
const USUAL_BYTES: usize = 16 * 1024;

#[derive(Serialize)]
struct SidebarResponse {
    order: Vec<CategoryId>,
    categories: Vec<FilledCategory>,
}

/// A new category. An empty list of channels is `null` here and only here, as clients of v4 know it.
#[derive(Serialize)]
pub(in crate::http) struct CreatedCategoryResponse {
    #[serde(flatten)]
    category: Category,
    channel_ids: Option<Vec<ChannelId>>,
}

/// A category as a client sends it. `type` and `sort_order` are ignored.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UpdateCategory {
    id: String,
    user_id: String,
    team_id: String,
    display_name: String,
    sorting: String,
    muted: bool,
    collapsed: bool,
    channel_ids: Vec<String>,
}

impl UpdateCategory {
    /// Checks that the body names the user and the team of the address.
    fn check_owner(&self, account: &AccountAccess, team: &TeamId) -> Result<(), Problem> {
        if self.user_id == account.id().as_str() && self.team_id == team.as_str() {
            return Ok(());
        }
        Err(Problem::body("category", "`user_id` and `team_id` must be those in the address"))
    }

    fn change(self, id: CategoryId) -> CategoryChange {
        CategoryChange {
            id,
            display_name: self.display_name,
            sorting: self.sorting,
            muted: self.muted,
            collapsed: self.collapsed,
            // A text that is not an id names no channel of the account, and such channels are left out.
            channel_ids: self.channel_ids.iter().filter_map(|id| id.parse().ok()).collect(),
        }
    }
}

/// `GET /users/{user_id}/teams/{team_id}/channels/categories`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
) -> Result<Response, Problem> {
    let room = ListRoom::for_own_channels(&app).await?;
    let categories = app.chat.sidebar(&account, &team).await?;
    let order = categories.iter().map(|filled| filled.category.id.clone()).collect();
    room.respond(&SidebarResponse { order, categories }, USUAL_BYTES)
}

/// `POST /users/{user_id}/teams/{team_id}/channels/categories`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    body::Json(category): body::Json<UpdateCategory>,
) -> Result<Json<CreatedCategoryResponse>, Problem> {
    category.check_owner(&account, &team)?;
    let _room = ListRoom::for_own_channels(&app).await?;
    let change = category.change(app.clock.id());
    let FilledCategory { category, channel_ids } = app.chat.create_category(&account, &team, change).await?;
    let channel_ids = Some(channel_ids).filter(|ids| !ids.is_empty());
    Ok(Json(CreatedCategoryResponse { category, channel_ids }))
}

/// `PUT /users/{user_id}/teams/{team_id}/channels/categories`: changes each category in the list.
pub(in crate::http) async fn update_all(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    body::List(categories): body::List<UpdateCategory>,
) -> Result<Json<Vec<FilledCategory>>, Problem> {
    let change = |category: UpdateCategory| category_id(&category.id).map(|id| category.change(id));
    let changes: Vec<CategoryChange> = categories.into_iter().map(change).collect::<Result<_, Problem>>()?;
    let _room = ListRoom::for_own_channels(&app).await?;
    Ok(Json(app.chat.update_categories(&account, &team, changes).await?))
}

/// `GET /users/{user_id}/teams/{team_id}/channels/categories/order`.
pub(in crate::http) async fn order(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
) -> Result<Json<Vec<CategoryId>>, Problem> {
    let _room = ListRoom::for_own_channels(&app).await?;
    let categories = app.chat.sidebar(&account, &team).await?;
    Ok(Json(categories.into_iter().map(|filled| filled.category.id).collect()))
}

/// `PUT /users/{user_id}/teams/{team_id}/channels/categories/order`.
pub(in crate::http) async fn set_order(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    body::List(order): body::List<String>,
) -> Result<Json<Vec<CategoryId>>, Problem> {
    let order: Vec<CategoryId> = order.iter().map(|id| category_id(id)).collect::<Result<_, Problem>>()?;
    let _room = ListRoom::for_own_channels(&app).await?;
    app.chat.order_categories(&account, &team, &order).await?;
    Ok(Json(order))
}

/// `GET /users/{user_id}/teams/{team_id}/channels/categories/{category_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    PathId(category): PathId<CategoryId>,
) -> Result<Json<FilledCategory>, Problem> {
    let _room = ListRoom::for_own_channels(&app).await?;
    Ok(Json(app.chat.category(&account, &team, &category).await?))
}

/// `PUT /users/{user_id}/teams/{team_id}/channels/categories/{category_id}`.
pub(in crate::http) async fn update(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    PathId(id): PathId<CategoryId>,
    body::Json(category): body::Json<UpdateCategory>,
) -> Result<Json<FilledCategory>, Problem> {
    let _room = ListRoom::for_own_channels(&app).await?;
    let before = app.chat.category(&account, &team, &id).await?;
    category.check_owner(&account, &team)?;
    let updated = app.chat.update_categories(&account, &team, vec![category.change(id)]).await?;
    // Another request may have deleted it meanwhile.
    Ok(Json(updated.into_iter().next().unwrap_or(before)))
}

/// `DELETE /users/{user_id}/teams/{team_id}/channels/categories/{category_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    account: AccountAccess,
    PathId(team): PathId<TeamId>,
    PathId(category): PathId<CategoryId>,
) -> Result<Json<Done>, Problem> {
    let _room = ListRoom::for_own_channels(&app).await?;
    app.chat.delete_category(&account, &team, &category).await?;
    Ok(ok())
}

fn category_id(text: &str) -> Result<CategoryId, Problem> {
    body::id("category", text)
}
