//! The operations that Mattermost added after version 9.1 and that are not offered, by feature.

use super::Feature;

pub(super) const FEATURES: &[Feature] = &[
    Feature::new(
        "bookmarks and views of channels are not offered",
        &[
            ("GET POST", "/channels/{channel}/bookmarks"),
            ("PATCH DELETE", "/channels/{channel}/bookmarks/{bookmark}"),
            ("POST", "/channels/{channel}/bookmarks/{bookmark}/sort_order"),
            ("GET POST", "/channels/{channel}/views"),
            ("GET PATCH DELETE", "/channels/{channel}/views/{view}"),
            ("GET", "/channels/{channel}/views/{view}/posts"),
            ("POST", "/channels/{channel}/views/{view}/sort_order"),
        ],
    ),
    Feature::new(
        "scheduled posts are not offered",
        &[
            ("POST", "/posts/schedule"),
            ("PUT DELETE", "/posts/schedule/{scheduled}"),
            ("GET", "/posts/scheduled/team/{team}"),
        ],
    ),
    Feature::new(
        "policies of access by attributes are not offered; roles decide",
        &[
            ("PUT", "/access_control_policies"),
            ("PUT", "/access_control_policies/activate"),
            ("POST", "/access_control_policies/search"),
            ("GET", "/access_control_policies/cel/autocomplete/fields"),
            ("POST", "/access_control_policies/cel/check"),
            ("POST", "/access_control_policies/cel/simulate_users"),
            ("POST", "/access_control_policies/cel/test"),
            ("POST", "/access_control_policies/cel/validate_requester"),
            ("POST", "/access_control_policies/cel/visual_ast"),
            ("GET DELETE", "/access_control_policies/{policy}"),
            ("POST", "/access_control_policies/{policy}/assign"),
            ("DELETE", "/access_control_policies/{policy}/unassign"),
            ("GET", "/access_control_policies/{policy}/resources/channels"),
            ("POST", "/access_control_policies/{policy}/resources/channels/search"),
            ("GET", "/channels/{channel}/access_control/attributes"),
            ("GET", "/teams/{team}/access_control/policy"),
        ],
    ),
    Feature::new(
        "reports about messages to reviewers are not offered",
        &[
            ("GET PUT", "/content_flagging/config"),
            ("GET", "/content_flagging/fields"),
            ("GET", "/content_flagging/flag/config"),
            ("GET", "/content_flagging/post/{post}"),
            ("POST", "/content_flagging/post/{post}/assign/{user}"),
            ("GET", "/content_flagging/post/{post}/field_values"),
            ("POST", "/content_flagging/post/{post}/flag"),
            ("PUT", "/content_flagging/post/{post}/keep"),
            ("PUT", "/content_flagging/post/{post}/remove"),
            ("POST", "/content_flagging/post/{post}/report"),
            ("GET", "/content_flagging/team/{team}/reviewers/search"),
            ("GET", "/content_flagging/team/{team}/status"),
        ],
    ),
    Feature::new(
        "fields of one's own in profiles, posts and channels are not offered",
        &[
            ("GET POST", "/custom_profile_attributes/fields"),
            ("PATCH DELETE", "/custom_profile_attributes/fields/{field}"),
            ("PATCH", "/custom_profile_attributes/values"),
            ("GET PATCH", "/users/{user}/custom_profile_attributes"),
            ("GET PATCH", "/properties/groups/{group}/system/values"),
            ("GET POST", "/properties/groups/{group}/{object}/fields"),
            ("PATCH DELETE", "/properties/groups/{group}/{object}/fields/{field}"),
            ("GET PATCH", "/properties/groups/{group}/{object}/values/{target}"),
        ],
    ),
    Feature::new(
        "summaries, rewriting and translation by language models are not offered",
        &[
            ("GET", "/agents"),
            ("GET", "/agents/status"),
            ("GET", "/llmservices"),
            ("GET POST", "/recaps"),
            ("POST", "/recaps/mark_viewed"),
            ("GET DELETE", "/recaps/{recap}"),
            ("POST", "/recaps/{recap}/read"),
            ("POST", "/recaps/{recap}/regenerate"),
            ("POST", "/posts/rewrite"),
            ("PUT", "/channels/{channel}/members/me/autotranslation"),
        ],
    ),
    Feature::new(
        "posts that vanish once they are read are not offered",
        &[("DELETE", "/posts/{post}/burn"), ("GET", "/posts/{post}/reveal")],
    ),
    Feature::new("threads cannot be moved to another channel", &[("POST", "/posts/{post}/move")]),
    Feature::new(
        "a group channel cannot become a private channel",
        &[("POST", "/channels/{channel}/convert_to_channel")],
    ),
    Feature::new(
        "categories that the server manages, and recommended channels, are not offered",
        &[
            ("GET", "/teams/{team}/channels/managed_categories"),
            ("GET", "/teams/{team}/channels/recommended"),
        ],
    ),
];
