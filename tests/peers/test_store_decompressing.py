"""Compressed instances for peers that take none: ``transcode="any"``."""

from __future__ import annotations

import warnings

import pytest
from comparing import dataset_bytes, differences, on_the_wire, read, transfer_syntax
from corpora import corpus_files, pydicom_directory
from generated import write_image
from pydicom import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEG2000Lossless, RLELossless
from pynetdicom import AE, StoragePresentationContexts, evt
from storing import send
from wire import DEFLATED_LE, EXPLICIT_BE, EXPLICIT_LE, IMPLICIT_LE

from dicomwire import EncodeError, Rewrite, StorageReceiver, StoreScu, UidMap
from dicomwire.pixels import decompress

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.timeout(180)]

FILES = pydicom_directory() / "test_files"
COMPRESSED = {
    "RLE": FILES / "MR_small_RLE.dcm",
    "RLE, two frames of three samples": FILES / "SC_rgb_rle_2frame.dcm",
    "JPEG Baseline": FILES / "SC_rgb_jpeg_dcmtk.dcm",
    "JPEG Extended, 12 bit": FILES / "JPGExtended.dcm",
    "JPEG Lossless": FILES / "SC_rgb_jpeg_gdcm.dcm",
    "JPEG-LS": FILES / "MR_small_jpeg_ls_lossless.dcm",
    "JPEG-LS, near lossless": FILES / "JPEGLSNearLossless_16.dcm",
    "JPEG 2000": FILES / "JPEG2000.dcm",
    "JPEG 2000 Lossless": FILES / "MR_small_jp2klossless.dcm",
}
# Nothing that could be sent anyhow, or no codec can read it.
UNREADABLE = {
    "JPEG-lossy.dcm": "cannot be decompressed: Unable to decode",
    "JPEG2000-embedded-sequence-delimiter.dcm": "cannot be decompressed: Unable to decode",
    "SC_rgb_jpeg.dcm": "looks like implicit VR",
    "bad_sequence.dcm": "UID is not a",
    "emri_small_jpeg_2k_lossless_too_short.dcm": "not ended",
}


@pytest.fixture
def receive(tmp_path):
    """Start a receiver that takes these transfer syntaxes only."""
    started = []

    def start(*syntaxes):
        receiver = StorageReceiver("RX", sink=tmp_path / "received", transfer_syntaxes=syntaxes)
        started.append(receiver.__enter__())
        receiver.peer = f"RX@127.0.0.1:{receiver.port}"
        receiver.files = lambda: sorted((tmp_path / "received").iterdir())
        return receiver

    yield start
    for receiver in started:
        receiver.__exit__(None, None, None)


def decompressed(path) -> Dataset:
    """Let pydicom decompress a file by its own choice of codecs."""
    dataset = read(path)
    if "PixelData" not in dataset:
        return dataset
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.decompress(generate_instance_uid=False)
    for tag in (0x7FE00001, 0x7FE00002):
        dataset.pop(tag, None)
    return dataset


@pytest.mark.parametrize("name", COMPRESSED)
@pytest.mark.parametrize("accept", ["+xi", "+xe"])
def test_a_peer_that_takes_no_compressed_syntax_gets_pixels(start_storescp, name, accept):
    source = COMPRESSED[name]
    peer = start_storescp(accept=accept)
    result = send(peer.peer, source, transcode="any").only
    assert result.outcome == "sent", result.error
    (file,) = peer.files()
    expected, arrived = decompressed(source), read(file)
    assert arrived.file_meta.TransferSyntaxUID == (IMPLICIT_LE if accept == "+xi" else EXPLICIT_LE)
    assert differences(expected, arrived) == []
    assert (arrived.pixel_array == expected.pixel_array).all()
    assert arrived.SOPInstanceUID == read(source).SOPInstanceUID == result.sop_instance_uid
    assert result.original_sop_instance_uid is None


@pytest.mark.parametrize("accepted", [EXPLICIT_BE, DEFLATED_LE])
def test_what_is_decompressed_is_transcoded_too(receive, accepted):
    source = COMPRESSED["RLE"]
    receiver = receive(accepted)
    assert send(receiver.peer, source, transcode="any").outcomes == ["sent"]
    (file,) = receiver.files()
    assert transfer_syntax(file) == accepted
    assert differences(decompressed(source), read(file)) == []
    assert (read(file).pixel_array == read(source).pixel_array).all()


def test_pynetdicom_takes_what_it_has_a_context_for(receive, pynetdicom_server):
    # That server accepts the compressed syntax, so nothing is decompressed for it.
    source = COMPRESSED["JPEG 2000"]
    assert send(pynetdicom_server.peer, source, transcode="any").outcomes == ["sent"]
    (file,) = pynetdicom_server.files()
    assert dataset_bytes(file) == on_the_wire(source)


@pytest.mark.parametrize("name", ["RLE", "JPEG Baseline", "JPEG-LS", "JPEG 2000"])
def test_pynetdicom_without_compressed_contexts_gets_pixels(name):
    source = COMPRESSED[name]
    received = []

    def keep(event):
        received.append(event.dataset)
        received[-1].file_meta = event.file_meta
        return 0x0000

    entity = AE("PLAIN")
    for context in StoragePresentationContexts:
        entity.add_supported_context(context.abstract_syntax, [EXPLICIT_LE, IMPLICIT_LE])
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep)]
    )
    try:
        peer = f"PLAIN@127.0.0.1:{server.server_address[1]}"
        assert send(peer, source, transcode="any").outcomes == ["sent"]
    finally:
        server.shutdown()
    (arrived,) = received
    expected = decompressed(source)
    assert differences(expected, arrived) == []
    assert (arrived.pixel_array == expected.pixel_array).all()


def test_every_compressed_file_of_the_corpora(receive):
    def is_compressed(path):
        syntax = UID(transfer_syntax(path) or EXPLICIT_LE)
        known = syntax.is_transfer_syntax and not syntax.is_private
        return known and syntax.is_encapsulated

    paths = [path for path in corpus_files() if is_compressed(path)]
    assert len(paths) > 50
    receiver = receive(EXPLICIT_LE)
    arrived, failures = {}, {}
    for path in paths:
        result = send(receiver.peer, path, transcode="any").only
        if result.outcome == "sent":
            (file,) = receiver.files()
            arrived[path] = read(file)
            file.unlink()
        else:
            failures[path.name] = result.error
    assert set(failures) == set(UNREADABLE)
    for name, reason in UNREADABLE.items():
        assert reason in failures[name]
        assert "\n" not in failures[name]
    for path, dataset in arrived.items():
        if path.name == "J2K_pixelrep_mismatch.dcm":
            # pydicom alone takes the first codec, whose result it cannot work on.
            assert (dataset.pixel_array == read(path).pixel_array).all()
            continue
        assert differences(decompressed(path), dataset) == [], path.name


@pytest.mark.parametrize(
    ("name", "tool"),
    [("RLE", "dcmdrle"), ("JPEG Lossless", "dcmdjpeg"), ("JPEG-LS", "dcmdjpls")],
)
def test_dcmtk_decompresses_the_same(receive, dcmtk, tmp_path, name, tool):
    source = COMPRESSED[name]
    dcmtk(tool, source, tmp_path / "theirs.dcm")
    receiver = receive(EXPLICIT_LE)
    assert send(receiver.peer, source, transcode="any").outcomes == ["sent"]
    (file,) = receiver.files()
    theirs, ours = read(tmp_path / "theirs.dcm"), read(file)
    assert (theirs.pixel_array == ours.pixel_array).all()
    assert theirs.SOPInstanceUID == ours.SOPInstanceUID


def test_rewriting_goes_first(receive):
    source = COMPRESSED["JPEG 2000"]
    receiver = receive(EXPLICIT_LE)
    mapping = UidMap()
    changes = Rewrite({"PatientID": "B 4", "SOPInstanceUID": mapping, "PatientName": None})
    result = send(receiver.peer, source, transcode="any", rewrite=changes).only
    assert result.outcome == "sent", result.error
    (file,) = receiver.files()
    expected = decompressed(source)
    expected.PatientID = "B 4"
    del expected.PatientName
    expected.SOPInstanceUID = mapping(expected.SOPInstanceUID)
    assert differences(expected, read(file)) == []
    assert result.original_sop_instance_uid == read(source).SOPInstanceUID


def test_what_was_lossy_stays_marked(receive, tmp_path):
    dataset = read(COMPRESSED["JPEG Baseline"])
    dataset.LossyImageCompression = "01"
    dataset.LossyImageCompressionRatio = "10.5"
    path = tmp_path / "lossy.dcm"
    dataset.save_as(path)
    receiver = receive(EXPLICIT_LE)
    assert send(receiver.peer, path, transcode="any").outcomes == ["sent"]
    arrived = read(receiver.files()[0])
    assert arrived.LossyImageCompression == "01"
    assert arrived.LossyImageCompressionRatio == 10.5
    assert arrived.SOPInstanceUID == dataset.SOPInstanceUID


def test_many_over_several_associations(receive, tmp_path):
    paths = []
    for number in range(12):
        dataset = read(COMPRESSED["RLE" if number % 2 else "JPEG 2000 Lossless"])
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{number}"
        path = tmp_path / f"{number}.dcm"
        dataset.save_as(path)
        paths.append(path)
    paths.append(write_image(tmp_path / "plain.dcm", "2.25.100"))
    receiver = receive(EXPLICIT_LE)
    sent = send(receiver.peer, paths, transcode="any", associations=3)
    assert sent.report.sent == 13
    assert len(receiver.files()) == 13


# ---- what cannot be decompressed ----


def test_without_permission_it_fails_and_names_it(receive):
    failure = send(receive(EXPLICIT_LE).peer, COMPRESSED["RLE"]).only
    assert failure.outcome == "failed"
    assert 'transcode="any"' in failure.error


def test_a_missing_codec_is_a_failure_that_says_what_to_install(receive, monkeypatch, tmp_path):
    monkeypatch.setattr(get_decoder(JPEG2000Lossless), "_available", {})
    other = write_image(tmp_path / "other.dcm", "2.25.1")
    scu = StoreScu(receive(EXPLICIT_LE).peer)
    source = COMPRESSED["JPEG 2000 Lossless"]
    sent = send(scu, [source, other], transcode="any").by_path()
    assert sent[source].outcome == "failed"
    assert "JPEG 2000" in sent[source].error
    assert 'pip install "dicomwire[pixels]"' in sent[source].error
    assert sent[other].outcome == "sent"


def test_damaged_pixels_are_a_failure_of_the_instance(receive, tmp_path):
    source = COMPRESSED["RLE"]
    data = bytearray(source.read_bytes())
    start = data.index(b"\xe0\x7f\x10\x00OB")
    data[start + 40 : start + 400] = b"\xff" * 360
    path = tmp_path / "damaged.dcm"
    path.write_bytes(data)
    good = tmp_path / "good.dcm"
    other = read(source)
    other.SOPInstanceUID = other.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    other.save_as(good)
    scu = StoreScu(receive(EXPLICIT_LE).peer)
    connections = []
    scu.after_connect.connect(connections.append)
    sent = send(scu, [path, good], transcode="any").by_path()
    assert sent[path].outcome == "failed"
    assert "cannot be decompressed" in sent[path].error
    assert sent[good].outcome == "sent"
    assert len(connections) == 1


def test_pixels_that_do_not_fit_their_description_are_not_sent(receive, tmp_path):
    dataset = read(COMPRESSED["RLE"])
    dataset.Rows = 128
    path = tmp_path / "wrong.dcm"
    dataset.save_as(path)
    failure = send(receive(EXPLICIT_LE).peer, path, transcode="any").only
    assert failure.outcome == "failed"
    assert "cannot be decompressed" in failure.error


def test_a_compressed_icon_is_not_sent_as_uncompressed(receive, tmp_path):
    dataset = read(COMPRESSED["RLE"])
    icon = Dataset()
    icon.Rows, icon.Columns = dataset.Rows, dataset.Columns
    icon.PixelData = dataset.PixelData
    icon["PixelData"].VR = "OB"
    icon["PixelData"].is_undefined_length = True
    dataset.IconImageSequence = [icon]
    path = tmp_path / "icon.dcm"
    dataset.save_as(path)
    receiver = receive(EXPLICIT_LE)
    failure = send(receiver.peer, path, transcode="any").only
    assert failure.outcome == "failed"
    assert "(0088,0200)[0] holds compressed pixel data" in failure.error
    without = Rewrite({"IconImageSequence": None})
    assert send(receiver.peer, path, transcode="any", rewrite=without).outcomes == ["sent"]
    icon["PixelData"].is_undefined_length = False
    icon.PixelData = b"\0\0"
    dataset.save_as(path)
    assert send(receiver.peer, path, transcode="any").outcomes == ["sent"]


def test_no_more_is_decompressed_than_may_be_held():
    with pytest.raises(EncodeError, match="8192 bytes of pixel data"):
        decompress(COMPRESSED["RLE"].read_bytes(), 8191)
    pixels = decompress(COMPRESSED["RLE"].read_bytes(), 8192)
    assert pixels is not None
    assert len(pixels[0]) == 8192


def test_an_object_without_pixels_needs_no_codec(receive, tmp_path):
    dataset = read(COMPRESSED["RLE"])
    del dataset.PixelData
    path = tmp_path / "none.dcm"
    dataset.save_as(path)
    assert transfer_syntax(path) == RLELossless
    receiver = receive(IMPLICIT_LE)
    assert send(receiver.peer, path, transcode="any").outcomes == ["sent"]
    assert differences(dataset, read(receiver.files()[0])) == []
