//! Installed plugins and their packages.

use std::time::Duration;

use jackfield::model::{InstalledPlugin, PluginState, UserId};
use jackfield::secret::sha256_hex;
use jackfield::store::Enrolment;
use jackfield_tests::{TestStore, each_backend};

use super::rows::{
    apply, assert_missing, change, installed, new_user, plugin, plugin_id, unknown, user, value,
};

each_backend! {
    async fn a_plugin_and_its_package_read_back_as_they_were_saved(store: TestStore) {
        let bot = user(&store, "bot").await;
        let component: Vec<u8> = (0..=255_u8).cycle().take(1 << 20).collect();
        for (id, state, consented) in [
            ("com.acme.pending", PluginState::Pending, None),
            ("com.acme.enabled", PluginState::Enabled, Some("digest of a sheet")),
            ("com.acme.disabled", PluginState::Disabled, Some("digest of another")),
        ] {
            let consented_sheet = consented.map(str::to_owned);
            let saved = InstalledPlugin { state, consented_sheet, ..plugin(&store.clock, id, &bot, &component) };
            store.save_plugin(saved.clone(), component.clone()).await.unwrap();
            assert_eq!(store.plugin(&plugin_id(id)).await.unwrap(), Some(saved));
        }
        assert_eq!(store.plugin_package(&sha256_hex(&component)).await.unwrap(), Some(component));
        assert_eq!(store.plugin(&plugin_id("com.acme.absent")).await.unwrap(), None);
        assert_eq!(store.plugin_package("absent").await.unwrap(), None);
    }
}

each_backend! {
    async fn a_plugin_and_its_account_come_together_or_not_at_all(store: TestStore) {
        user(&store, "deploy").await;
        let named = |name: &str| {
            let new = new_user(&store.clock, name);
            let plugin = plugin(&store.clock, "com.acme.deploy", &new.user, b"package");
            let mut enrolment = Enrolment::of(new);
            enrolment.bot = Some(None);
            enrolment.plugin = Some((plugin, b"package".to_vec()));
            enrolment
        };
        assert!(store.enrol(named("deploy")).await.unwrap_err().is_conflict());
        assert_eq!(store.plugins().await.unwrap(), []);
        let bot = store.enrol(named("com.acme.deploy")).await.unwrap();
        let made = plugin(&store.clock, "com.acme.deploy", &bot, b"package");
        assert_eq!(store.plugins().await.unwrap(), std::slice::from_ref(&made));
        assert_eq!(store.plugin_package(&made.digest).await.unwrap(), Some(b"package".to_vec()));
    }
}

each_backend! {
    async fn plugins_are_listed_by_id(store: TestStore) {
        assert_eq!(store.plugins().await.unwrap(), []);
        let bot = user(&store, "bot").await;
        let b = installed(&store, "com.acme.b", &bot).await;
        let c = installed(&store, "com.acme.c", &bot).await;
        let a = installed(&store, "com.acme.a", &bot).await;
        assert_eq!(store.plugins().await.unwrap(), [a.clone(), b.clone(), c.clone()]);
        assert_eq!(store.plugins_page(None, 2).await.unwrap(), [a, b.clone()]);
        assert_eq!(store.plugins_page(Some(&b.id), 2).await.unwrap(), [c]);
    }
}

each_backend! {
    async fn a_new_version_replaces_the_package_and_keeps_account_age_and_values(store: TestStore) {
        let (bot, other) = (user(&store, "bot").await, user(&store, "other").await);
        let first = installed(&store, "com.acme.deploy", &bot).await;
        let kept = value(b"kept", 1);
        apply(&store, change(&store, &first.id, "key", None, Some(kept.clone()))).await.unwrap();
        store.clock.advance(Duration::from_hours(1));
        let second = InstalledPlugin {
            version: "2.0.0".to_owned(),
            state: PluginState::Enabled,
            consented_sheet: Some("sheet".to_owned()),
            ..plugin(&store.clock, "com.acme.deploy", &other, b"second")
        };
        store.save_plugin(second.clone(), b"second".to_vec()).await.unwrap();
        let expected =
            InstalledPlugin { bot_user_id: first.bot_user_id, create_at: first.create_at, ..second.clone() };
        assert_eq!(store.plugins().await.unwrap(), [expected]);
        assert_eq!(store.plugin_package(&first.digest).await.unwrap(), None);
        assert_eq!(store.plugin_package(&second.digest).await.unwrap(), Some(b"second".to_vec()));
        assert_eq!(store.values().get(&first.id, "key", store.clock.now()).await.unwrap(), Some(kept));
    }
}

each_backend! {
    async fn a_package_stays_while_a_plugin_uses_it(store: TestStore) {
        let bot = user(&store, "bot").await;
        let shared = sha256_hex(b"shared");
        for id in ["com.acme.a", "com.acme.b"] {
            store.save_plugin(plugin(&store.clock, id, &bot, b"shared"), b"shared".to_vec()).await.unwrap();
        }
        store.save_plugin(plugin(&store.clock, "com.acme.a", &bot, b"own"), b"own".to_vec()).await.unwrap();
        assert_eq!(store.plugin_package(&shared).await.unwrap(), Some(b"shared".to_vec()));
        store.save_plugin(plugin(&store.clock, "com.acme.b", &bot, b"own"), b"own".to_vec()).await.unwrap();
        assert_eq!(store.plugin_package(&shared).await.unwrap(), None);
        assert_eq!(store.plugin_package(&sha256_hex(b"own")).await.unwrap(), Some(b"own".to_vec()));
    }
}

each_backend! {
    async fn neither_a_plugin_without_an_account_nor_its_package_is_saved(store: TestStore) {
        let mut homeless = plugin(&store.clock, "com.acme.deploy", &user(&store, "bot").await, b"code");
        homeless.bot_user_id = unknown::<UserId>();
        assert_missing(store.save_plugin(homeless.clone(), b"code".to_vec()).await);
        assert_eq!(store.plugin(&homeless.id).await.unwrap(), None);
        assert_eq!(store.plugin_package(&homeless.digest).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_state_is_set_on_the_expected_package_only(store: TestStore) {
        let bot = user(&store, "bot").await;
        let saved = installed(&store, "com.acme.deploy", &bot).await;
        let other = installed(&store, "com.acme.other", &bot).await;
        store.clock.advance(Duration::from_secs(1));
        let (now, sheet) = (store.clock.now(), Some("sheet".to_owned()));
        let (id, digest) = (&saved.id, &saved.digest);
        assert!(store.set_plugin_state(id, digest, PluginState::Enabled, sheet.clone(), now).await.unwrap());
        let enabled = InstalledPlugin {
            state: PluginState::Enabled,
            consented_sheet: sheet.clone(),
            update_at: now,
            ..saved.clone()
        };
        assert_eq!(store.plugins().await.unwrap(), [enabled.clone(), other.clone()]);
        // Nothing happens if the package was replaced meanwhile or never existed.
        let later = now.plus(Duration::from_secs(1));
        assert!(!store.set_plugin_state(id, &other.digest, PluginState::Disabled, None, later).await.unwrap());
        let absent = plugin_id("com.acme.absent");
        assert!(!store.set_plugin_state(&absent, digest, PluginState::Disabled, None, later).await.unwrap());
        assert_eq!(store.plugins().await.unwrap(), [enabled, other]);
    }
}
