//! Mappings with known keys.

/// A mapping with known keys: a struct with a [`Key`] for each, its reader and its schema. A key marked
/// `= required` is reported when it is missing, with the help that follows.
macro_rules! keys {
    (
        $(#[doc = $about:literal])+
        $name:ident ($what:literal) {
            $($(#[doc = $doc:literal])+ $key:ident: $type:ty $(= required $help:literal)?,)+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug)]
        #[allow(dead_code, reason = "some keys are read for their mistakes alone")]
        pub(super) struct $name {
            pub(super) span: $crate::span::Span,
            $(pub(super) $key: $crate::manifest::read::Key<$type>,)+
        }

        impl $name {
            pub(super) const KEYS: &'static [&'static str] = &[$($crate::manifest::keys::key_name(stringify!($key))),+];
        }

        impl $crate::manifest::read::Read for $name {
            fn read(
                node: &$crate::yaml::Node,
                reader: &mut $crate::manifest::read::Reader<'_>,
            ) -> Option<Self> {
                let mapping = reader.mapping_of($what, node)?;
                $(
                    let name = $crate::manifest::keys::key_name(stringify!($key));
                    $(
                        if mapping.get(name).is_none() && !$crate::manifest::read::Reader::is_misspelt(mapping, name, Self::KEYS) {
                            reader.missing(node.span, $what, name, $help);
                        }
                    )?
                    let $key = reader.optional(mapping, name, $what, Self::KEYS);
                )+
                reader.unknown_keys(mapping, $what, Self::KEYS);
                Some(Self { span: node.span, $($key,)+ })
            }

            fn schema(schemas: &mut $crate::manifest::schema::Schemas) -> serde_json::Value {
                use $crate::manifest::schema::Property;
                const PROPERTIES: &[Property] = &[
                    $(Property {
                        name: $crate::manifest::keys::key_name(stringify!($key)),
                        about: concat!($($doc),+),
                        schema: <$type as $crate::manifest::read::Read>::schema,
                        required: false $(|| { let _ = $help; true })?,
                    },)+
                ];
                schemas.object(stringify!($name), concat!($($about),+), PROPERTIES)
            }
        }
    };
}
pub(super) use keys;

/// The name of a key without the `r#` that Rust needs for its own words.
pub(super) const fn key_name(written: &'static str) -> &'static str {
    match written.as_bytes() {
        [b'r', b'#', ..] => written.split_at(2).1,
        _ => written,
    }
}
