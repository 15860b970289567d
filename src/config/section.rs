//! The macro that declares a table of the configuration file.
//!
//! Used by `keys.rs` only. From one declaration come the struct, its reader, the known keys and the JSON schema.

/// Declares a table: for each key its documentation, its name, its type, and a [`Need`](super::read::Need).
macro_rules! section {
    ($(#[doc = $about:literal])+ $section:ident { $( $(#[doc = $doc:literal])+ $key:ident: $type:ty, $need:expr; )+ }) => {
        $(#[doc = $about])+
        #[derive(Debug, serde::Serialize)]
        pub(super) struct $section {
            $( $(#[doc = $doc])+ #[serde(skip_serializing_if = "Option::is_none")] pub(super) $key: Option<$crate::config::read::At<$type>>, )+
        }

        impl $crate::config::read::Section for $section {
            fn absent() -> Self {
                Self { $( $key: $crate::config::read::Need::<$type>::absent($need), )+ }
            }

            fn from_table(
                table: &toml::de::DeTable<'_>,
                at: (&str, Option<usize>),
                report: &mut $crate::config::report::Report,
            ) -> Self {
                $crate::config::read::unknown_keys(table, at.0, &[$(stringify!($key)),+], report);
                Self { $( $key: $crate::config::read::field::<$type>(table, at, stringify!($key), $need, report), )+ }
            }
        }

        impl $crate::config::read::Read for $section {
            const WANTED: &'static str = "a table";
            const EXAMPLE: &'static str = "{ ... }";

            fn read(node: &$crate::config::read::Node<'_>, key: &str, report: &mut $crate::config::report::Report) -> Option<Self> {
                let Some(table) = node.get_ref().as_table() else {
                    $crate::config::read::wrong_type::<Self>(node, key, report);
                    return None;
                };
                let line = Some(report.line(&node.span()));
                Some($crate::config::read::Section::from_table(table, (key, line), report))
            }

            fn schema() -> serde_json::Value {
                let mut keys = $crate::config::schema::Keys::default();
                $( keys.add::<$type>(stringify!($key), &[$($doc),+], $need); )+
                keys.into_schema()
            }
        }
    };
}

pub(super) use section;
