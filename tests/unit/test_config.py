"""Settings check themselves, and name the field, the value and the rule."""

from __future__ import annotations

import dataclasses
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicomwire.config import (
    AssociationOptions,
    ExtendedNegotiation,
    Limits,
    Peer,
    RoleSelection,
    Timeouts,
    UserIdentity,
    check_ae_title,
)
from dicomwire.errors import ConfigError

AE_CHARACTERS = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "\\")
ae_titles = (
    st.text(AE_CHARACTERS, min_size=1, max_size=16).filter(str.strip).map(lambda t: t.strip(" "))
)
hosts = st.one_of(
    st.from_regex(r"[a-z][a-z0-9-]{0,20}(\.[a-z0-9]{1,10}){0,3}", fullmatch=True),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
)


class TestPeer:
    @given(ae_titles, hosts, st.integers(1, 65535))
    def test_text_and_back(self, title: str, host: str, port: int) -> None:
        peer = Peer(title, host, port)
        assert Peer.parse(str(peer)) == peer

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ORTHANC@pacs.example:4242", Peer("ORTHANC", "pacs.example", 4242)),
            ("A@B@10.0.0.1:104", Peer("A@B", "10.0.0.1", 104)),
            ("PACS@[::1]:11112", Peer("PACS", "::1", 11112)),
            ("PACS@[fe80::1%eth0]:104", Peer("PACS", "fe80::1%eth0", 104)),
            (" PACS @host:104", Peer("PACS", "host", 104)),
        ],
    )
    def test_parse(self, text: str, expected: Peer) -> None:
        assert Peer.parse(text) == expected

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("", "AET@host:port"),
            ("ORTHANC", "AET@host:port"),
            ("host:104", "AET@host:port"),
            ("PACS@host", "AET@host:port"),
            ("PACS@host:", "AET@host:port"),
            ("PACS@:104", "AET@host:port"),
            ("@host:104", "at least one character"),
            ("PACS@::1:104", "brackets"),
            ("PACS@[::zz]:104", "no IPv6 address"),
            ("PACS@host:dicom", "'dicom' is not a number"),
            ("PACS@host:-1", "'-1' is not a number"),
            ("PACS@host:0", "1 to 65535"),
            ("PACS@host:65536", "1 to 65535"),
            ("PACS@ho st:104", "without spaces"),
            ("PACS@http://host:104", "without spaces|brackets"),
            ("SEVENTEEN_LETTERS@host:104", "at most 16"),
        ],
    )
    def test_parse_refuses(self, text: str, says: str) -> None:
        with pytest.raises(ConfigError, match=says) as caught:
            Peer.parse(text)
        assert repr(text) in str(caught.value)

    def test_coerce(self) -> None:
        peer = Peer("PACS", "host", 104)
        assert Peer.coerce(peer) is peer
        assert Peer.coerce("PACS@host:104") == peer
        wrong: Any = ("PACS", "host", 104)
        with pytest.raises(ConfigError, match="Peer or a string"):
            Peer.coerce(wrong)

    def test_brackets_are_taken_off(self) -> None:
        peer = Peer("PACS", "[::1]", 104)
        assert peer.host == "::1"
        assert peer.address == "[::1]:104"

    @pytest.mark.parametrize("port", [True, "104", 104.0, None])
    def test_port_is_an_integer(self, port: Any) -> None:
        with pytest.raises(ConfigError, match="port"):
            Peer("PACS", "host", port)

    def test_frozen_and_hashable(self) -> None:
        peer = Peer("PACS", "host", 104)
        with pytest.raises(dataclasses.FrozenInstanceError):
            peer.port = 105  # type: ignore[misc]
        assert {peer: 1}[Peer("PACS", "host", 104)] == 1


class TestAeTitle:
    @given(ae_titles)
    def test_accepts_the_repertoire(self, title: str) -> None:
        assert check_ae_title("ae_title", f"  {title} ") == title

    @pytest.mark.parametrize(
        "title", ["", "   ", "A\\B", "A\nB", "A\x1bB", "Ä", "A" * 17, "\x00", "A\x7f", None, b"A"]
    )
    def test_refuses(self, title: Any) -> None:
        with pytest.raises(ConfigError, match=re.escape(f"calling={title!r}")):
            check_ae_title("calling", title)

    def test_surrounding_spaces_do_not_count(self) -> None:
        assert check_ae_title("ae_title", "  " + "A" * 16 + "  ") == "A" * 16


class TestTimeouts:
    def test_none_waits_without_end(self) -> None:
        assert Timeouts(acse=None).acse is None

    @pytest.mark.parametrize("field", ["connect", "acse", "dimse", "idle", "release"])
    @pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "5", True])
    def test_refuses(self, field: str, value: Any) -> None:
        with pytest.raises(ConfigError, match=f"timeouts.{field}="):
            Timeouts(**{field: value})

    def test_uniform_leaves_idle_alone(self) -> None:
        timeouts = Timeouts.uniform(2.5)
        assert (timeouts.connect, timeouts.acse, timeouts.dimse, timeouts.release) == (2.5,) * 4
        assert timeouts.idle is None


class TestUserIdentity:
    @pytest.mark.parametrize(
        ("identity", "number", "primary", "secondary"),
        [
            (UserIdentity.username("Jörg"), 1, "Jörg".encode(), b""),
            (UserIdentity.passcode("joe", "sesame"), 2, b"joe", b"sesame"),
            (UserIdentity.kerberos(b"\x01ticket"), 3, b"\x01ticket", b""),
            (UserIdentity.saml("<a/>"), 4, b"<a/>", b""),
            (UserIdentity.jwt("a.b.c"), 5, b"a.b.c", b""),
        ],
    )
    def test_kinds(
        self, identity: UserIdentity, number: int, primary: bytes, secondary: bytes
    ) -> None:
        assert identity.identity_type == number
        assert (identity.primary, identity.secondary) == (primary, secondary)
        assert not identity.response_requested

    @pytest.mark.parametrize(
        "identity",
        [
            UserIdentity.passcode("joe", "sesame"),
            UserIdentity.kerberos(b"sesame"),
            UserIdentity.saml("sesame"),
            UserIdentity.jwt("sesame"),
        ],
    )
    def test_repr_hides_secrets_everywhere(self, identity: UserIdentity) -> None:
        assert "sesame" not in repr(identity)
        assert "sesame" not in str(AssociationOptions(user_identity=identity))

    def test_repr_shows_the_username(self) -> None:
        assert "joe" in repr(UserIdentity.passcode("joe", "sesame"))

    @pytest.mark.parametrize(
        "fields",
        [
            {"identity_type": 0, "primary": b"sesame"},
            {"identity_type": 6, "primary": b"sesame"},
            {"identity_type": 1, "primary": b""},
            {"identity_type": 1, "primary": "sesame"},
            {"identity_type": 1, "primary": b"sesame", "secondary": b"sesame"},
            {"identity_type": 2, "primary": b"sesame", "secondary": b"sesame" * 11000},
        ],
    )
    def test_refuses_without_telling(self, fields: dict[str, Any]) -> None:
        with pytest.raises(ConfigError) as caught:
            UserIdentity(**fields)
        assert "sesame" not in str(caught.value)


class TestAssociationOptions:
    @pytest.mark.parametrize("length", [0, 4096, 16384, 131072, 64 << 20])
    def test_maximum_length(self, length: int) -> None:
        assert AssociationOptions(max_pdu_length=length).max_pdu_length == length

    @pytest.mark.parametrize("length", [-1, 1, 4095, 1 << 32, 16384.0, True])
    def test_refuses_maximum_length(self, length: Any) -> None:
        with pytest.raises(ConfigError, match="max_pdu_length"):
            AssociationOptions(max_pdu_length=length)

    def test_announcing_more_than_is_tolerated_makes_no_sense(self) -> None:
        with pytest.raises(ConfigError, match="raise that too"):
            AssociationOptions(max_pdu_length=131072, limits=Limits(max_data_pdu=65536))

    @pytest.mark.parametrize("window", [(0, 0), (8, 1), (65535, 65535)])
    def test_window(self, window: tuple[int, int]) -> None:
        assert AssociationOptions(asynchronous_operations=window).asynchronous_operations == window

    @pytest.mark.parametrize("window", [(1,), (1, 2, 3), (-1, 1), (1, 65536), 5, ("1", 1)])
    def test_refuses_window(self, window: Any) -> None:
        with pytest.raises(ConfigError, match="asynchronous_operations"):
            AssociationOptions(asynchronous_operations=window)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("timeouts", 30),
            ("limits", {"max_depth": 3}),
            ("user_identity", "joe"),
            ("role_selections", ["1.2.840.10008.1.1"]),
            ("extended_negotiations", [b"\x01"]),
        ],
    )
    def test_refuses_other_kinds(self, name: str, value: Any) -> None:
        with pytest.raises(ConfigError, match=name):
            AssociationOptions(**{name: value})

    def test_sequences_become_tuples(self) -> None:
        roles: Any = [RoleSelection("1.2.840.10008.5.1.4.1.1.2", scu=True, scp=True)]
        assert AssociationOptions(role_selections=roles).role_selections == tuple(roles)

    def test_keywords_only(self) -> None:
        with pytest.raises(TypeError):
            AssociationOptions(131072)  # type: ignore[call-arg]


def test_negotiation_items_check_the_class() -> None:
    with pytest.raises(ConfigError, match="SOP class"):
        RoleSelection("CTImageStorage")
    with pytest.raises(ConfigError, match="SOP class"):
        ExtendedNegotiation("1..2", b"\x01")
    with pytest.raises(ConfigError, match="information"):
        ExtendedNegotiation("1.2", b"\x01" * 65536)


@pytest.mark.parametrize(
    "fields",
    [{"max_control_pdu": 10}, {"max_data_pdu": 1}, {"max_command_set": 0}, {"max_depth": 0}],
)
def test_limits_refuse(fields: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match=next(iter(fields))):
        Limits(**fields)
