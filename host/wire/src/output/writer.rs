//! serde's side of [`Sink`].

use serde::ser::{
    Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleVariant, Serializer,
};

use super::{Error, Sink};

type Result<T> = std::result::Result<T, Error>;
type Never = Impossible<(), Error>;

/// Writes one value.
pub(super) struct Writer<'s, S> {
    pub(super) sink: &'s mut S,
    /// Whether a whole number is a moment.
    pub(super) is_moment: bool,
}

fn never<T>(what: &str) -> Result<T> {
    Err(serde::ser::Error::custom(format_args!("{what} has no place in a model")))
}

/// A length, which all outputs know.
fn known(length: Option<usize>) -> Result<usize> {
    length.map_or_else(|| never("a list of unknown length"), Ok)
}

macro_rules! numbers {
    ($($method:ident $of:ty),*) => {
        $(fn $method(self, number: $of) -> Result<()> {
            self.serialize_i64(i64::from(number))
        })*
    };
}

impl<'s, S: Sink> Serializer for Writer<'s, S> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'s, S>;
    type SerializeTuple = Compound<'s, S>;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Tagged<'s, S>;
    type SerializeMap = Compound<'s, S>;
    type SerializeStruct = Compound<'s, S>;
    type SerializeStructVariant = Never;

    numbers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_u8 u8, serialize_u16 u16,
        serialize_u32 u32);

    fn serialize_bool(self, value: bool) -> Result<()> {
        self.sink.boolean(value);
        Ok(())
    }

    fn serialize_i64(self, number: i64) -> Result<()> {
        match self.is_moment {
            true => self.sink.moment(number),
            false => self.sink.whole(number),
        }
        Ok(())
    }

    fn serialize_u64(self, number: u64) -> Result<()> {
        self.sink.unsigned(number);
        Ok(())
    }

    fn serialize_f32(self, number: f32) -> Result<()> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<()> {
        self.sink.number(number);
        Ok(())
    }

    fn serialize_char(self, character: char) -> Result<()> {
        self.serialize_str(character.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        self.sink.text(text);
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<()> {
        self.sink.bytes(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.sink.null();
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<()> {
        self.serialize_str(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<()> {
        never(name)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Compound<'s, S>> {
        self.sink.begin_list(known(length)?);
        Ok(Compound { sink: self.sink })
    }

    fn serialize_tuple(self, length: usize) -> Result<Compound<'s, S>> {
        self.serialize_seq(Some(length))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> Result<Never> {
        never(name)
    }

    /// The only one that outputs have is CBOR's tag, as `minicbor_serde` hands it on, and the only tag is that of
    /// times.
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Tagged<'s, S>> {
        Ok(Tagged { sink: self.sink, is_tag_read: false })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Compound<'s, S>> {
        self.sink.begin_map(known(length)?);
        Ok(Compound { sink: self.sink })
    }

    fn serialize_struct(self, _: &'static str, count: usize) -> Result<Compound<'s, S>> {
        self.sink.begin_members(count);
        Ok(Compound { sink: self.sink })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never> {
        never(name)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Writes what a list, a map or a structure holds.
pub(super) struct Compound<'s, S> {
    sink: &'s mut S,
}

impl<S: Sink> Compound<'_, S> {
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(Writer { sink: &mut *self.sink, is_moment: false })
    }
}

impl<S: Sink> SerializeSeq for Compound<'_, S> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.sink.begin_element();
        self.value(value)?;
        self.sink.end_element();
        Ok(())
    }

    fn end(self) -> Result<()> {
        self.sink.end_list();
        Ok(())
    }
}

impl<S: Sink> SerializeTuple for Compound<'_, S> {
    type Ok = ();
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<()> {
        SerializeSeq::end(self)
    }
}

impl<S: Sink> SerializeMap for Compound<'_, S> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.sink.begin_key();
        self.value(key)?;
        self.sink.end_key();
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.value(value)?;
        self.sink.end_value();
        Ok(())
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}

impl<S: Sink> SerializeStruct for Compound<'_, S> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.sink.begin_member(name);
        self.value(value)?;
        self.sink.end_member(name);
        Ok(())
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}

/// Writes what is behind a tag.
pub(super) struct Tagged<'s, S> {
    sink: &'s mut S,
    is_tag_read: bool,
}

impl<S: Sink> SerializeTupleVariant for Tagged<'_, S> {
    type Ok = ();
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        if self.is_tag_read {
            return value.serialize(Writer { sink: &mut *self.sink, is_moment: true });
        }
        self.is_tag_read = true;
        Ok(())
    }

    fn end(self) -> Result<()> {
        Ok(())
    }
}
