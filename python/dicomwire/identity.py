"""Who the user is: the user identity of an association request (PS3.7 section D.3.3.7)."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import ConfigError

__all__ = ["UserIdentity"]

# PS3.7 Table D.3-14, User-Identity-Type.
_USERNAME, _PASSCODE, _KERBEROS, _SAML, _JWT = 1, 2, 3, 4, 5
_IDENTITIES = {
    _USERNAME: "username",
    _PASSCODE: "username and passcode",
    _KERBEROS: "Kerberos service ticket",
    _SAML: "SAML assertion",
    _JWT: "JSON web token",
}

# Both fields, their lengths, the type and the flag share one sub-item with a 16-bit length.
_ROOM = 0xFFFF - 6


@dataclass(frozen=True, kw_only=True, repr=False)
class UserIdentity:
    """Say who the user is, in the association request (PS3.7 section D.3.3.7).

    Make one with `username`, `passcode`, `kerberos`, `saml` or `jwt`. Its ``repr`` shows no
    secret. All but TLS-protected associations carry it in clear text.

    Parameters
    ----------
    identity_type : int
        1 username, 2 username and passcode, 3 Kerberos ticket, 4 SAML assertion, 5 JSON web
        token.
    primary : bytes
        The username, ticket, assertion or token.
    secondary : bytes
        The passcode; only with type 2.
    response_requested : bool
        Whether the peer is asked to confirm.
    """

    identity_type: int
    primary: bytes
    secondary: bytes = b""
    response_requested: bool = False

    def __post_init__(self) -> None:
        """Check every field, without ever showing a secret."""
        if self.identity_type not in _IDENTITIES:
            raise ConfigError(f"user identity: identity_type={self.identity_type!r} must be 1 to 5")
        secrets: tuple[object, object] = (self.primary, self.secondary)
        if not all(isinstance(secret, bytes) for secret in secrets):
            raise ConfigError("user identity: primary and secondary must be bytes")
        if not self.primary:
            raise ConfigError(f"user identity: the {self.description} is empty")
        if self.secondary and self.identity_type != _PASSCODE:
            raise ConfigError("user identity: only type 2 has a secondary field (the passcode)")
        length = len(self.primary) + len(self.secondary)
        if length > _ROOM:
            raise ConfigError(
                f"user identity: {length} bytes do not fit, the sub-item takes {_ROOM}"
            )

    @classmethod
    def username(cls, username: str, *, response_requested: bool = False) -> UserIdentity:
        """Identify by a username."""
        return cls(
            identity_type=_USERNAME,
            primary=username.encode("utf-8"),
            response_requested=response_requested,
        )

    @classmethod
    def passcode(
        cls, username: str, passcode: str, *, response_requested: bool = False
    ) -> UserIdentity:
        """Identify by a username and a passcode."""
        return cls(
            identity_type=_PASSCODE,
            primary=username.encode("utf-8"),
            secondary=passcode.encode("utf-8"),
            response_requested=response_requested,
        )

    @classmethod
    def kerberos(cls, ticket: bytes, *, response_requested: bool = False) -> UserIdentity:
        """Identify by a Kerberos service ticket."""
        return cls(identity_type=_KERBEROS, primary=ticket, response_requested=response_requested)

    @classmethod
    def saml(cls, assertion: str | bytes, *, response_requested: bool = False) -> UserIdentity:
        """Identify by a SAML assertion."""
        primary = assertion.encode("utf-8") if isinstance(assertion, str) else assertion
        return cls(identity_type=_SAML, primary=primary, response_requested=response_requested)

    @classmethod
    def jwt(cls, token: str | bytes, *, response_requested: bool = False) -> UserIdentity:
        """Identify by a JSON web token."""
        primary = token.encode("ascii") if isinstance(token, str) else token
        return cls(identity_type=_JWT, primary=primary, response_requested=response_requested)

    @property
    def description(self) -> str:
        """The type in words."""
        return _IDENTITIES[self.identity_type]

    def __repr__(self) -> str:
        """Show the type, and the username where there is one, but no secret."""
        shown = "..."
        if self.identity_type in (_USERNAME, _PASSCODE):
            shown = repr(self.primary.decode("utf-8", "replace"))
        return f"<UserIdentity {self.description}: {shown}>"
