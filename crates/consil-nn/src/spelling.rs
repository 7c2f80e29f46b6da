//! The two spellings of a choice in TOML: its name alone, or its name with settings.
//!
//! `optimizer = "adam"` and `optimizer = { adam = { lr = 1e-3 } }` both read as the same enum; serde's derive knows only the
//! second.

/// Implements `Deserialize` and `JsonSchema` for an enum whose every variant holds a struct with defaults.
macro_rules! named_choice {
    ($choice:ident, $what:literal, { $($name:literal => $variant:ident($settings:ty)),+ $(,)? }) => {
        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Choice;

                impl<'de> serde::de::Visitor<'de> for Choice {
                    type Value = $choice;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!($what, ": a name, or a table with one name and its settings"))
                    }

                    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<$choice, E> {
                        match name {
                            $($name => Ok($choice::$variant(Default::default())),)+
                            other => Err(E::unknown_variant(other, &[$($name),+])),
                        }
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$choice, A::Error> {
                        use serde::de::Error;
                        let Some(name) = map.next_key::<String>()? else {
                            return Err(A::Error::invalid_length(0, &self));
                        };
                        let choice = match name.as_str() {
                            $($name => $choice::$variant(map.next_value::<$settings>()?),)+
                            other => return Err(A::Error::unknown_variant(other, &[$($name),+])),
                        };
                        match map.next_key::<String>()? {
                            None => Ok(choice),
                            Some(second) => Err(A::Error::custom(format_args!("{name:?} and {second:?} exclude each other"))),
                        }
                    }
                }

                deserializer.deserialize_any(Choice)
            }
        }

        impl schemars::JsonSchema for $choice {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($choice).into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": $what,
                    "oneOf": [
                        { "enum": [$($name),+] },
                        $({
                            "type": "object",
                            "properties": { $name: generator.subschema_for::<$settings>() },
                            "required": [$name],
                            "additionalProperties": false,
                        }),+
                    ],
                })
            }
        }
    };
}

pub(crate) use named_choice;
