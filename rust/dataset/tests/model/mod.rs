//! A data set as a plain tree, to be written, read back and compared.
#![allow(dead_code)] // each test file uses its own part

use bytes::Bytes;
use dicomwire_dataset::index::Index;
use dicomwire_dataset::syntax::{self, Encoding};
use dicomwire_dataset::transcode::Transcoder;
use dicomwire_dataset::write::{Lengths, Writer};
use dicomwire_dataset::{Error, Limits, Tag, TransferSyntax, Vr, dict};
use proptest::prelude::*;

/// An element; numbers are little endian here, whatever they are encoded in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Value(Tag, Vr, Vec<u8>),
    Sequence(Tag, Vec<Vec<Self>>),
}

impl Node {
    pub(crate) fn tag(&self) -> Tag {
        match self {
            Self::Value(tag, ..) | Self::Sequence(tag, _) => *tag,
        }
    }
}

pub(crate) fn uncompressed() -> [&'static TransferSyntax; 4] {
    [
        syntax::IMPLICIT_VR_LITTLE_ENDIAN,
        syntax::EXPLICIT_VR_LITTLE_ENDIAN,
        syntax::EXPLICIT_VR_BIG_ENDIAN,
        syntax::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    ]
    .map(|uid| syntax::lookup(uid).expect("a standard syntax"))
}

/// Turns a value between little endian and the given byte order; its own inverse.
pub(crate) fn order(vr: Vr, value: &[u8], big_endian: bool) -> Vec<u8> {
    let mut value = value.to_vec();
    if big_endian {
        value
            .chunks_exact_mut(vr.swap_width())
            .for_each(<[u8]>::reverse);
    }
    value
}

pub(crate) fn write(nodes: &[Node], encoding: Encoding, lengths: Lengths) -> Vec<u8> {
    let mut writer = Writer::new(encoding).with_lengths(lengths);
    write_into(&mut writer, nodes).expect("a data set that can be written");
    writer.into_bytes()
}

fn write_into(writer: &mut Writer, nodes: &[Node]) -> Result<(), Error> {
    for node in nodes {
        match node {
            Node::Value(tag, vr, value) => {
                let value = order(*vr, value, writer.encoding().big_endian);
                writer.element(*tag, *vr, &value)?;
            }
            Node::Sequence(tag, items) => writer.sequence(*tag, |written| {
                for item in items {
                    written.item(|writer| write_into(writer, item))?;
                }
                Ok(())
            })?,
        }
    }
    Ok(())
}

pub(crate) fn read(bytes: &[u8], syntax: &TransferSyntax) -> Result<Vec<Node>, Error> {
    let index = Index::parse(Bytes::copy_from_slice(bytes), syntax, &Limits::default())?;
    read_index(&index)
}

pub(crate) fn read_index(index: &Index) -> Result<Vec<Node>, Error> {
    let mut nodes = Vec::new();
    for entry in index.entries() {
        if entry.vr == Vr::SQ {
            let items = index.items(entry)?;
            let items: Result<_, _> = items.iter().map(read_index).collect();
            nodes.push(Node::Sequence(entry.tag, items?));
        } else {
            let value = index.bytes(entry);
            let value = order(entry.vr, &value, index.encoding().big_endian);
            nodes.push(Node::Value(entry.tag, entry.vr, value));
        }
    }
    Ok(nodes)
}

/// Transcodes input that comes in the given pieces.
pub(crate) fn transcode_pieces<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    from: &TransferSyntax,
    to: &TransferSyntax,
) -> Result<Vec<u8>, Error> {
    let mut transcoder = Transcoder::new(from, to, &Limits::default())?;
    let mut output = Vec::new();
    for piece in pieces {
        transcoder.push(piece, &mut output)?;
    }
    transcoder.finish(&mut output)?;
    Ok(output)
}

pub(crate) fn transcode(
    input: &[u8],
    from: &TransferSyntax,
    to: &TransferSyntax,
) -> Result<Vec<u8>, Error> {
    transcode_pieces([input], from, to)
}

/// Encodes nodes in a syntax, deflated or not.
pub(crate) fn encode(nodes: &[Node], syntax: &TransferSyntax, lengths: Lengths) -> Vec<u8> {
    let plain = write(nodes, syntax.encoding(), lengths);
    if !syntax.deflated {
        return plain;
    }
    let [_, explicit, ..] = uncompressed();
    transcode(&plain, explicit, syntax).expect("deflating cannot fail")
}

fn value(vr: Vr) -> impl Strategy<Value = Vec<u8>> {
    let unit = vr.swap_width().max(2);
    let unit = if vr == Vr::AT { 4 } else { unit };
    prop::collection::vec(any::<u8>(), 0..24).prop_map(move |mut bytes| {
        bytes.truncate(bytes.len() / unit * unit);
        bytes
    })
}

fn sorted(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.sort_by_key(Node::tag);
    nodes.dedup_by_key(|node| node.tag());
    nodes
}

fn data_set(element: impl Strategy<Value = Node> + 'static) -> BoxedStrategy<Vec<Node>> {
    let element = element.boxed();
    let sequence_tags: Vec<Tag> = dict::all()
        .iter()
        .filter(|entry| entry.vrs == "SQ" && entry.tag.group() >= 8 && entry.tag.group() < 0xFFF0)
        .map(|entry| entry.tag)
        .collect();
    let flat = prop::collection::vec(element.clone(), 0..8).prop_map(sorted);
    flat.prop_recursive(3, 48, 6, move |inner| {
        let items = prop::collection::vec(inner, 0..3);
        let sequence = (prop::sample::select(sequence_tags.clone()), items)
            .prop_map(|(tag, items)| Node::Sequence(tag, items));
        let node = prop_oneof![3 => element.clone(), 1 => sequence];
        prop::collection::vec(node, 0..8).prop_map(sorted)
    })
    .boxed()
}

/// Data sets whose VRs are those of the dictionary, so that implicit VR keeps them, with private
/// elements among them. The SOP class and instance are left to group 2.
pub(crate) fn standard_data_set() -> BoxedStrategy<Vec<Node>> {
    let known: Vec<(Tag, Vr)> = dict::all()
        .iter()
        .filter(|entry| !entry.is_ambiguous() && !matches!(entry.vrs, "SQ" | "" | "UN"))
        .filter(|entry| entry.tag > Tag::new(0x0008, 0x0018) && entry.tag.element() != 0)
        .filter(|entry| entry.tag != Tag::new(0x0028, 0x0103))
        .map(|entry| (entry.tag, entry.vr))
        .collect();
    let private = prop_oneof![
        (0x10_u16..0x20).prop_map(|element| (Tag::new(0x0029, element), Vr::LO)),
        (0x1000_u16..0x1100).prop_map(|element| (Tag::new(0x0029, element), Vr::UN)),
    ];
    let tag = prop_oneof![6 => prop::sample::select(known), 1 => private];
    data_set(
        tag.prop_flat_map(|(tag, vr)| value(vr).prop_map(move |value| Node::Value(tag, vr, value))),
    )
}

/// Data sets where any tag has any VR: for the explicit syntaxes only.
pub(crate) fn explicit_data_set() -> BoxedStrategy<Vec<Node>> {
    let plain: Vec<Vr> = Vr::ALL.iter().copied().filter(|vr| *vr != Vr::SQ).collect();
    let tag =
        (8_u16..0xFFF0, 1_u16..=u16::MAX).prop_map(|(group, element)| Tag::new(group, element));
    data_set(
        (tag, prop::sample::select(plain)).prop_flat_map(|(tag, vr)| {
            value(vr).prop_map(move |value| Node::Value(tag, vr, value))
        }),
    )
}

pub(crate) fn lengths() -> impl Strategy<Value = Lengths> {
    prop_oneof![Just(Lengths::Defined), Just(Lengths::Undefined)]
}
