"""Where webhooks may go: which URLs, which addresses.

Loopback is open; everything else is closed until `--webhook-allow` names it, and some addresses stay closed for good.
The table of addresses is our own, after the IANA special-purpose registries: what the standard library calls private
or global differs between versions of Python.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# The same parser as the HTTP client's: two parsers that read one URL differently are how such policies are got around.
from yarl import URL

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

MAX_URL_LENGTH = 2048  # PUBLIC, webhook configuration

_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# `127.1`, `2130706433`, `0x7f.0.0.1`: old forms of addresses, which name services still read as such.
_ENDS_IN_A_NUMBER = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")


class Kind(StrEnum):
    LOOPBACK = "loopback"  # open to everybody
    PUBLIC = "public"  # opened by any network, address or host name that covers it
    PRIVATE = "private"  # opened by a host name, or by a network or address that lies inside the block
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Block:
    network: Network
    kind: Kind
    what: str


def _blocks(*rows: tuple[str, Kind, str]) -> tuple[Block, ...]:
    """The narrowest block that holds an address is the one that counts."""
    blocks = (Block(ip_network(network), kind, what) for network, kind, what in rows)
    return tuple(sorted(blocks, key=lambda block: -block.network.prefixlen))


BLOCKS = _blocks(
    ("0.0.0.0/0", Kind.PUBLIC, "public"),
    ("0.0.0.0/8", Kind.NEVER, "unspecified"),
    ("10.0.0.0/8", Kind.PRIVATE, "private network"),
    ("100.64.0.0/10", Kind.PRIVATE, "carrier-grade NAT"),
    ("100.100.100.200/32", Kind.NEVER, "cloud metadata"),
    ("127.0.0.0/8", Kind.LOOPBACK, "loopback"),
    ("168.63.129.16/32", Kind.NEVER, "cloud metadata"),
    ("169.254.0.0/16", Kind.NEVER, "link-local, cloud metadata"),
    ("172.16.0.0/12", Kind.PRIVATE, "private network"),
    ("192.0.0.0/24", Kind.NEVER, "protocol assignments"),
    ("192.0.2.0/24", Kind.NEVER, "documentation"),
    ("192.88.99.0/24", Kind.NEVER, "6to4 relays"),
    ("192.168.0.0/16", Kind.PRIVATE, "private network"),
    ("198.18.0.0/15", Kind.NEVER, "benchmarking"),
    ("198.51.100.0/24", Kind.NEVER, "documentation"),
    ("203.0.113.0/24", Kind.NEVER, "documentation"),
    ("224.0.0.0/4", Kind.NEVER, "multicast"),
    ("240.0.0.0/4", Kind.NEVER, "reserved"),
    ("255.255.255.255/32", Kind.NEVER, "broadcast"),
    # Only 2000::/3 is handed out as global unicast; whatever is not named below stays closed.
    ("::/0", Kind.NEVER, "reserved"),
    ("::/128", Kind.NEVER, "unspecified"),
    ("::1/128", Kind.LOOPBACK, "loopback"),
    ("::/96", Kind.NEVER, "IPv4-compatible"),
    ("::ffff:0:0:0/96", Kind.NEVER, "IPv4-translated"),
    ("64:ff9b::/96", Kind.PUBLIC, "NAT64"),
    # Where in the address the IPv4 address stands is the choice of each such network, so it cannot be judged.
    ("64:ff9b:1::/48", Kind.NEVER, "local NAT64"),
    ("100::/64", Kind.NEVER, "discard-only"),
    ("2000::/3", Kind.PUBLIC, "public"),
    ("2001::/23", Kind.NEVER, "protocol assignments"),
    ("2001::/32", Kind.PUBLIC, "Teredo"),
    ("2001:2::/48", Kind.NEVER, "benchmarking"),
    ("2001:db8::/32", Kind.NEVER, "documentation"),
    ("2002::/16", Kind.PUBLIC, "6to4"),
    ("3fff::/20", Kind.NEVER, "documentation"),
    ("fc00::/7", Kind.PRIVATE, "private network"),
    ("fd00:ec2::/32", Kind.NEVER, "cloud metadata"),
    ("fd20:ce::254/128", Kind.NEVER, "cloud metadata"),
    ("fe80::/10", Kind.NEVER, "link-local"),
    ("fec0::/10", Kind.NEVER, "site-local"),
    ("ff00::/8", Kind.NEVER, "multicast"),
)
_NAT64, _SIX_TO_FOUR, _TEREDO = (IPv6Network(text) for text in ("64:ff9b::/96", "2002::/16", "2001::/32"))


class TargetPolicy:
    """
    Which targets the user opened.

    Args:
        allow: networks (`10.0.0.0/8`), addresses and host names. A network opens the public addresses in it, and
            private ones where it lies inside their block: `0.0.0.0/0` is every public address of IPv4, `::/0` of IPv6.

    Raises:
        ValueError: an entry is none of these, or can never be opened; the text says which and why.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self.allow = tuple(allow)
        entries = [_parse_entry(entry) for entry in self.allow]
        self._names = frozenset(entry for entry in entries if isinstance(entry, str))
        self._networks = tuple(entry for entry in entries if not isinstance(entry, str))

    def check_url(self, url: str) -> str | None:
        """Why a webhook cannot go to `url`, as far as that can be told without resolving a name."""
        fault = url_fault(url)
        if fault is not None:
            return fault
        host = URL(url).raw_host or ""
        return self.refusal(host, host) if address_of(host) is not None else None

    def allows(self, host: str, address: str) -> bool:
        return self.refusal(host, address) is None

    def refusal(self, host: str, address: str) -> str | None:
        """
        Why a connection to `address` is refused; None if it is not.

        Args:
            host: as the URL names it, a name or an address.
            address: what it resolved to. Each address that a name resolves to has to be asked about.
        """
        parsed = address_of(address)
        if parsed is None:
            return f"target {address} is not allowed: not an address"
        block = block_of(parsed)
        if block.kind is Kind.NEVER:
            return f"target {address} is not allowed: {block.what}, never a target"
        if block.kind is Kind.LOOPBACK or _name_of(host) in self._names or self._covers(parsed, block):
            return None
        return f"target {address} is not allowed: {block.what}; --webhook-allow {host} would open it"

    def _covers(self, address: Address, block: Block) -> bool:
        return any(_opens(network, address, block) for network in self._networks)


def url_fault(url: str) -> str | None:
    """What is wrong with the form of a webhook's URL, whatever the policy; None if nothing is."""
    if len(url) > MAX_URL_LENGTH:
        return f"the URL has {len(url)} characters: at most {MAX_URL_LENGTH} are allowed"
    if _UNPRINTABLE.search(url):
        return "the URL holds a space, a control character or a backslash"
    try:
        parsed = URL(url)
    except ValueError as error:
        return f"the URL cannot be read: {error}"
    return _part_fault(parsed)


def _part_fault(url: URL) -> str | None:
    if url.scheme not in ("http", "https"):
        return "the URL has to begin with http:// or https://"
    if not url.raw_host:
        return "the URL names no host"
    if url.raw_user is not None or url.raw_password is not None:
        return "the URL holds a user name or password: send an Authorization header instead"
    if url.port == 0:
        return "the URL names port 0: it has to be 1 to 65535"
    if address_of(url.raw_host) is None and not _is_name(_name_of(url.raw_host)):
        return f"the URL's host {url.raw_host} is neither a name nor an address in its usual form"
    return None


def block_of(address: Address) -> Block:
    """The block an address lies in. One that carries IPv4 addresses is no better than the worst of them."""
    block = next(block for block in BLOCKS if address in block.network)
    for carried in _carried_by(address):
        # Loopback too: it would be that of the gateway which unpacks the address.
        inner = block_of(carried)
        if inner.kind is not Kind.PUBLIC:
            return Block(ip_network(address), Kind.NEVER, f"{block.what} of {carried} ({inner.what})")
    return block


def _carried_by(address: Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses a packet may end up at, or pass, when it is sent to this one."""
    bits = int(address)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(bits >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:  # the server's, and the client's with its bits turned over
        return (IPv4Address(bits >> 64 & 0xFFFFFFFF), IPv4Address(~bits & 0xFFFFFFFF))
    return (IPv4Address(bits & 0xFFFFFFFF),) if address in _NAT64 else ()


def _opens(network: Network, address: Address, block: Block) -> bool:
    return address in network and (block.kind is Kind.PUBLIC or _lies_in(network, block.network))


def _lies_in(inner: Network, outer: Network) -> bool:
    return inner.prefixlen >= outer.prefixlen and inner.network_address in outer


def _parse_entry(entry: str) -> Network | str:
    if _is_name(name := _name_of(_in_ascii(entry))):
        return name
    network = _parse_network(entry)
    block = block_of(network.network_address)
    if block.kind is Kind.NEVER and _lies_in(network, block.network):
        raise ValueError(f"{entry!r} can never be a webhook target: {block.what}")
    return network


def _in_ascii(host: str) -> str:
    """A name in letters of the world as it is in a URL (`xn--…`); what is none as it is."""
    try:
        return host if host.isascii() else URL.build(scheme="http", host=host).raw_host or ""
    except ValueError:
        return host


def _parse_network(entry: str) -> Network:
    try:
        network = ip_network(entry)
    except ValueError as error:
        raise ValueError(f"{entry!r} is no network, address or host name: {error}") from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    return network if mapped is None else IPv4Network((mapped, network.prefixlen - 96))


def _name_of(host: str) -> str:
    """Names are the same in any case, and with or without the dot that closes a full name."""
    return host.lower().removesuffix(".")


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name) and not _ENDS_IN_A_NUMBER.fullmatch(name))


def address_of(text: str) -> Address | None:
    """An IPv4-mapped address is the IPv4 address: that is where the packets go. One with a zone is none."""
    try:
        address = ip_address(text) if "%" not in text else None
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
